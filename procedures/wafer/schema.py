"""The schema of a lab's results: wafers, dies, sites, devices, visits, runs, parameters. One for SQLite and PostgreSQL.

It is changed by migrations (`smtjlab.procedures.wafer.migrations`) and by nothing else; a test holds both against each
other. Lengths are in m, values in the unit of their parameter.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Double, ForeignKey, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints: migrations must be able to name what they change."""


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {float: Double}


class WaferRow(Base):
    """A wafer as it was drawn."""

    __tablename__ = "wafers"
    __table_args__ = (UniqueConstraint("name", "lot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    lot: Mapped[str]
    diameter: Mapped[float]
    notch: Mapped[str]
    columns: Mapped[int]
    """Places of an exposure along x."""
    rows: Mapped[int]
    description: Mapped[str]
    """The wafer file."""


class DeviceRow(Base):
    """A kind of device as it was drawn on a wafer."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("wafer_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wafer_id: Mapped[int] = mapped_column(ForeignKey("wafers.id"))
    name: Mapped[str]
    major_axis: Mapped[float]
    minor_axis: Mapped[float]
    junction: Mapped[str]


class DieRow(Base):
    """A die; x and y from the middle of the wafer."""

    __tablename__ = "dies"
    __table_args__ = (UniqueConstraint("wafer_id", "column", "row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wafer_id: Mapped[int] = mapped_column(ForeignKey("wafers.id"))
    column: Mapped[int]
    row: Mapped[int]
    type: Mapped[str]
    x: Mapped[float]
    y: Mapped[float]


class SiteRow(Base):
    """A sub-site of a die; x and y of its pads from the middle of the wafer."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("die_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    die_id: Mapped[int] = mapped_column(ForeignKey("dies.id"))
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    name: Mapped[str]
    x: Mapped[float]
    y: Mapped[float]


class WaferRunRow(Base):
    """One measurement of a wafer."""

    __tablename__ = "wafer_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    wafer_id: Mapped[int] = mapped_column(ForeignKey("wafers.id"), index=True)
    recipe: Mapped[str]
    bench: Mapped[str]
    simulated: Mapped[bool | None]
    started: Mapped[str]
    folder: Mapped[str]


class VisitRow(Base):
    """One visit to a site: a row of a wafer run."""

    __tablename__ = "visits"
    __table_args__ = (UniqueConstraint("wafer_run_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wafer_run_id: Mapped[str] = mapped_column(ForeignKey("wafer_runs.id"))
    number: Mapped[int]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    state: Mapped[str]
    bin: Mapped[int | None]
    bin_name: Mapped[str]
    good: Mapped[bool]
    reason: Mapped[str]
    seconds: Mapped[float]


class SiteRunRow(Base):
    """A run at a site."""

    __tablename__ = "site_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    folder: Mapped[str]
    """Within that of the wafer run."""


class ParameterRow(Base):
    """A number that was found of a device."""

    __tablename__ = "parameters"
    __table_args__ = (UniqueConstraint("visit_id", "name", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    name: Mapped[str] = mapped_column(index=True)
    source: Mapped[str]
    """`quick` for closed forms, `fit` for the extraction, `model` for disagreements in sigma."""
    value: Mapped[float | None]
    uncertainty: Mapped[float | None]
    flag: Mapped[str]
    """Why there is no value, or what must be known before it is believed; empty where nothing is."""
