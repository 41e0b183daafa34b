import builtins
import os
import subprocess
import sys

import pytest

from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.markup import read
from smtjlab.reports.pdf import pdf

SVG = "<svg viewBox='0 0 9 9'><path d='M0 0h9'/></svg>"
PAGE = f"<title>A page</title><style>{read('page.css')}</style><h1>Σ = 1 µS</h1>{SVG}"


def test_a_pdf_is_the_same_in_another_place_time_zone_and_locale(tmp_path):
    pytest.importorskip("weasyprint")
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    code = "from pathlib import Path\nfrom smtjlab.reports.pdf import pdf\n"
    code += "Path('a.pdf').write_bytes(pdf(Path('page.html').read_text(encoding='utf-8')))"
    elsewhere = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=elsewhere, check=True)
    assert (tmp_path / "a.pdf").read_bytes() == pdf(PAGE)
    assert b"CreationDate" not in pdf(PAGE)


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
