"""A junction as it was drawn: another ellipse of the same stack."""

from __future__ import annotations

from smtjlab.simulation.junction import Junction


def drawn(stack: Junction, major_axis: float, minor_axis: float) -> Junction:
    """Return the junction of a stack with axes in m: resistance times area stays, all else is the stack's.

    Raises JunctionError where the axes cannot be.
    """
    other = stack.changed(major_axis=major_axis, minor_axis=minor_axis)
    share = stack.major_axis * stack.minor_axis / (major_axis * minor_axis)
    return other.changed(
        resistance_parallel=share * stack.resistance_parallel,
        resistance_antiparallel=share * stack.resistance_antiparallel,
    )
