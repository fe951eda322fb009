"""purses, offline and outside money

Revision: 0002, after 0001, made 2026-11-22 08:28:16.406544.
"""

import sqlalchemy as sa
from alembic import op

import kitchen.columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Tables whose stored rows read otherwise afterwards: their digests are anchored anew.
REWRITTEN = ("charges", "devices", "purses")
KINDS = ("OWN", "ALLOWANCE", "CHARITY")
EQUATION = (
    "list_price_fen + delivery_fee_fen = allowance_fen + charity_fen + own_fen + plan_fen"
    " + cash_fen + outside_fen + disputed_fen + subsidy_fen"
)
KNOWN_BY = (
    "identified_by in ('CARD', 'PHONE_CODE', 'FOREIGN_CARD', 'ID_NUMBER', 'NAME', 'CARD_NUMBER',"
    " 'LOOK_UP', 'ORDER', 'NONE')"
)
BUYER = "buyer in ('SENIOR', 'GUEST', 'STAFF', 'OTHER_COUNTY')"
DEVICE_STATE = "CONSTRAINT ck_devices_state_known CHECK (state in ('LIVE', 'REVOKED'))"


def upgrade() -> None:
    op.create_table(
        "card_snapshots",
        sa.Column("policy_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("made_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("policy_id", "seq", name=op.f("pk_card_snapshots")),
    )
    op.create_table(
        "proposals",
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", kitchen.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind in ('GRANT_BATCH', 'REFUND')", name=op.f("ck_proposals_kind_known")
        ),
        sa.CheckConstraint(
            "state in ('PROPOSED', 'APPROVED', 'REJECTED', 'POSTED')",
            name=op.f("ck_proposals_state_known"),
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposals")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_state"), ["state"], unique=False)

    op.create_table(
        "provider_statements",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("fee_fen", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.CheckConstraint(
            "provider in ('WECHAT', 'ALIPAY', 'UNIONPAY', 'CITY_CARD')",
            name=op.f("ck_provider_statements_provider_known"),
        ),
        sa.PrimaryKeyConstraint(
            "provider", "statement", "line_no", name=op.f("pk_provider_statements")
        ),
    )
    op.create_table(
        "outside_payments",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("settled_in", sa.String(), nullable=False),
        sa.CheckConstraint(
            "provider in ('WECHAT', 'ALIPAY', 'UNIONPAY', 'CITY_CARD')",
            name=op.f("ck_outside_payments_provider_known"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_outside_payments_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("provider", "reference", name=op.f("pk_outside_payments")),
    )
    with op.batch_alter_table("outside_payments", schema=None) as batch_op:
        batch_op.create_index("ix_outside_payments_day", ["business_day", "provider"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_outside_payments_entry_id"), ["entry_id"], unique=False
        )

    op.create_table(
        "device_enrolments",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", kitchen.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.device_id"],
            name=op.f("fk_device_enrolments_device_id_devices"),
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_device_enrolments")),
    )
    with op.batch_alter_table("device_enrolments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_device_enrolments_device_id"), ["device_id"], unique=False
        )

    op.create_table(
        "grant_lines",
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("purse_id", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("posted", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind in ('OWN', 'ALLOWANCE', 'CHARITY')", name=op.f("ck_grant_lines_kind_known")
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_grant_lines_amount_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals.proposal_id"],
            name=op.f("fk_grant_lines_proposal_id_proposals"),
        ),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["seniors.senior_id"], name=op.f("fk_grant_lines_senior_id_seniors")
        ),
        sa.PrimaryKeyConstraint("senior_id", "kind", "month", name=op.f("pk_grant_lines")),
    )
    with op.batch_alter_table("grant_lines", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grant_lines_proposal_id"), ["proposal_id"], unique=False
        )

    op.create_table(
        "holds",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("due_fen", sa.Integer(), nullable=False),
        sa.Column("draws", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", kitchen.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("charge_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('PENDING', 'POSTED', 'RELEASED')", name=op.f("ck_holds_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["seniors.senior_id"], name=op.f("fk_holds_senior_id_seniors")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_holds_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_holds")),
    )
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.create_index("ix_holds_day_state", ["day", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_holds_senior_id"), ["senior_id"], unique=False)

    op.create_table(
        "movements",
        sa.Column("movement_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("senior_id", sa.String(), nullable=True),
        sa.Column("purse_id", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=True),
        sa.Column("charge_id", sa.String(), nullable=True),
        sa.Column("proposal_id", sa.String(), nullable=True),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("posted_at", kitchen.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind in ('TOP_UP', 'REFUND', 'GRANT', 'DONATION', 'EXPIRY', 'PAY_OUT', 'PLAN_FEE', 'DISPUTE')",
            name=op.f("ck_movements_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["seniors.senior_id"], name=op.f("fk_movements_senior_id_seniors")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_movements_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("movement_id", name=op.f("pk_movements")),
    )
    with op.batch_alter_table("movements", schema=None) as batch_op:
        batch_op.create_index("ix_movements_day_site", ["business_day", "site_id"], unique=False)
        batch_op.create_index(
            "ix_movements_senior_day", ["senior_id", "business_day"], unique=False
        )

    op.create_table(
        "plan_months",
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("fee_fen", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.String(), nullable=False),
        sa.Column("movement_id", sa.String(), nullable=False),
        sa.CheckConstraint("fee_fen >= 0", name=op.f("ck_plan_months_fee_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["senior_id"], ["seniors.senior_id"], name=op.f("fk_plan_months_senior_id_seniors")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.site_id"], name=op.f("fk_plan_months_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("senior_id", "month", name=op.f("pk_plan_months")),
    )
    with op.batch_alter_table("charges") as batch_op:
        batch_op.add_column(
            sa.Column("buyer", sa.String(), server_default="SENIOR", nullable=False)
        )
        batch_op.add_column(sa.Column("draws", sa.JSON(), server_default="{}", nullable=False))
        for name in ("plan_fen", "outside_fen", "disputed_fen"):
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        for name in ("dispute_code", "doubts"):
            batch_op.add_column(sa.Column(name, sa.String(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("offline", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("replaces_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("note", sa.String(), server_default="", nullable=False))
        batch_op.create_index("ix_charges_origin_id", ["origin_id"], unique=False)
        batch_op.drop_constraint(op.f("ck_charges_equation"), type_="check")
        batch_op.drop_constraint(op.f("ck_charges_identified_by_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_charges_equation"), EQUATION)
        batch_op.create_check_constraint(op.f("ck_charges_identified_by_known"), KNOWN_BY)
        batch_op.create_check_constraint(op.f("ck_charges_buyer_known"), BUYER)
    _backfill()
    op.create_index("ix_refusals_device_counter", "refusals", ["device_id", "epoch", "counter"])

    op.execute(
        f"ALTER TABLE devices ADD COLUMN state VARCHAR DEFAULT 'LIVE' NOT NULL {DEVICE_STATE}"
    )
    op.add_column("devices", sa.Column("token_hash", sa.String(), nullable=True))
    op.add_column(
        "devices",
        sa.Column("enrolled_at", kitchen.columns.UtcDateTime(timezone=True), nullable=True),
    )
    op.create_index(op.f("ix_devices_token_hash"), "devices", ["token_hash"], unique=False)

    with op.batch_alter_table("purses") as batch_op:
        batch_op.add_column(sa.Column("earmark", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("expires_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("held_fen", sa.Integer(), server_default="0", nullable=False))
        batch_op.drop_constraint(op.f("uq_purses_senior_id_kind"), type_="unique")
        batch_op.create_check_constraint(op.f("ck_purses_held_fen_not_negative"), "held_fen >= 0")


def _backfill() -> None:
    """Say of every stored charge which purses paid it, and that guests are guests."""
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE charges SET buyer = 'GUEST' WHERE senior_id IS NULL"))
    paid = connection.execute(
        sa.text(
            "SELECT charge_id, senior_id, own_fen, allowance_fen, charity_fen FROM charges"
            " WHERE own_fen <> 0 OR allowance_fen <> 0 OR charity_fen <> 0"
        )
    )
    rows = [
        {"one": charge_id, "paid": {f"{who}-{k}": n for k, n in zip(KINDS, fens, strict=True) if n}}
        for charge_id, who, *fens in paid
    ]
    if rows:
        charges = sa.table("charges", sa.column("charge_id"), sa.column("draws", sa.JSON()))
        update = sa.update(charges).values(draws=sa.bindparam("paid", type_=sa.JSON()))
        connection.execute(update.where(charges.c.charge_id == sa.bindparam("one")), rows)


def downgrade() -> None:
    """Money that the older schema cannot say would be lost: restore a backup instead."""
    raise NotImplementedError
