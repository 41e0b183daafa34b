"""`smtjlab bench commands`: what the instruments of the virtual bench understand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[str | None, typer.Argument(metavar="[MODEL]", help="A driver's file, such as keithley_2450.")]
Write = Annotated[
    Path | None, typer.Option("--write", metavar="DIR", help="Write the pages of all models into a folder.")
]


def commands(model: Model = None, write: Write = None) -> None:
    """Print the commands that a model understands, as a page in Markdown; without a model, all their names."""
    from smtjlab.instruments.virtual import catalogue

    if write is not None:
        print(f"{len(catalogue.write_pages(write))} pages are in {write}.")
    elif model is None:
        print("\n".join(catalogue.models()))
    else:
        driver, twin = catalogue.named(model)
        print(catalogue.page(driver, twin), end="")
