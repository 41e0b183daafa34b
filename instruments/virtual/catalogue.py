"""Every model that the virtual bench imitates, and the page of the documentation about each: made from its code."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc
from pathlib import Path

from smtjlab.instruments.errors import InstrumentMistake

from .twin import Supported, Twin

FOLDER = Path(__file__).parent


def models() -> dict[str, type[Twin]]:
    """Return the twins by the names that a bench file gives their drivers, `keithley_2450:Keithley2450`."""
    return dict(sorted(_models()))


def _models() -> Iterator[tuple[str, type[Twin]]]:
    for path in FOLDER.glob("*.py"):
        # A twin lies in a file of its driver's name; what else lies in this folder has no namesake above it. Names that
        # begin with an underscore are parts of twins.
        if (FOLDER.parent / path.name).is_file() and path.stem != "__init__":
            module = import_module(f"{__package__}.{path.stem}")
            public = {name: found for name, found in vars(module).items() if not name.startswith("_")}
            for name, found in public.items():
                if isinstance(found, type) and issubclass(found, Twin) and found.__module__ == module.__name__:
                    yield f"{path.stem}:{name}", found


def named(name: str) -> tuple[str, type[Twin]]:
    """Return driver and twin of a driver's name, or of the file's name alone; InstrumentMistake where there is none."""
    known = models()
    for driver, twin in known.items():
        if name in (driver, driver.partition(":")[0]):
            return driver, twin
    raise InstrumentMistake(f"A model must be one of {', '.join(known)}, but is {name!r}.")


def page(driver: str, twin: type[Twin]) -> str:
    """Return the page about one model, in Markdown."""
    title = f"# {twin.__name__}"
    lines = [title, "", getdoc(twin) or "", "", f'In a bench file: `driver = "{driver}"`.', ""]
    lines += ["## Commands", "", "| command | forms | arguments | what it does |", "| --- | --- | --- | --- |"]
    lines += [_row(one) for one in twin.supported()]
    if twin.missing:
        lines += [
            "",
            "## Not imitated",
            "",
            "The real instrument knows these too; this one refuses them as unknown:",
            "",
        ]
        lines += [f"- `{one}`" for one in twin.missing]
    return "\n".join(lines) + "\n"


def _row(one: Supported) -> str:
    cells = (f"`{one.command}`", one.forms.replace(" ", ", "), one.arguments, one.note)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write_pages(folder: Path) -> list[Path]:
    """Write the page of every model into a folder, and the index of them; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {name_of(driver, twin): page(driver, twin) for driver, twin in models().items()}
    index = ["# Models", "", "What the virtual bench imitates, one page a model, made from the code by", "",
             "```console", "smtjlab bench commands --write docs/models", "```", ""]  # fmt: skip
    index += [f"- [{name.removesuffix('.md')}]({name})" for name in made]
    made["README.md"] = "\n".join(index) + "\n"
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in made]


def name_of(driver: str, twin: type[Twin]) -> str:
    """Return the file name of a model's page: that of its file, or of its class where a file holds several."""
    stem, _, name = driver.partition(":")
    alone = [one for one in models() if one.partition(":")[0] == stem] == [driver]
    return f"{stem}.md" if alone else f"{name.lower()}.md"
