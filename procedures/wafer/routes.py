"""Whether a bench's matrix leads to every device of a wafer: held against each other before anything moves."""

from __future__ import annotations

from pathlib import Path

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.driver_class import driver_class
from smtjlab.instruments.errors import BenchFileError, WaferFileError
from smtjlab.instruments.matrix import Matrix
from smtjlab.instruments.wafer.wafer import Wafer
from smtjlab.instruments.wafer.wafer_file import LONG
from smtjlab.simulation.toml_file import TomlFile


def check_routes(wafer: Wafer, file: str | Path, bench: Bench) -> None:
    """Raise WaferFileError where a sub-site has a route that the bench lacks, or none where it has a matrix.

    Raises BenchFileError where a route asks for more than the matrix has.
    """
    if bench.matrix is not None:
        _check_card(bench, bench.matrix)
    for kind in wafer.types.values():
        for site in kind.sites:
            if sentence := _missing(f"{kind.name}/{site.name}", site.route, bench):
                lines = TomlFile.read(file, long=LONG)
                raise WaferFileError(f"{sentence} ({lines.where(f'types.{kind.name}.sites.{site.name}.route')}).")


def _missing(site: str, route: str, bench: Bench) -> str:
    """Return what is wrong with the route of a sub-site, or nothing."""
    if bench.matrix is None:
        told = f"Sub-site {site} with `route` must be measured on a bench with a [matrix], but {bench.name!r} has none"
        return told if route else ""
    known = ", ".join(bench.matrix.routes)
    if not route:
        return f"Sub-site {site} must say its `route` through the matrix of {bench.name!r}, {known}, but does not"
    if route not in bench.matrix.routes:
        return f"`route` of sub-site {site} must be one of {bench.name!r}, {known}, but is {route!r}"
    return ""


def _check_card(bench: Bench, matrix: Matrix) -> None:
    """Refuse crosspoints that the card of the switch does not have, where its driver says what it has."""
    card = getattr(getattr(driver_class(bench, bench.instruments[matrix.switch]), "specification", None), "card", None)
    if card is None:
        return
    for name, closed in (*matrix.routes.items(), ("forbidden", matrix.forbidden)):
        for row, column in sorted(closed):
            if row > card.rows or column > card.columns:
                key = "matrix.forbidden" if closed is matrix.forbidden else f"matrix.routes.{name}"
                raise BenchFileError(
                    f"A crosspoint of `{matrix.switch}` must lie within {card.rows} rows and {card.columns} columns, "
                    f"but {[row, column]} does not ({TomlFile.parse(bench.text, bench.path).where(key)})."
                )
