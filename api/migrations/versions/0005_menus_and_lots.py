"""menus, plates and lots

Revision: 0005, after 0004, made 2026-11-23 01:20:00.000000.
"""

import sqlalchemy as sa
from alembic import op

from kitchen.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PERIODS = "period in ('BREAKFAST', 'LUNCH', 'SUPPER')"


def upgrade() -> None:
    op.create_table(
        "menu_rules",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("loaded_by", sa.String(), nullable=False),
        sa.Column("loaded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_menu_rules_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("kitchen_id", name=op.f("pk_menu_rules")),
    )
    op.create_table(
        "menu_locks",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("locked_by", sa.String(), nullable=False),
        sa.Column("locked_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(PERIODS, name=op.f("ck_menu_locks_period_known")),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_menu_locks_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("kitchen_id", "day", "period", "slot", name=op.f("pk_menu_locks")),
    )
    op.create_table(
        "dish_opinions",
        sa.Column("visitor", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("liked", sa.Boolean(), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(PERIODS, name=op.f("ck_dish_opinions_period_known")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_dish_opinions_site_id_sites")
        ),
        sa.PrimaryKeyConstraint(
            "visitor", "site_id", "day", "period", "dish_id", name=op.f("pk_dish_opinions")
        ),
    )
    op.create_index("ix_dish_opinions_day", "dish_opinions", ["day"], unique=False)
    op.create_table(
        "food_lots",
        sa.Column("lot_id", sa.String(), nullable=False),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("ingredient_id", sa.String(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("supplier_lot", sa.String(), nullable=False),
        sa.Column("grams", sa.Integer(), nullable=False),
        sa.Column("temp_dc", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("best_before", sa.Date(), nullable=True),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("grams >= 0", name=op.f("ck_food_lots_grams_not_negative")),
        sa.ForeignKeyConstraint(
            ["ingredient_id"],
            ["ingredients.ingredient_id"],
            name=op.f("fk_food_lots_ingredient_id_ingredients"),
        ),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_food_lots_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_food_lots")),
    )
    op.create_index(op.f("ix_food_lots_kitchen_id"), "food_lots", ["kitchen_id"], unique=False)
    op.create_table(
        "batch_lots",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("lot_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name=op.f("fk_batch_lots_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["food_lots.lot_id"], name=op.f("fk_batch_lots_lot_id_food_lots")
        ),
        sa.PrimaryKeyConstraint("batch_id", "lot_id", name=op.f("pk_batch_lots")),
    )
    op.create_index(op.f("ix_batch_lots_lot_id"), "batch_lots", ["lot_id"], unique=False)

    op.create_table(
        "plate_servings",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("low_salt", sa.Boolean(), nullable=False),
        sa.Column("replaces", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_plate_servings_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint(
            "kitchen_id", "day", "period", "variant", "slot", name=op.f("pk_plate_servings")
        ),
    )

    op.create_table(
        "preparations",
        sa.Column("preparation_id", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("preparation_id", name=op.f("pk_preparations")),
    )
    op.create_table(
        "preparation_lines",
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("part_id", sa.String(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "part_id", name=op.f("pk_preparation_lines")),
    )


def downgrade() -> None:
    """Menus set by hand and lots would be lost: restore a backup instead."""
    raise NotImplementedError
