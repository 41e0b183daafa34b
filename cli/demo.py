"""`smtjlab demo`: a transfer curve on the virtual bench, with its model and its report."""

from __future__ import annotations

import typer

from .options import DEFAULT_BENCH, DEFAULT_JUNCTION, DEFAULT_MODEL, Out


def demo(out: Out = None) -> None:
    """Measure a transfer curve on simulated instruments.

    The virtual bench is served from a process of its own and measured through the real drivers, up and down, with
    the stochastic model beside it; then come a table, a verdict and an HTML report.
    """
    from smtjlab.procedures.transfer_curve import TransferCurve

    from .execution import execute

    # Around the threshold, in steps that leave more than eight points to the linear window (some 28 mV wide).
    curve = TransferCurve(start=0.22, stop=0.38, points=49)
    raise typer.Exit(execute(curve, bench=DEFAULT_BENCH, junction=DEFAULT_JUNCTION, model=DEFAULT_MODEL, out=out))
