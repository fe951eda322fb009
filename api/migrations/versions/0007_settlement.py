"""what the checks of a month found

Revision: 0007, after 0006, made 2026-11-23 05:30:00.000000.
"""

import sqlalchemy as sa
from alembic import op

from kitchen.columns import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "month_findings",
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("resolved_by", sa.String(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "severity in ('ERROR', 'WARNING')", name=op.f("ck_month_findings_severity_known")
        ),
        sa.CheckConstraint(
            "state in ('OPEN', 'EXPLAINED', 'CORRECTED', 'GONE')",
            name=op.f("ck_month_findings_state_known"),
        ),
        sa.CheckConstraint(
            "actor in ('SITE', 'TOWNSHIP', 'COUNTY')", name=op.f("ck_month_findings_actor_known")
        ),
        sa.CheckConstraint(
            "state in ('OPEN', 'GONE') or resolution <> ''",
            name=op.f("ck_month_findings_reason_where_settled"),
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_month_findings")),
    )
    op.create_index("ix_month_findings_month_site", "month_findings", ["month", "site_id"])


def downgrade() -> None:
    """What people said of findings would be lost: restore a backup instead."""
    raise NotImplementedError
