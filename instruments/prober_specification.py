"""What probe stations promise: travel, speeds, alignment. Data only.

Magnitudes of 300 mm stations of both makers, as brochures tell them; none was found on a page of a manual.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .specification import InstrumentSpecification


@dataclass(frozen=True, slots=True, kw_only=True)
class ProberSpecification(InstrumentSpecification):
    """One station; it neither sources nor measures."""

    travel: float
    """Farthest place that the needles can stand from the middle of the stage along each axis, in m."""
    top: float
    """Highest position of the chuck in m."""
    rotation: float
    """Largest angle in degrees."""
    xy_speed: float
    """Travel in m/s along the plane."""
    z_speed: float
    """Travel in m/s upwards."""
    theta_speed: float
    """Turn in degrees/s."""
    alignment: float
    """Standard deviation of the alignment error of a wafer in m, along each axis."""
    tilt: float
    """Standard deviation of the alignment error of a wafer in degrees."""
    loading: float
    """Seconds between a cassette and the chuck."""


UNVERIFIED = "everything: magnitudes of 300 mm stations, as brochures tell them"

SPECIFICATION_SENTIO = ProberSpecification(
    model="SENTIO",
    source="no page: the maker's documents are not public",
    unverified=UNVERIFIED,
    settling=0.1,
    travel=0.16,
    top=20e-3,
    rotation=7.5,
    xy_speed=50e-3,
    z_speed=5e-3,
    theta_speed=2.0,
    alignment=4e-6,
    tilt=1e-3,
    loading=30.0,
)
"""MPI station under SENTIO. `settling` is the time of every movement beside its way."""

SPECIFICATION_VELOX = replace(SPECIFICATION_SENTIO, model="Velox")
"""FormFactor station under Velox."""
