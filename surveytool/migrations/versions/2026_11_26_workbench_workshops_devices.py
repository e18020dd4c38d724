"""The register of organisations, translations, blind codings, frozen reports, long work; workshops; devices.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('organisations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('country', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('direct_partner', sa.Boolean(), nullable=False),
    sa.Column('other_names', sa.JSON(), nullable=False),
    sa.Column('added_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('government', 'ngo', 'ingo', 'un', 'other')", name=op.f('ck_organisations_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisations')),
    sa.UniqueConstraint('name', 'country', name=op.f('uq_organisations_name_country'))
    )
    op.create_table('workshops',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('topic', sa.String(length=200), nullable=False),
    sa.Column('country', sa.String(length=40), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('languages', sa.String(length=60), nullable=False),
    sa.Column('audience', sa.String(length=20), nullable=False),
    sa.Column('linking', sa.String(length=10), nullable=False),
    sa.Column('retrospective', sa.Boolean(), nullable=False),
    sa.Column('main', sa.String(length=80), nullable=False),
    sa.Column('structure', sa.JSON(), nullable=False),
    sa.Column('wordings', sa.JSON(), nullable=False),
    sa.Column('trainer_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.String(length=255), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('synthetic', sa.String(length=20), nullable=False),
    sa.CheckConstraint("audience IN ('government', 'ngo')", name=op.f('ck_workshops_audience')),
    sa.CheckConstraint("linking IN ('cards', 'self')", name=op.f('ck_workshops_linking')),
    sa.ForeignKeyConstraint(['trainer_id'], ['users.id'], name=op.f('fk_workshops_trainer_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workshops')),
    sa.UniqueConstraint('code', name=op.f('uq_workshops_code'))
    )
    with op.batch_alter_table('workshops', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_workshops_trainer_id'), ['trainer_id'], unique=False)

    op.create_table('linking_cards',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('workshop_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['workshop_id'], ['workshops.id'], name=op.f('fk_linking_cards_workshop_id_workshops'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_linking_cards')),
    sa.UniqueConstraint('workshop_id', 'code', name=op.f('uq_linking_cards_workshop_id_code'))
    )
    op.create_table('invitations',
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_invitations_collection_id_collections'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_invitations_organisation_id_organisations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('collection_id', 'organisation_id', name=op.f('pk_invitations'))
    )
    op.create_table('reports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('made_by', sa.String(length=255), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('bundle', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_reports_collection_id_collections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports'))
    )
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reports_collection_id'), ['collection_id'], unique=False)

    op.create_table('tasks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=True),
    sa.Column('arguments', sa.JSON(), nullable=False),
    sa.Column('asked_by', sa.String(length=255), nullable=False),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('steps', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(), nullable=True),
    sa.Column('finished_at', sa.DateTime(), nullable=True),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('result', sa.JSON(), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_tasks_collection_id_collections'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tasks'))
    )
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tasks_collection_id'), ['collection_id'], unique=False)

    op.create_table('affiliations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('rule', sa.String(length=80), nullable=True),
    sa.Column('made_by', sa.String(length=255), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_by', sa.String(length=255), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_by IS NULL)', name=op.f('ck_affiliations_withdrawn')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_affiliations_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_affiliations_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_affiliations'))
    )
    with op.batch_alter_table('affiliations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_affiliations_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index('ix_affiliations_response_now', ['response_id', 'withdrawn_at', 'organisation_id'], unique=False)

    op.create_table('link_decisions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('workshop_id', sa.Integer(), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=False),
    sa.Column('joined', sa.Boolean(), nullable=False),
    sa.Column('score', sa.Double(), nullable=True),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('made_by', sa.String(length=255), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_by', sa.String(length=255), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('withdrawn_why', sa.Text(), nullable=True),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_by IS NULL)', name=op.f('ck_link_decisions_withdrawn')),
    sa.ForeignKeyConstraint(['first_id'], ['responses.id'], name=op.f('fk_link_decisions_first_id_responses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['second_id'], ['responses.id'], name=op.f('fk_link_decisions_second_id_responses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['workshop_id'], ['workshops.id'], name=op.f('fk_link_decisions_workshop_id_workshops'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_link_decisions'))
    )
    with op.batch_alter_table('link_decisions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_link_decisions_first_id'), ['first_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_link_decisions_second_id'), ['second_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_link_decisions_workshop_id'), ['workshop_id'], unique=False)

    op.create_table('translations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('variable', sa.String(length=80), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('made_by', sa.String(length=255), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('approved_by', sa.String(length=255), nullable=True),
    sa.Column('approved_at', sa.DateTime(), nullable=True),
    sa.Column('withdrawn_by', sa.String(length=255), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(approved_at IS NULL) = (approved_by IS NULL)', name=op.f('ck_translations_approved')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_by IS NULL)', name=op.f('ck_translations_withdrawn')),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_translations_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_translations'))
    )
    with op.batch_alter_table('translations', schema=None) as batch_op:
        batch_op.create_index('ix_translations_response_variable', ['response_id', 'variable'], unique=False)

    op.create_table('blind_codings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('variable', sa.String(length=80), nullable=False),
    sa.Column('code_id', sa.Integer(), nullable=True),
    sa.Column('coder', sa.String(length=255), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('settled_by', sa.String(length=255), nullable=True),
    sa.Column('settled_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['code_id'], ['codes.id'], name=op.f('fk_blind_codings_code_id_codes')),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_blind_codings_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blind_codings'))
    )
    with op.batch_alter_table('blind_codings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blind_codings_code_id'), ['code_id'], unique=False)
        batch_op.create_index('ix_blind_codings_response_variable', ['response_id', 'variable'], unique=False)

    with op.batch_alter_table('codings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('why', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('withdrawn_why', sa.Text(), nullable=False, server_default=''))
        batch_op.drop_index('ix_codings_response_variable')
        batch_op.create_index('ix_codings_response_variable', ['response_id', 'variable', 'withdrawn_at', 'code_id'], unique=False)

    with op.batch_alter_table('collections', schema=None) as batch_op:
        batch_op.add_column(sa.Column('zone', sa.String(length=40), nullable=False, server_default='UTC'))
        batch_op.add_column(sa.Column('on_idle', sa.String(length=10), nullable=False, server_default='seal'))
        batch_op.add_column(sa.Column('idle_minutes', sa.Integer(), nullable=False, server_default='10'))
        batch_op.add_column(sa.Column('seal_public', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('seal_private', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('workshop_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('wave', sa.String(length=10), nullable=True))
        batch_op.create_index(batch_op.f('ix_collections_workshop_id'), ['workshop_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_collections_workshop_id_wave'), ['workshop_id', 'wave'])
        batch_op.create_foreign_key(batch_op.f('fk_collections_workshop_id_workshops'), 'workshops', ['workshop_id'], ['id'])
        batch_op.create_check_constraint(batch_op.f('ck_collections_wave_of_workshop'), '(workshop_id IS NULL) = (wave IS NULL)')
        batch_op.create_check_constraint(batch_op.f('ck_collections_wave'), "wave IN ('pre', 'post', 'follow-up')")
        batch_op.create_check_constraint(batch_op.f('ck_collections_on_idle'), "on_idle IN ('clear', 'seal')")

    with op.batch_alter_table('judgements', schema=None) as batch_op:
        batch_op.add_column(sa.Column('duplicate_of_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_judgements_collection_made', ['collection_id', 'made_at'])
        batch_op.create_index(batch_op.f('ix_judgements_duplicate_of_id'), ['duplicate_of_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_judgements_duplicate_of_id_responses'), 'responses', ['duplicate_of_id'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('responses', schema=None, table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.add_column(sa.Column('linking', sa.String(length=80), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('seconds', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('device', sa.JSON(), nullable=True))
        batch_op.create_index('ix_responses_linking', ['collection_id', 'linking'], unique=False)
        batch_op.create_index('ix_responses_corrections', ['collection_id', 'supersedes_id'], unique=False)

    with op.batch_alter_table('set_aside', schema=None) as batch_op:
        batch_op.add_column(sa.Column('wording', sa.String(length=16), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('device', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('seconds', sa.Integer(), nullable=True))

    # The defaults were for the rows there are; new rows say what they hold.
    with op.batch_alter_table('set_aside', schema=None) as batch_op:
        batch_op.alter_column('wording', server_default=None)
    with op.batch_alter_table('codings', schema=None) as batch_op:
        for name in ('why', 'withdrawn_why'):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table('collections', schema=None) as batch_op:
        for name in ('zone', 'on_idle', 'idle_minutes', 'seal_public'):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table('responses', schema=None, table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.alter_column('linking', server_default=None)

    _standing_kept({'sqlite_with_rowid': False}, [*COUNTS, 'response_id'])


def downgrade() -> None:
    _standing_kept({}, COUNTS)

    with op.batch_alter_table('set_aside', schema=None) as batch_op:
        for name in ('seconds', 'device', 'wording'):
            batch_op.drop_column(name)

    with op.batch_alter_table('responses', schema=None, table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_index('ix_responses_corrections')
        batch_op.drop_index('ix_responses_linking')
        batch_op.drop_column('device')
        batch_op.drop_column('seconds')
        batch_op.drop_column('linking')

    with op.batch_alter_table('judgements', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_judgements_duplicate_of_id_responses'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_judgements_duplicate_of_id'))
        batch_op.drop_index('ix_judgements_collection_made')
        batch_op.drop_column('duplicate_of_id')

    with op.batch_alter_table('collections', schema=None) as batch_op:
        for name in ('wave_of_workshop', 'wave', 'on_idle'):
            batch_op.drop_constraint(batch_op.f(f'ck_collections_{name}'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_collections_workshop_id_workshops'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_collections_workshop_id_wave'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_collections_workshop_id'))
        batch_op.drop_column('wave')
        batch_op.drop_column('workshop_id')
        batch_op.drop_column('seal_private')
        batch_op.drop_column('seal_public')
        batch_op.drop_column('idle_minutes')
        batch_op.drop_column('on_idle')
        batch_op.drop_column('zone')

    with op.batch_alter_table('codings', schema=None) as batch_op:
        batch_op.drop_index('ix_codings_response_variable')
        batch_op.create_index('ix_codings_response_variable', ['response_id', 'variable'], unique=False)
        batch_op.drop_column('withdrawn_why')
        batch_op.drop_column('why')

    with op.batch_alter_table('blind_codings', schema=None) as batch_op:
        batch_op.drop_index('ix_blind_codings_response_variable')
        batch_op.drop_index(batch_op.f('ix_blind_codings_code_id'))

    op.drop_table('blind_codings')
    with op.batch_alter_table('translations', schema=None) as batch_op:
        batch_op.drop_index('ix_translations_response_variable')

    op.drop_table('translations')
    with op.batch_alter_table('link_decisions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_link_decisions_workshop_id'))
        batch_op.drop_index(batch_op.f('ix_link_decisions_second_id'))
        batch_op.drop_index(batch_op.f('ix_link_decisions_first_id'))

    op.drop_table('link_decisions')
    with op.batch_alter_table('affiliations', schema=None) as batch_op:
        batch_op.drop_index('ix_affiliations_response_now')
        batch_op.drop_index(batch_op.f('ix_affiliations_organisation_id'))

    op.drop_table('affiliations')
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tasks_collection_id'))

    op.drop_table('tasks')
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reports_collection_id'))

    op.drop_table('reports')
    op.drop_table('invitations')
    op.drop_table('linking_cards')
    with op.batch_alter_table('workshops', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_workshops_trainer_id'))

    op.drop_table('workshops')
    op.drop_table('organisations')


#: What results are counted by, from one index alone.
COUNTS = ['collection_id', 'variable', 'state', 'code', 'country', 'language']


def _standing_kept(how: dict[str, bool], counted: list[str]) -> None:
    """Make the index that results are counted from anew; SQLite makes the table anew too, kept in another way."""
    anew = 'always' if op.get_bind().dialect.name == 'sqlite' else 'auto'
    with op.batch_alter_table('standing', schema=None, recreate=anew, table_kwargs=how) as batch_op:
        batch_op.drop_index('ix_standing_counts')
        batch_op.create_index('ix_standing_counts', counted, unique=False)
