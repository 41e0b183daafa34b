"""`python -m tests.faults` writes the page of the fault matrix anew."""

from .page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
