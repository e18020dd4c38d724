"""Where and for whom a collection is, forms typed from paper, scans, corrections, withdrawals, shares, facts.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('facts',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_facts'))
    )
    op.create_table('entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('submission', sa.String(length=120), nullable=False),
    sa.Column('clerk', sa.String(length=255), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('filled_on', sa.Date(), nullable=True),
    sa.Column('serial', sa.String(length=20), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('sent', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_entries_collection_id_collections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entries')),
    sa.UniqueConstraint('submission', name=op.f('uq_entries_submission'))
    )
    with op.batch_alter_table('entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_entries_clerk'), ['clerk'], unique=False)
        batch_op.create_index(batch_op.f('ix_entries_collection_id'), ['collection_id'], unique=False)

    op.create_table('shares',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('audience', sa.String(length=200), nullable=False),
    sa.Column('made_by', sa.String(length=255), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('revoked_by', sa.String(length=255), nullable=True),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.Column('tables', sa.JSON(), nullable=False),
    sa.Column('counts', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_shares_collection_id_collections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shares')),
    sa.UniqueConstraint('digest', name=op.f('uq_shares_digest'))
    )
    with op.batch_alter_table('shares', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shares_collection_id'), ['collection_id'], unique=False)

    op.create_table('withdrawals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('country', sa.String(length=40), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('submission_digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], name=op.f('fk_withdrawals_collection_id_collections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_withdrawals'))
    )
    with op.batch_alter_table('withdrawals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_withdrawals_collection_id'), ['collection_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_withdrawals_submission_digest'), ['submission_digest'], unique=False)

    op.create_table('attachments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=True),
    sa.Column('response_id', sa.Integer(), nullable=True),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('added_by', sa.String(length=255), nullable=False),
    sa.Column('added_at', sa.DateTime(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('(entry_id IS NULL) != (response_id IS NULL)', name=op.f('ck_attachments_of_one')),
    sa.ForeignKeyConstraint(['entry_id'], ['entries.id'], name=op.f('fk_attachments_entry_id_entries'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['response_id'], ['responses.id'], name=op.f('fk_attachments_response_id_responses'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachments'))
    )
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachments_entry_id'), ['entry_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachments_response_id'), ['response_id'], unique=False)

    with op.batch_alter_table('collections', schema=None) as batch_op:
        batch_op.add_column(sa.Column('organiser', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('place', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('starts_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('ends_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('offered', sa.String(length=60), nullable=False, server_default=''))

    with op.batch_alter_table('responses', schema=None) as batch_op:
        batch_op.add_column(sa.Column('filled_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('serial', sa.String(length=20), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('typed_by', sa.String(length=255), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('supersedes_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_responses_supersedes_id'), ['supersedes_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_responses_supersedes_id_responses'), 'responses', ['supersedes_id'], ['id'])


    # The defaults were for the rows there are; new rows say what they hold.
    with op.batch_alter_table('collections', schema=None) as batch_op:
        for name in ('organiser', 'place', 'offered'):
            batch_op.alter_column(name, server_default=None)
    # A withdrawn form's number is not given to another, which the audit log would take for it.
    with op.batch_alter_table('responses', schema=None, table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        for name in ('serial', 'typed_by'):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index('ix_responses_list', ['collection_id', 'country', 'language', 'mode', 'received_at', 'filled_on'])


def downgrade() -> None:
    with op.batch_alter_table('responses', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_responses_supersedes_id_responses'), type_='foreignkey')
        batch_op.drop_index('ix_responses_list')
        batch_op.drop_index(batch_op.f('ix_responses_supersedes_id'))
        batch_op.drop_column('supersedes_id')
        batch_op.drop_column('typed_by')
        batch_op.drop_column('serial')
        batch_op.drop_column('filled_on')

    with op.batch_alter_table('collections', schema=None) as batch_op:
        batch_op.drop_column('offered')
        batch_op.drop_column('ends_on')
        batch_op.drop_column('starts_on')
        batch_op.drop_column('place')
        batch_op.drop_column('organiser')

    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attachments_response_id'))
        batch_op.drop_index(batch_op.f('ix_attachments_entry_id'))

    op.drop_table('attachments')
    with op.batch_alter_table('withdrawals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_withdrawals_submission_digest'))
        batch_op.drop_index(batch_op.f('ix_withdrawals_collection_id'))

    op.drop_table('withdrawals')
    with op.batch_alter_table('shares', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shares_collection_id'))

    op.drop_table('shares')
    with op.batch_alter_table('entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_entries_collection_id'))
        batch_op.drop_index(batch_op.f('ix_entries_clerk'))

    op.drop_table('entries')
    op.drop_table('facts')
