import builtins
import os

import pytest

from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.markup import read
from smtjlab.reports.pdf import EPOCH, pdf

SVG = "<svg viewBox='0 0 9 9'><path d='M0 0h9'/></svg>"
PAGE = f"<title>A page</title><style>{read('page.css')}</style><h1>Σ = 1 µS</h1>{SVG}"


def test_a_pdf_does_not_tell_when_it_was_made():
    pytest.importorskip("weasyprint")
    made = pdf(PAGE)
    assert made.startswith(b"%PDF")
    assert b"CreationDate" not in made


def test_a_page_that_asks_for_something_outside_itself_is_not_printed():
    pytest.importorskip("weasyprint")
    with pytest.raises(ReportMistake, match="must stand alone, but asks for `file:///etc/hostname`"):
        pdf("<link rel='stylesheet' href='file:///etc/hostname'>")


def test_without_weasyprint_a_sentence_says_what_brings_it(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **options):
        if name == "weasyprint":
            raise ImportError("No module named 'weasyprint'")
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ReportMistake, match=r"A PDF needs WeasyPrint .* `pip install -e '\.\[pdf\]'`"):
        pdf(PAGE)


@pytest.mark.parametrize("before", [None, "1700000000"])
def test_fonts_are_made_small_without_the_time_of_today_and_the_environment_stays(monkeypatch, before):
    weasyprint = pytest.importorskip("weasyprint")
    seen = []
    monkeypatch.delenv(EPOCH, raising=False)
    if before is not None:
        monkeypatch.setenv(EPOCH, before)
    monkeypatch.setattr(weasyprint.HTML, "write_pdf", lambda *_, **__: seen.append(os.environ[EPOCH]) or b"%PDF")
    assert pdf("<p>A page</p>") == b"%PDF"
    assert (seen, os.environ.get(EPOCH)) == (["0"], before)
