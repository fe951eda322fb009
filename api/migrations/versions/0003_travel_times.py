"""travel times

Revision: 0003, after 0002, made 2026-11-22 11:50:00.000000.
"""

import sqlalchemy as sa
from alembic import op

import kitchen.columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "travel_times",
        sa.Column("from_site_id", sa.String(), nullable=False),
        sa.Column("to_site_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("legs", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("stored_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "origin in ('GIVEN', 'LEARNED', 'FETCHED')", name=op.f("ck_travel_times_origin_known")
        ),
        sa.CheckConstraint(
            "metres >= 0 and seconds >= 0 and legs >= 0",
            name=op.f("ck_travel_times_metres_not_negative"),
        ),
        sa.CheckConstraint(
            "(metres is null) = (seconds is null)", name=op.f("ck_travel_times_both_or_none")
        ),
        sa.CheckConstraint("from_site_id <> to_site_id", name=op.f("ck_travel_times_two_sites")),
        sa.ForeignKeyConstraint(
            ["from_site_id"], ["sites.site_id"], name=op.f("fk_travel_times_from_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["to_site_id"], ["sites.site_id"], name=op.f("fk_travel_times_to_site_id_sites")
        ),
        sa.PrimaryKeyConstraint(
            "from_site_id", "to_site_id", "origin", name=op.f("pk_travel_times")
        ),
    )


def downgrade() -> None:
    """The table can be filled again: by import, fetch and learn."""
    op.drop_table("travel_times")
