"""food safety, waste and second rounds

Revision: 0006, after 0005, made 2026-11-23 04:10:00.000000.
"""

import sqlalchemy as sa
from alembic import op

from kitchen.columns import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Tables whose stored rows read otherwise afterwards: their digests are anchored anew.
REWRITTEN = ("batch_lots", "batches", "food_lots", "kitchen_setups")
PERIODS = "period in ('BREAKFAST', 'LUNCH', 'SUPPER')"
KINDS = "kind in ('COOKED', 'HELD', 'COOLED', 'REHEATED', 'LOADED', 'FRIDGE', 'FREEZER')"
REMEDIES = (
    "remedy in ('REHEATED', 'DISCARDED', 'RETURNED', 'EATEN_IN_TIME', 'MEASURED_AGAIN', "
    "'REPAIRED', 'EXPLAINED')"
)
STAGES = "stage in ('PREPARATION', 'UNSERVED', 'PLATE')"
STORAGES = "storage in ('AMBIENT', 'CHILLED', 'FROZEN')"


def upgrade() -> None:
    _alter()
    _checks()
    _losses()


def _alter() -> None:
    op.add_column("batches", sa.Column("finished_s", sa.Integer(), nullable=True))
    op.add_column(
        "batches", sa.Column("recorded_by", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "kitchen_setups", sa.Column("safety", sa.JSON(), server_default="{}", nullable=False)
    )
    op.add_column(
        "kitchen_setups", sa.Column("licence", sa.String(), server_default="", nullable=False)
    )
    with op.batch_alter_table("food_lots") as batch_op:
        batch_op.add_column(
            sa.Column("left_grams", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("storage", sa.String(), server_default="AMBIENT", nullable=False)
        )
        batch_op.create_check_constraint(
            op.f("ck_food_lots_left_within"), "left_grams between 0 and grams"
        )
        batch_op.create_check_constraint(op.f("ck_food_lots_storage_known"), STORAGES)
    with op.batch_alter_table("batch_lots") as batch_op:
        batch_op.add_column(sa.Column("grams", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("said_by", sa.String(), server_default="", nullable=False))
        batch_op.create_check_constraint(op.f("ck_batch_lots_grams_not_negative"), "grams >= 0")


def _checks() -> None:
    op.create_table(
        "food_checks",
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("temp_dc", sa.Integer(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_food_checks_kind_known")),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_food_checks_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_food_checks")),
    )
    op.create_index("ix_food_checks_kitchen_day", "food_checks", ["kitchen_id", "day"])
    op.create_table(
        "corrective_actions",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=False),
        sa.Column("portions", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(REMEDIES, name=op.f("ck_corrective_actions_remedy_known")),
        sa.CheckConstraint(
            "portions >= 0", name=op.f("ck_corrective_actions_portions_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_corrective_actions_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint(
            "kitchen_id", "day", "code", "subject", name=op.f("pk_corrective_actions")
        ),
    )
    op.create_table(
        "retained_samples",
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("grams", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=False),
        sa.Column("discarded_at", UtcDateTime(), nullable=True),
        sa.Column("discarded_by", sa.String(), nullable=False),
        sa.CheckConstraint("grams >= 0", name=op.f("ck_retained_samples_grams_not_negative")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name=op.f("fk_retained_samples_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_retained_samples_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("sample_id", name=op.f("pk_retained_samples")),
    )
    for column in ("batch_id", "kitchen_id"):
        op.create_index(op.f(f"ix_retained_samples_{column}"), "retained_samples", [column])


def _losses() -> None:
    op.create_table(
        "waste_records",
        sa.Column("waste_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("ingredient_id", sa.String(), nullable=False),
        sa.Column("portions", sa.Integer(), nullable=True),
        sa.Column("grams", sa.Integer(), nullable=True),
        sa.Column("cost_fen", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(STAGES, name=op.f("ck_waste_records_stage_known")),
        sa.CheckConstraint(
            "portions >= 0 and grams >= 0 and cost_fen >= 0",
            name=op.f("ck_waste_records_portions_not_negative"),
        ),
        sa.CheckConstraint(
            "(portions is null) <> (grams is null)", name=op.f("ck_waste_records_one_amount")
        ),
        sa.CheckConstraint(
            "dish_id = '' or ingredient_id = ''", name=op.f("ck_waste_records_one_food")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_waste_records_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("waste_id", name=op.f("pk_waste_records")),
    )
    op.create_index("ix_waste_records_day_site", "waste_records", ["day", "site_id"])
    op.create_table(
        "dish_shortages",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("at_s", sa.Integer(), nullable=False),
        sa.Column("asked_in_vain", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(PERIODS, name=op.f("ck_dish_shortages_period_known")),
        sa.CheckConstraint(
            "asked_in_vain >= 0", name=op.f("ck_dish_shortages_asked_in_vain_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_dish_shortages_site_id_sites")
        ),
        sa.PrimaryKeyConstraint(
            "site_id", "day", "period", "dish_id", name=op.f("pk_dish_shortages")
        ),
    )
    op.create_table(
        "second_rounds",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("asked_s", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("leave_s", sa.Integer(), nullable=True),
        sa.Column("arrive_s", sa.Integer(), nullable=True),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(PERIODS, name=op.f("ck_second_rounds_period_known")),
        sa.CheckConstraint("granted >= 0", name=op.f("ck_second_rounds_granted_not_negative")),
        sa.CheckConstraint(
            "received between 0 and granted", name=op.f("ck_second_rounds_received_within")
        ),
        sa.CheckConstraint("asked > 0", name=op.f("ck_second_rounds_asked_positive")),
        sa.CheckConstraint("granted <= asked", name=op.f("ck_second_rounds_granted_no_more")),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_second_rounds_kitchen_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_second_rounds_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_second_rounds")),
    )
    op.create_index("ix_second_rounds_day_kitchen", "second_rounds", ["day", "kitchen_id"])


def downgrade() -> None:
    """Records of food safety would be lost: restore a backup instead."""
    raise NotImplementedError
