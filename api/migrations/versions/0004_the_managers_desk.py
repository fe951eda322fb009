"""the manager's desk

Revision: 0004, after 0003, made 2026-11-22 21:40:00.000000.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Tables whose stored rows read otherwise afterwards: their digests are anchored anew.
REWRITTEN = ("day_facts", "demand_days", "forecast_days", "kitchen_setups")
CHANNELS = "channel in ('WALK_IN', 'PREORDER', 'STANDING')"
FACTS = "kind in ('HOLIDAY', 'WORKDAY_MOVED', 'EVE', 'FAIR', 'RAIN', 'DRY', 'CLOSED')"


def upgrade() -> None:
    op.create_table(
        "site_successions",
        sa.Column("old_site_id", sa.String(), nullable=False),
        sa.Column("new_site_id", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "old_site_id <> new_site_id", name=op.f("ck_site_successions_two_sites")
        ),
        sa.ForeignKeyConstraint(
            ["old_site_id"], ["sites.site_id"], name=op.f("fk_site_successions_old_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["new_site_id"], ["sites.site_id"], name=op.f("fk_site_successions_new_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("old_site_id", name=op.f("pk_site_successions")),
    )
    op.create_index(
        op.f("ix_site_successions_new_site_id"), "site_successions", ["new_site_id"], unique=False
    )
    with op.batch_alter_table("day_facts") as batch_op:
        batch_op.add_column(sa.Column("multiplier_percent", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("ck_day_facts_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_day_facts_kind_known"), FACTS)
        batch_op.create_check_constraint(
            op.f("ck_day_facts_multiplier_percent_not_negative"), "multiplier_percent >= 0"
        )
    op.add_column("forecast_days", sa.Column("own_weight_percent", sa.Integer(), nullable=True))
    op.add_column(
        "forecast_days",
        sa.Column("replayed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "kitchen_setups",
        sa.Column("lock_s", sa.Integer(), server_default="16200", nullable=False),
    )
    with op.batch_alter_table("demand_days") as batch_op:
        batch_op.drop_constraint(op.f("ck_demand_days_channel_known"), type_="check")
    # Until now all orders stood under one name, and every one of them was a lasting wish or nearly so.
    op.execute("UPDATE demand_days SET channel = 'STANDING' WHERE channel = 'ORDER'")
    with op.batch_alter_table("demand_days") as batch_op:
        batch_op.create_check_constraint(op.f("ck_demand_days_channel_known"), CHANNELS)
        batch_op.create_index("ix_demand_days_day", ["day"], unique=False)


def downgrade() -> None:
    """Numbers that the older schema cannot say would be lost: restore a backup instead."""
    raise NotImplementedError
