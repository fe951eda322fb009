"""first schema

Revision: 0001, after None, made 2026-11-22 07:14:05.095245.
"""

import sqlalchemy as sa
from alembic import op

import kitchen.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_blocks",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "seq", name=op.f("pk_audit_blocks")),
    )
    op.create_table(
        "audit_digests",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "table_name", name=op.f("pk_audit_digests")),
    )
    op.create_table(
        "audit_heads",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "counties",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("outline", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_counties")),
    )
    op.create_table(
        "county_facts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_county_facts")),
    )
    op.create_table(
        "day_exceptions",
        sa.Column("exception_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("exception_id", name=op.f("pk_day_exceptions")),
    )
    with op.batch_alter_table("day_exceptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_exceptions_day"), ["day"], unique=False)

    op.create_table(
        "day_facts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind in ('HOLIDAY', 'WORKDAY_MOVED', 'EVE', 'FAIR', 'RAIN', 'CLOSED')",
            name=op.f("ck_day_facts_kind_known"),
        ),
        sa.PrimaryKeyConstraint("day", "scope", "kind", name=op.f("pk_day_facts")),
    )
    op.create_table(
        "day_records",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("closed_at", kitchen.columns.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_records")),
    )
    op.create_table(
        "demand_days",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("portions", sa.Integer(), nullable=True),
        sa.Column("sold_out", sa.Boolean(), nullable=False),
        sa.Column("turned_away", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "channel in ('WALK_IN', 'ORDER')", name=op.f("ck_demand_days_channel_known")
        ),
        sa.CheckConstraint(
            "served >= 0 and portions >= 0 and turned_away >= 0",
            name=op.f("ck_demand_days_served_not_negative"),
        ),
        sa.PrimaryKeyConstraint("site_id", "day", "period", "channel", name=op.f("pk_demand_days")),
    )
    op.create_table(
        "dishes",
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("dish_id", name=op.f("pk_dishes")),
    )
    op.create_table(
        "drivers",
        sa.Column("driver_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("driver_id", name=op.f("pk_drivers")),
    )
    op.create_table(
        "ingredients",
        sa.Column("ingredient_id", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("ingredient_id", name=op.f("pk_ingredients")),
    )
    op.create_table(
        "leaks",
        sa.Column("leak_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_leaks_quantity_positive")),
        sa.PrimaryKeyConstraint("leak_id", name=op.f("pk_leaks")),
    )
    with op.batch_alter_table("leaks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leaks_day"), ["day"], unique=False)

    op.create_table(
        "policy_versions",
        sa.Column("policy_id", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_policy_versions")),
    )
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_versions_district"), ["district"], unique=False)

    op.create_table(
        "postings",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "leg", name=op.f("pk_postings")),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_postings_account"), ["account"], unique=False)

    op.create_table(
        "refusals",
        sa.Column("charge_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("occurred_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("meals", sa.Integer(), nullable=False),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("charge_id", name=op.f("pk_refusals")),
    )
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_refusals_business_day"), ["business_day"], unique=False
        )

    op.create_table(
        "staff_users",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_staff_users")),
    )
    op.create_table(
        "recipe_lines",
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("ingredient_id", sa.String(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dish_id"], ["dishes.dish_id"], name=op.f("fk_recipe_lines_dish_id_dishes")
        ),
        sa.ForeignKeyConstraint(
            ["ingredient_id"],
            ["ingredients.ingredient_id"],
            name=op.f("fk_recipe_lines_ingredient_id_ingredients"),
        ),
        sa.PrimaryKeyConstraint("dish_id", "ingredient_id", name=op.f("pk_recipe_lines")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("started_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["username"],
            ["staff_users.username"],
            name=op.f("fk_staff_sessions_username_staff_users"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_sessions")),
    )
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_sessions_username"), ["username"], unique=False)

    op.create_table(
        "townships",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("county_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_code"], ["counties.code"], name=op.f("fk_townships_county_code_counties")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_townships")),
    )
    with op.batch_alter_table("townships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_townships_county_code"), ["county_code"], unique=False)

    op.create_table(
        "claims",
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("township_code", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("meals", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("closed_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("fk_claims_township_code_townships")
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claims")),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claims_month"), ["month"], unique=False)

    op.create_table(
        "villages",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("township_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("urban_rural_class", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint(
            "position in ('SURVEYED', 'ESTIMATED', 'NONE')", name=op.f("ck_villages_position_known")
        ),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("fk_villages_township_code_townships")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_villages")),
    )
    with op.batch_alter_table("villages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_villages_township_code"), ["township_code"], unique=False
        )

    op.create_table(
        "sites",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("county_code", sa.String(), nullable=False),
        sa.Column("township_code", sa.String(), nullable=False),
        sa.Column("village_code", sa.String(), nullable=True),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("narrow_road", sa.Boolean(), nullable=False),
        sa.Column("door_note", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind in ('CENTRAL_KITCHEN', 'CENTRAL_CANTEEN', 'SENIOR_CANTEEN', 'SERVING_POINT', 'PARTNER_RESTAURANT', 'NEIGHBOUR')",
            name=op.f("ck_sites_kind_known"),
        ),
        sa.CheckConstraint(
            "position in ('SURVEYED', 'ESTIMATED', 'NONE')", name=op.f("ck_sites_position_known")
        ),
        sa.ForeignKeyConstraint(
            ["county_code"], ["counties.code"], name=op.f("fk_sites_county_code_counties")
        ),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("fk_sites_township_code_townships")
        ),
        sa.ForeignKeyConstraint(
            ["village_code"], ["villages.code"], name=op.f("fk_sites_village_code_villages")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_sites")),
    )
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sites_county_code"), ["county_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_sites_kitchen_id"), ["kitchen_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sites_township_code"), ["township_code"], unique=False)

    op.create_table(
        "batches",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("low_salt", sa.Boolean(), nullable=False),
        sa.Column("equipment", sa.String(), nullable=False),
        sa.Column("planned_portions", sa.Integer(), nullable=False),
        sa.Column("starts_s", sa.Integer(), nullable=False),
        sa.Column("ready_s", sa.Integer(), nullable=False),
        sa.Column("eat_by_s", sa.Integer(), nullable=False),
        sa.Column("made_portions", sa.Integer(), nullable=True),
        sa.Column("core_temp_dc", sa.Integer(), nullable=True),
        sa.Column("sample_grams", sa.Integer(), nullable=True),
        sa.Column("short_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "made_portions >= 0", name=op.f("ck_batches_made_portions_not_negative")
        ),
        sa.CheckConstraint("planned_portions > 0", name=op.f("ck_batches_planned_positive")),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_batches_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batches")),
    )
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batches_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_batches_kitchen_id"), ["kitchen_id"], unique=False)

    op.create_table(
        "closing_counts",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("left_over", sa.Integer(), nullable=False),
        sa.Column("wasted", sa.Integer(), nullable=False),
        sa.Column("turned_away", sa.Integer(), nullable=False),
        sa.Column("sold_out_at_s", sa.Integer(), nullable=True),
        sa.Column("counted_by", sa.String(), nullable=False),
        sa.Column("counted_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "served >= 0 and left_over >= 0 and wasted >= 0 and turned_away >= 0",
            name=op.f("ck_closing_counts_served_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_closing_counts_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("site_id", "day", "period", name=op.f("pk_closing_counts")),
    )
    op.create_table(
        "devices",
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_devices_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_devices")),
    )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_devices_site_id"), ["site_id"], unique=False)

    op.create_table(
        "forecast_days",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("cutoff", sa.Date(), nullable=False),
        sa.Column("mean_milli", sa.Integer(), nullable=False),
        sa.Column("median", sa.Integer(), nullable=False),
        sa.Column("q75", sa.Integer(), nullable=False),
        sa.Column("q90", sa.Integer(), nullable=False),
        sa.Column("q95", sa.Integer(), nullable=False),
        sa.Column("service_level_percent", sa.Integer(), nullable=False),
        sa.Column("proposed_portions", sa.Integer(), nullable=False),
        sa.Column("manager_portions", sa.Integer(), nullable=True),
        sa.Column("override_reason", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("locked_portions", sa.Integer(), nullable=True),
        sa.Column("locked_by", sa.String(), nullable=False),
        sa.Column("locked_at", kitchen.columns.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "mean_milli >= 0 and median >= 0 and q75 >= 0 and q90 >= 0 and q95 >= 0 and proposed_portions >= 0",
            name=op.f("ck_forecast_days_mean_milli_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_forecast_days_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("site_id", "day", "period", name=op.f("pk_forecast_days")),
    )
    op.create_table(
        "kitchen_forecasts",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("sites", sa.Integer(), nullable=False),
        sa.Column("mean_milli", sa.Integer(), nullable=False),
        sa.Column("q90", sa.Integer(), nullable=False),
        sa.Column("q95", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "mean_milli >= 0 and q90 >= 0 and q95 >= 0",
            name=op.f("ck_kitchen_forecasts_mean_milli_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_kitchen_forecasts_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("kitchen_id", "day", "period", name=op.f("pk_kitchen_forecasts")),
    )
    op.create_table(
        "kitchen_reserves",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_kitchen_reserves_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("kitchen_id", "day", "period", name=op.f("pk_kitchen_reserves")),
    )
    op.create_table(
        "kitchen_setups",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("pots", sa.JSON(), nullable=False),
        sa.Column("meals_per_box", sa.Integer(), nullable=False),
        sa.Column("hold_hot_s", sa.Integer(), nullable=False),
        sa.Column("packing_s", sa.Integer(), nullable=False),
        sa.Column("sample_grams", sa.Integer(), nullable=False),
        sa.Column("lead_s", sa.Integer(), nullable=False),
        sa.Column("van_hold_s", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "meals_per_box > 0 and hold_hot_s > 0", name=op.f("ck_kitchen_setups_usable")
        ),
        sa.CheckConstraint(
            "packing_s >= 0 and sample_grams >= 0 and lead_s >= 0 and van_hold_s >= 0",
            name=op.f("ck_kitchen_setups_packing_s_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_kitchen_setups_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("kitchen_id", name=op.f("pk_kitchen_setups")),
    )
    op.create_table(
        "kitchen_stock",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("ingredient_id", sa.String(), nullable=False),
        sa.Column("grams", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ingredient_id"],
            ["ingredients.ingredient_id"],
            name=op.f("fk_kitchen_stock_ingredient_id_ingredients"),
        ),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_kitchen_stock_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("kitchen_id", "ingredient_id", name=op.f("pk_kitchen_stock")),
    )
    op.create_table(
        "meal_orders",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("home_delivery", sa.Boolean(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "source in ('STANDING', 'PHONE', 'FAMILY')", name=op.f("ck_meal_orders_source_known")
        ),
        sa.CheckConstraint(
            "state in ('DUE', 'EXCEPTION', 'SERVED', 'MISSED')",
            name=op.f("ck_meal_orders_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_meal_orders_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_meal_orders")),
    )
    with op.batch_alter_table("meal_orders", schema=None) as batch_op:
        batch_op.create_index("ix_meal_orders_day_site", ["day", "site_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meal_orders_senior_id"), ["senior_id"], unique=False)

    op.create_table(
        "menu_dishes",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("dish_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_menu_dishes_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("kitchen_id", "day", "period", "slot", name=op.f("pk_menu_dishes")),
    )
    op.create_table(
        "pack_lines",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_pack_lines_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_pack_lines_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("site_id", "day", "period", "variant", name=op.f("pk_pack_lines")),
    )
    op.create_table(
        "purchase_lines",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ingredient_id", sa.String(), nullable=False),
        sa.Column("need_grams", sa.Integer(), nullable=False),
        sa.Column("stock_grams", sa.Integer(), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("cost_fen", sa.Integer(), nullable=False),
        sa.Column("order_by", sa.Date(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_purchase_lines_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint(
            "kitchen_id", "day", "ingredient_id", name=op.f("pk_purchase_lines")
        ),
    )
    op.create_table(
        "route_stops",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("route_no", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.String(), nullable=True),
        sa.Column("depart_s", sa.Integer(), nullable=False),
        sa.Column("arrive_s", sa.Integer(), nullable=False),
        sa.Column("arrive_by_s", sa.Integer(), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("loaded", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("arrival_temp_dc", sa.Integer(), nullable=True),
        sa.Column("recorded_at", kitchen.columns.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "loaded >= 0 and received >= 0 and boxes >= 0",
            name=op.f("ck_route_stops_loaded_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_route_stops_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("site_id", "day", "period", name=op.f("pk_route_stops")),
    )
    op.create_table(
        "run_plans",
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=True),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_run_plans_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("kitchen_id", "day", "period", name=op.f("pk_run_plans")),
    )
    op.create_table(
        "seniors",
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("id_number_cipher", sa.String(), nullable=False),
        sa.Column("id_number_hash", sa.String(), nullable=False),
        sa.Column("township_code", sa.String(), nullable=False),
        sa.Column("village_code", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("resident", sa.Boolean(), nullable=False),
        sa.Column("hardship", sa.String(), nullable=False),
        sa.Column("care_level", sa.String(), nullable=False),
        sa.Column("lives_alone", sa.Boolean(), nullable=False),
        sa.Column("diet", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("door_note", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "care_level in ('ABLE', 'DISABLED', 'DEMENTIA')",
            name=op.f("ck_seniors_care_level_known"),
        ),
        sa.CheckConstraint(
            "hardship in ('NONE', 'DESTITUTE', 'MINIMUM_LIVING', 'MARGINAL', 'FAMILY_PLANNING', 'ENTITLED_VETERAN')",
            name=op.f("ck_seniors_hardship_known"),
        ),
        sa.CheckConstraint(
            "state in ('ACTIVE', 'PAUSED', 'HOSPITAL', 'MOVED', 'DECEASED')",
            name=op.f("ck_seniors_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_seniors_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("fk_seniors_township_code_townships")
        ),
        sa.ForeignKeyConstraint(
            ["village_code"], ["villages.code"], name=op.f("fk_seniors_village_code_villages")
        ),
        sa.PrimaryKeyConstraint("senior_id", name=op.f("pk_seniors")),
        sa.UniqueConstraint("id_number_hash", name=op.f("uq_seniors_id_number_hash")),
    )
    with op.batch_alter_table("seniors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seniors_site_id"), ["site_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_seniors_township_code"), ["township_code"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_seniors_village_code"), ["village_code"], unique=False)

    op.create_table(
        "site_closes",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("charged_meals", sa.Integer(), nullable=False),
        sa.Column("takings_cash_fen", sa.Integer(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("closed_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_site_closes_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("site_id", "day", "period", name=op.f("pk_site_closes")),
    )
    op.create_table(
        "site_meals",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("arrive_from_s", sa.Integer(), nullable=False),
        sa.Column("arrive_by_s", sa.Integer(), nullable=False),
        sa.Column("serve_until_s", sa.Integer(), nullable=False),
        sa.Column("set_price_fen", sa.Integer(), nullable=False),
        sa.Column("short_cost_fen", sa.Integer(), nullable=False),
        sa.Column("waste_cost_fen", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "period in ('BREAKFAST', 'LUNCH', 'SUPPER')", name=op.f("ck_site_meals_period_known")
        ),
        sa.CheckConstraint(
            "arrive_from_s <= arrive_by_s", name=op.f("ck_site_meals_window_in_order")
        ),
        sa.CheckConstraint(
            "set_price_fen >= 0 and short_cost_fen >= 0 and waste_cost_fen >= 0",
            name=op.f("ck_site_meals_set_price_fen_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_site_meals_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("site_id", "period", name=op.f("pk_site_meals")),
    )
    op.create_table(
        "standing_orders",
        sa.Column("standing_id", sa.String(), nullable=False),
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("home_delivery", sa.Boolean(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "period in ('BREAKFAST', 'LUNCH', 'SUPPER')",
            name=op.f("ck_standing_orders_period_known"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_standing_orders_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("standing_id", name=op.f("pk_standing_orders")),
    )
    with op.batch_alter_table("standing_orders", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_standing_orders_senior_id"), ["senior_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_standing_orders_site_id"), ["site_id"], unique=False)

    op.create_table(
        "vehicles",
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("kitchen_id", sa.String(), nullable=False),
        sa.Column("plate", sa.String(), nullable=False),
        sa.Column("type_id", sa.String(), nullable=False),
        sa.Column("capacity_boxes", sa.Integer(), nullable=False),
        sa.Column("fixed_cost_fen", sa.Integer(), nullable=False),
        sa.Column("cost_fen_per_km", sa.Integer(), nullable=False),
        sa.Column("narrow_ok", sa.Boolean(), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=False),
        sa.Column("shift_from_s", sa.Integer(), nullable=False),
        sa.Column("shift_to_s", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capacity_boxes >= 0 and fixed_cost_fen >= 0 and cost_fen_per_km >= 0",
            name=op.f("ck_vehicles_capacity_boxes_not_negative"),
        ),
        sa.CheckConstraint("shift_from_s < shift_to_s", name=op.f("ck_vehicles_shift_in_order")),
        sa.ForeignKeyConstraint(
            ["driver_id"], ["drivers.driver_id"], name=op.f("fk_vehicles_driver_id_drivers")
        ),
        sa.ForeignKeyConstraint(
            ["kitchen_id"], ["sites.site_id"], name=op.f("fk_vehicles_kitchen_id_sites")
        ),
        sa.PrimaryKeyConstraint("vehicle_id", name=op.f("pk_vehicles")),
    )
    with op.batch_alter_table("vehicles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vehicles_kitchen_id"), ["kitchen_id"], unique=False)

    op.create_table(
        "cards",
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("issue_no", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("issued_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", kitchen.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("state in ('LIVE', 'REVOKED')", name=op.f("ck_cards_state_known")),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["seniors.senior_id"], name=op.f("fk_cards_senior_id_seniors")
        ),
        sa.PrimaryKeyConstraint("serial", "issue_no", name=op.f("pk_cards")),
    )
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cards_senior_id"), ["senior_id"], unique=False)

    op.create_table(
        "charges",
        sa.Column("charge_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("card_serial", sa.String(), nullable=True),
        sa.Column("senior_id", sa.String(), nullable=True),
        sa.Column("identified_by", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("occurred_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("posted_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("subsidised", sa.Boolean(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("meals", sa.Integer(), nullable=False),
        sa.Column("basket", sa.JSON(), nullable=False),
        sa.Column("list_price_fen", sa.Integer(), nullable=False),
        sa.Column("delivery_fee_fen", sa.Integer(), nullable=False),
        sa.Column("subsidy_fen", sa.Integer(), nullable=False),
        sa.Column("meal_subsidy_fen", sa.Integer(), nullable=False),
        sa.Column("allowance_fen", sa.Integer(), nullable=False),
        sa.Column("charity_fen", sa.Integer(), nullable=False),
        sa.Column("own_fen", sa.Integer(), nullable=False),
        sa.Column("cash_fen", sa.Integer(), nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("policy_id", sa.String(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "identified_by in ('CARD', 'LOOK_UP', 'ORDER', 'NONE')",
            name=op.f("ck_charges_identified_by_known"),
        ),
        sa.CheckConstraint("state in ('POSTED', 'REVERSAL')", name=op.f("ck_charges_state_known")),
        sa.CheckConstraint(
            "list_price_fen + delivery_fee_fen = allowance_fen + charity_fen + own_fen + cash_fen + subsidy_fen",
            name=op.f("ck_charges_equation"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.device_id"], name=op.f("fk_charges_device_id_devices")
        ),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["seniors.senior_id"], name=op.f("fk_charges_senior_id_seniors")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_charges_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("charge_id", name=op.f("pk_charges")),
    )
    with op.batch_alter_table("charges", schema=None) as batch_op:
        batch_op.create_index("ix_charges_day_site", ["business_day", "site_id"], unique=False)
        batch_op.create_index(
            "ix_charges_device_counter", ["device_id", "epoch", "counter"], unique=False
        )
        batch_op.create_index("ix_charges_senior_day", ["senior_id", "business_day"], unique=False)

    op.create_table(
        "door_outcomes",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome in ('DELIVERED', 'LEFT_WITH_NEIGHBOUR', 'SHORT', 'DAMAGED', 'NOT_HOME', 'REFUSED', 'NOT_REACHED')",
            name=op.f("ck_door_outcomes_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["meal_orders.order_id"],
            name=op.f("fk_door_outcomes_order_id_meal_orders"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_door_outcomes")),
    )
    with op.batch_alter_table("door_outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_door_outcomes_day"), ["day"], unique=False)

    op.create_table(
        "purses",
        sa.Column("purse_id", sa.String(), nullable=False),
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("balance_fen", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind in ('OWN', 'ALLOWANCE', 'CHARITY')", name=op.f("ck_purses_kind_known")
        ),
        sa.CheckConstraint("balance_fen >= 0", name=op.f("ck_purses_balance_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["seniors.senior_id"], name=op.f("fk_purses_senior_id_seniors")
        ),
        sa.PrimaryKeyConstraint("purse_id", name=op.f("pk_purses")),
        sa.UniqueConstraint("senior_id", "kind", name=op.f("uq_purses_senior_id_kind")),
    )
    with op.batch_alter_table("purses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purses_senior_id"), ["senior_id"], unique=False)
    # The chain's head stands from the start: every commit locks it first.
    heads = sa.table("audit_heads", sa.column("shard"), sa.column("seq"), sa.column("sha256"))
    op.bulk_insert(heads, [{"shard": 0, "seq": 0, "sha256": "0" * 64}])


def downgrade() -> None:
    with op.batch_alter_table("purses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purses_senior_id"))

    op.drop_table("purses")
    with op.batch_alter_table("door_outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_door_outcomes_day"))

    op.drop_table("door_outcomes")
    with op.batch_alter_table("charges", schema=None) as batch_op:
        batch_op.drop_index("ix_charges_senior_day")
        batch_op.drop_index("ix_charges_device_counter")
        batch_op.drop_index("ix_charges_day_site")

    op.drop_table("charges")
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cards_senior_id"))

    op.drop_table("cards")
    with op.batch_alter_table("vehicles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vehicles_kitchen_id"))

    op.drop_table("vehicles")
    with op.batch_alter_table("standing_orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standing_orders_site_id"))
        batch_op.drop_index(batch_op.f("ix_standing_orders_senior_id"))

    op.drop_table("standing_orders")
    op.drop_table("site_meals")
    op.drop_table("site_closes")
    with op.batch_alter_table("seniors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seniors_village_code"))
        batch_op.drop_index(batch_op.f("ix_seniors_township_code"))
        batch_op.drop_index(batch_op.f("ix_seniors_site_id"))

    op.drop_table("seniors")
    op.drop_table("run_plans")
    op.drop_table("route_stops")
    op.drop_table("purchase_lines")
    op.drop_table("pack_lines")
    op.drop_table("menu_dishes")
    with op.batch_alter_table("meal_orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meal_orders_senior_id"))
        batch_op.drop_index("ix_meal_orders_day_site")

    op.drop_table("meal_orders")
    op.drop_table("kitchen_stock")
    op.drop_table("kitchen_setups")
    op.drop_table("kitchen_reserves")
    op.drop_table("kitchen_forecasts")
    op.drop_table("forecast_days")
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_devices_site_id"))

    op.drop_table("devices")
    op.drop_table("closing_counts")
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batches_kitchen_id"))
        batch_op.drop_index(batch_op.f("ix_batches_day"))

    op.drop_table("batches")
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sites_township_code"))
        batch_op.drop_index(batch_op.f("ix_sites_kitchen_id"))
        batch_op.drop_index(batch_op.f("ix_sites_county_code"))

    op.drop_table("sites")
    with op.batch_alter_table("villages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_villages_township_code"))

    op.drop_table("villages")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claims_month"))

    op.drop_table("claims")
    with op.batch_alter_table("townships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_townships_county_code"))

    op.drop_table("townships")
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_sessions_username"))

    op.drop_table("staff_sessions")
    op.drop_table("recipe_lines")
    op.drop_table("staff_users")
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refusals_business_day"))

    op.drop_table("refusals")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_postings_account"))

    op.drop_table("postings")
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_versions_district"))

    op.drop_table("policy_versions")
    with op.batch_alter_table("leaks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leaks_day"))

    op.drop_table("leaks")
    op.drop_table("ingredients")
    op.drop_table("drivers")
    op.drop_table("dishes")
    op.drop_table("demand_days")
    op.drop_table("day_records")
    op.drop_table("day_facts")
    with op.batch_alter_table("day_exceptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_day_exceptions_day"))

    op.drop_table("day_exceptions")
    op.drop_table("county_facts")
    op.drop_table("counties")
    op.drop_table("audit_heads")
    op.drop_table("audit_digests")
    op.drop_table("audit_blocks")
