"""Matrices as a parameter says them: `random`, rows of numbers in a text, or a file of such rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.quantity import LONG

from .errors import ParameterError

Floats = NDArray[np.float64]

RANDOM = "random"
FILES = (".csv", ".txt")
LARGEST = 1 << 20
"""Largest size of such a file in bytes."""


def matrix_of(name: str, text: str, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Return the matrix that a parameter stands for, of a shape (rows, columns); entries of `random` are within ±1.

    Rows are separated by `;` or by lines, entries by spaces or commas: `1 0.5; -0.3 0.2`. A text that ends with .csv or
    .txt is a file of such rows. Raises ParameterError where it is none, or has another shape.
    """
    if text.strip() == RANDOM:
        return rng.uniform(-1, 1, shape)
    found = _rows(name, _read(name, text))
    if any(len(row) != len(found[0]) for row in found):
        lengths = ", ".join(str(len(row)) for row in found)
        raise ParameterError(f"Rows of `{name}` must be equally long, but have {lengths} entries.")
    matrix = np.array(found, dtype=np.float64)
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0] + 1
        raise ParameterError(
            f"`{name}` must be finite, but is {matrix[row - 1, column - 1]} in row {row}, column {column}."
        )
    return matrix


def matrix_text(matrix: Floats) -> str:
    """Return a matrix as a parameter says it."""
    return "; ".join(" ".join(f"{entry:.12g}" for entry in row) for row in matrix)


def _read(name: str, text: str) -> str:
    if not text.strip().endswith(FILES):
        return text
    path = Path(text.strip()).expanduser()
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for, a device never ends
            raise ParameterError(f"`{name}` must be a file of rows, but {text[:LONG]!r} is none.")
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
        if len(found) > LARGEST:
            raise ParameterError(f"`{name}` must be a file of at most {LARGEST} bytes, but {text[:LONG]!r} is larger.")
        return found.decode("utf-8")
    except OSError as error:
        raise ParameterError(
            f"`{name}` must be a file that can be read, but {text[:LONG]!r} cannot: {error.strerror}."
        ) from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"`{name}` must be a file of text (UTF-8), but {text[:LONG]!r} is none.") from error


def _rows(name: str, text: str) -> list[list[float]]:
    lines = [line.replace(",", " ").split() for line in text.replace(";", "\n").splitlines() if line.strip()]
    if not lines:
        raise ParameterError(f"`{name}` must have at least one row of numbers, but has none.")
    return [[_number(name, entry) for entry in line] for line in lines]


def _number(name: str, entry: str) -> float:
    try:
        return float(entry)
    except ValueError as error:
        raise ParameterError(
            f"`{name}` must be `{RANDOM}`, rows of numbers such as `1 0.5; -0.3 0.2`, or a file ({', '.join(FILES)}), "
            f"but has {entry[:40]!r}, which is no number."
        ) from error
