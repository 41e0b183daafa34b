"""A page as a PDF of A4 sheets; the same page makes the same bytes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .errors import ReportFault, ReportMistake

_FOREIGN = re.compile(r"""(?:<[^<>]*?(?:src|href)=|url\(|@import)\s*["']?((?!#|data:)[^"'\s>)]+)""")
"""What would be fetched: an address that is neither within the page nor written out in it."""


def write_pdf(text: str, path: Path) -> Path:
    """Write a page of this room as a PDF and return its path. Raises ReportMistake without WeasyPrint, ReportFault."""
    made = pdf(text)
    try:
        path.write_bytes(made)
    except OSError as error:
        raise ReportFault(f"The report must be written to {path}, but cannot be: {error.strerror}.") from error
    return path


def pdf(text: str) -> bytes:
    """Return the PDF of a page that stands alone; nothing is fetched. Raises ReportMistake."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: the library is there, Pango is not
        raise ReportMistake(
            f"A PDF needs WeasyPrint with Pango, but it cannot be loaded ({str(error).splitlines()[0]}); "
            "`pip install -e '.[pdf]'` in the folder of the sources brings it. Every browser prints the HTML report."
        ) from error
    if foreign := _FOREIGN.search(text):
        raise ReportMistake(f"A report must stand alone, but asks for `{foreign[1][:100]}`.")
    identifier = hashlib.sha256(text.encode()).digest()[:16]
    document = weasyprint.HTML(string=text)
    made: bytes = document.write_pdf(pdf_identifier=identifier)
    return made
