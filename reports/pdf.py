"""A page as a PDF of A4 sheets; the same page makes the same bytes."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from .errors import ReportFault, ReportMistake

_FOREIGN = re.compile(r"""(?:<[^<>]*?(?:src|href)=|url\(|@import)\s*["']?((?!#|data:)[^"'\s>)]+)""")
"""What would be fetched: an address that is neither within the page nor written out in it."""
EPOCH = "SOURCE_DATE_EPOCH"
"""Variable that says when files are to have been made, in s since 1970: https://reproducible-builds.org."""
_ALONE = Lock()


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
    with _undated():
        made: bytes = document.write_pdf(pdf_identifier=identifier)
    return made


@contextmanager
def _undated() -> Iterator[None]:
    """Let fontTools, which makes fonts small where HarfBuzz-Subset is missing, write no time of today into them."""
    with _ALONE:  # the environment is one for all threads
        before = os.environ.get(EPOCH)
        os.environ[EPOCH] = "0"
        try:
            yield
        finally:
            if before is None:
                del os.environ[EPOCH]
            else:
                os.environ[EPOCH] = before
