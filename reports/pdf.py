"""A page as a PDF of A4 sheets; the same page makes the same bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from .errors import ReportFault, ReportMistake


def write_pdf(text: str, path: Path) -> Path:
    """Write a page of this room as a PDF and return its path. Raises ReportMistake without WeasyPrint, ReportFault."""
    made = pdf(text)
    try:
        path.write_bytes(made)
    except OSError as error:
        raise ReportFault(f"The report must be written to {path}, but cannot be: {error.strerror}.") from error
    return path


def pdf(text: str) -> bytes:
    """Return the PDF of a page that stands alone; nothing outside it is ever fetched. Raises ReportMistake."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: the library is there, Pango is not
        raise ReportMistake(
            f"A PDF needs WeasyPrint with Pango, but it cannot be loaded ({str(error).splitlines()[0]}); "
            "`pip install smtjlab[pdf]` brings it, and every browser prints the HTML report."
        ) from error
    identifier = hashlib.sha256(text.encode()).digest()[:16]
    document = weasyprint.HTML(string=text, url_fetcher=_refuse)
    made: bytes = document.write_pdf(pdf_identifier=identifier)
    return made


def _refuse(url: str, *_: Any, **__: Any) -> Any:
    raise ReportFault(f"A report must stand alone, but asks for {url[:100]}.")
