"""The first schema of results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "wafers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("lot", sa.String, nullable=False),
        sa.Column("diameter", sa.Double, nullable=False),
        sa.Column("notch", sa.String, nullable=False),
        sa.Column("columns", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("description", sa.String, nullable=False),
        sa.UniqueConstraint("name", "lot"),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("wafer_id", sa.Integer, sa.ForeignKey("wafers.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("major_axis", sa.Double, nullable=False),
        sa.Column("minor_axis", sa.Double, nullable=False),
        sa.Column("junction", sa.String, nullable=False),
        sa.UniqueConstraint("wafer_id", "name"),
    )
    op.create_table(
        "dies",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("wafer_id", sa.Integer, sa.ForeignKey("wafers.id"), nullable=False),
        sa.Column("column", sa.Integer, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("x", sa.Double, nullable=False),
        sa.Column("y", sa.Double, nullable=False),
        sa.UniqueConstraint("wafer_id", "column", "row"),
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("die_id", sa.Integer, sa.ForeignKey("dies.id"), nullable=False),
        sa.Column("device_id", sa.Integer, sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("x", sa.Double, nullable=False),
        sa.Column("y", sa.Double, nullable=False),
        sa.UniqueConstraint("die_id", "name"),
    )
    op.create_table(
        "wafer_runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("wafer_id", sa.Integer, sa.ForeignKey("wafers.id"), nullable=False, index=True),
        sa.Column("recipe", sa.String, nullable=False),
        sa.Column("bench", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean),
        sa.Column("started", sa.String, nullable=False),
        sa.Column("folder", sa.String, nullable=False),
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("wafer_run_id", sa.String, sa.ForeignKey("wafer_runs.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("site_id", sa.Integer, sa.ForeignKey("sites.id"), nullable=False, index=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("bin", sa.Integer),
        sa.Column("bin_name", sa.String, nullable=False),
        sa.Column("good", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.UniqueConstraint("wafer_run_id", "number"),
    )
    op.create_table(
        "site_runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("visit_id", sa.Integer, sa.ForeignKey("visits.id"), nullable=False, index=True),
        sa.Column("folder", sa.String, nullable=False),
    )
    op.create_table(
        "parameters",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("visit_id", sa.Integer, sa.ForeignKey("visits.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False, index=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("uncertainty", sa.Double),
        sa.Column("flag", sa.String, nullable=False),
        sa.UniqueConstraint("visit_id", "name", "source"),
    )


def downgrade() -> None:
    """Drop every table."""
    for table in ("parameters", "site_runs", "visits", "wafer_runs", "sites", "dies", "devices", "wafers"):
        op.drop_table(table)
