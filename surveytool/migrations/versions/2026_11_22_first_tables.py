"""The first tables: collections, snapshots, responses, identities, judgements, codings, standing.

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('questionnaire_versions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('digest', sa.String(length=16), nullable=False),
    sa.Column('structure', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questionnaire_versions')),
    sa.UniqueConstraint('name', 'digest', name=op.f('uq_questionnaire_versions_name_digest'))
    )
    op.create_table('collections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('join_code', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('questionnaire_name', sa.String(length=80), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=True),
    sa.Column('synthetic', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['version_id'], ['questionnaire_versions.id'], name=op.f('fk_collections_version_id_questionnaire_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collections')),
    sa.UniqueConstraint('code', name=op.f('uq_collections_code')),
    sa.UniqueConstraint('join_code', name=op.f('uq_collections_join_code'))
    )
    op.create_table('wordings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('digest', sa.String(length=16), nullable=False),
    sa.Column('strings', sa.JSON(), nullable=False),
    sa.Column('review', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['questionnaire_versions.id'], name=op.f('fk_wordings_version_id_questionnaire_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wordings')),
    sa.UniqueConstraint('version_id', 'language', 'digest', name=op.f('uq_wordings_version_id_language_digest'))
    )
    op.create_table('code_frames',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_code_frames_collection_id_collections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code_frames')),
    sa.UniqueConstraint('collection_id', 'name', name=op.f('uq_code_frames_collection_id_name'))
    )
    op.create_table('collection_wordings',
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('wording_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_collection_wordings_collection_id_collections')),
    sa.ForeignKeyConstraint(['wording_id'], ['wordings.id'], name=op.f('fk_collection_wordings_wording_id_wordings')),
    sa.PrimaryKeyConstraint('collection_id', 'language', name=op.f('pk_collection_wordings'))
    )
    op.create_table('responses',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('submission', sa.String(length=120), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('wording_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('wave', sa.String(length=10), nullable=True),
    sa.Column('country', sa.String(length=40), nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('receipt', sa.String(length=17), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('zawgyi', sa.String(length=10), nullable=False),
    sa.Column('sent', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_responses_collection_id_collections')),
    sa.ForeignKeyConstraint(['version_id'], ['questionnaire_versions.id'], name=op.f('fk_responses_version_id_questionnaire_versions')),
    sa.ForeignKeyConstraint(['wording_id'], ['wordings.id'], name=op.f('fk_responses_wording_id_wordings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_responses')),
    sa.UniqueConstraint('collection_id', 'submission', name=op.f('uq_responses_collection_id_submission')),
    sa.UniqueConstraint('receipt', name=op.f('uq_responses_receipt'))
    )
    op.create_table('set_aside',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('submission', sa.String(length=120), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('sent', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_set_aside_collection_id_collections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_set_aside')),
    sa.UniqueConstraint('collection_id', 'submission', 'digest', name=op.f('uq_set_aside_collection_id_submission_digest'))
    )
    op.create_table('answers',
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('variable', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=14), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('date', sa.String(length=10), nullable=True),
    sa.Column('understood', sa.String(length=20), nullable=True),
    sa.CheckConstraint("(state = 'value') = (code IS NOT NULL OR text IS NOT NULL)", name=op.f('ck_answers_value_or_reason')),
    sa.CheckConstraint("state IN ('value', 'not_asked', 'not_applicable', 'no_answer')", name=op.f('ck_answers_state')),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_answers_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('response_id', 'variable', name=op.f('pk_answers'))
    )
    op.create_table('codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('frame_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['frame_id'], ['code_frames.id'], name=op.f('fk_codes_frame_id_code_frames')),
    sa.ForeignKeyConstraint(['parent_id'], ['codes.id'], name=op.f('fk_codes_parent_id_codes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_codes')),
    sa.UniqueConstraint('frame_id', 'name', name=op.f('uq_codes_frame_id_name'))
    )
    op.create_table('identities',
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.Column('name_digest', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_identities_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('response_id', name=op.f('pk_identities'))
    )
    with op.batch_alter_table('identities', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identities_name_digest'), ['name_digest'], unique=False)

    op.create_table('judgements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=True),
    sa.Column('variable', sa.String(length=80), nullable=True),
    sa.Column('effect', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('rule', sa.String(length=80), nullable=True),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_by', sa.String(length=120), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('withdrawn_why', sa.Text(), nullable=True),
    sa.CheckConstraint("(effect = 'exclude item') = (response_id IS NULL)", name=op.f('ck_judgements_about')),
    sa.CheckConstraint("effect IN ('exclude form', 'exclude answer', 'exclude item', 'caution', 'flag')", name=op.f('ck_judgements_effect')),
    sa.CheckConstraint("variable IS NOT NULL OR effect NOT IN ('exclude answer', 'exclude item')", name=op.f('ck_judgements_of_what')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_by IS NULL)', name=op.f('ck_judgements_withdrawn')),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_judgements_collection_id_collections')),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_judgements_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_judgements'))
    )
    with op.batch_alter_table('judgements', schema=None) as batch_op:
        batch_op.create_index('ix_judgements_collection_effect', ['collection_id', 'effect'], unique=False)
        batch_op.create_index(batch_op.f('ix_judgements_response_id'), ['response_id'], unique=False)

    op.create_table('standing',
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('variable', sa.String(length=80), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=14), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=True),
    sa.Column('country', sa.String(length=40), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_standing_collection_id_collections')),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_standing_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('response_id', 'variable', name=op.f('pk_standing'))
    )
    with op.batch_alter_table('standing', schema=None) as batch_op:
        batch_op.create_index('ix_standing_counts', ['collection_id', 'variable', 'state', 'code', 'country', 'language'], unique=False)

    op.create_table('codings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('variable', sa.String(length=80), nullable=False),
    sa.Column('code_id', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_by', sa.String(length=120), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['code_id'], ['codes.id'], name=op.f('fk_codings_code_id_codes')),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_codings_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_codings'))
    )
    with op.batch_alter_table('codings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_codings_code_id'), ['code_id'], unique=False)
        batch_op.create_index('ix_codings_response_variable', ['response_id', 'variable'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('codings', schema=None) as batch_op:
        batch_op.drop_index('ix_codings_response_variable')
        batch_op.drop_index(batch_op.f('ix_codings_code_id'))

    op.drop_table('codings')
    with op.batch_alter_table('standing', schema=None) as batch_op:
        batch_op.drop_index('ix_standing_counts')

    op.drop_table('standing')
    with op.batch_alter_table('judgements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_judgements_response_id'))
        batch_op.drop_index('ix_judgements_collection_effect')

    op.drop_table('judgements')
    with op.batch_alter_table('identities', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identities_name_digest'))

    op.drop_table('identities')
    op.drop_table('codes')
    op.drop_table('answers')
    op.drop_table('set_aside')
    op.drop_table('responses')
    op.drop_table('collection_wordings')
    op.drop_table('code_frames')
    op.drop_table('wordings')
    op.drop_table('collections')
    op.drop_table('questionnaire_versions')
