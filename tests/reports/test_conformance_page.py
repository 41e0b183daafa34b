import re

import pytest

from smtjlab.instruments.conformance import ConformanceReport, DriverReport, Finding, Outcome
from smtjlab.instruments.roles import Role
from smtjlab.reports.conformance_page import conformance_page
from smtjlab.reports.markup import code

FINDINGS = (
    Finding("identity", "The pattern must refuse strangers.", Outcome.CONFORMS, "It took 'ACME <1>'."),
    Finding("safe state", "A ramp must obey the slew limit.", Outcome.FAILS, "`gate` went at 7 V/s."),
    Finding("language", "A foreign language must be refused.", Outcome.SKIPPED, "There is one only."),
)


def report(*findings: Finding, hardware: bool = False) -> ConformanceReport:
    driver = DriverReport("gate", "keithley_2450:Keithley2450", Role.SOURCE_METER, "KEITHLEY,2450", findings)
    return ConformanceReport(
        bench="station & co",
        path="/bench.toml",
        hardware=hardware,
        consent=True,
        transport="in process",
        recorded="2026-03-01T10:00:00+00:00",
        software="smtjlab 0.1.0",
        drivers=(driver,),
    )


def test_what_failed_stands_at_the_top_with_what_was_seen():
    page = conformance_page(report(*FINDINGS))
    top, _, below = page.partition("<h2>Drivers</h2>")
    assert "0 of 1 drivers conform to their roles: 1 of 2 checks failed, 1 skipped." in top
    assert (
        "<li><b>gate</b>, safe state: A ramp must obey the slew limit. Seen: <code>gate</code> went at 7 V/s.</li>"
        in top
    )
    assert [re.sub("<[^>]*>", "", sign) for sign in re.findall('<td class="sign.*?</td>', below)] == [
        "✗",
        "✓",
        "✗",
        "–",
    ]


def test_drivers_that_conform_have_a_page_without_complaints():
    page = conformance_page(report(FINDINGS[0], FINDINGS[2]))
    assert '<div class="verdict agrees"><p>1 of 1 drivers conform' in page
    assert "<li>" not in page


def test_a_page_stands_alone_and_is_the_same_for_the_same_report():
    page = conformance_page(report(*FINDINGS))
    assert not re.search(r"https?://|<script|<link|src=", page)
    assert page == conformance_page(report(*FINDINGS))


def test_what_instruments_say_is_no_markup():
    page = conformance_page(report(*FINDINGS))
    assert "It took &#39;ACME &lt;1&gt;&#39;." in page
    assert "station &amp; co" in page


@pytest.mark.parametrize(("hardware", "words"), [(True, "HARDWARE"), (False, "SIMULATED INSTRUMENTS")])
def test_a_page_says_whether_it_was_metal(hardware, words):
    assert f">{words}</div>" in conformance_page(report(*FINDINGS, hardware=hardware))


@pytest.mark.parametrize(
    ("text", "marked"),
    [("`a` and `b<`", "<code>a</code> and <code>b&lt;</code>"), ("near `1'", "near `1&#39;"), ("plain", "plain")],
)
def test_names_between_back_quotes_are_set_as_code(text, marked):
    assert code(text) == marked
