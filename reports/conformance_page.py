"""The page of a conformance run: one HTML file that stands alone; the same report makes the same bytes."""

from __future__ import annotations

from importlib import resources
from typing import Any

from smtjlab.instruments.conformance import ConformanceReport, DriverReport, Finding, Outcome

SIGNS = {Outcome.CONFORMS: "✓", Outcome.FAILS: "✗", Outcome.SKIPPED: "–"}


def conformance_page(report: ConformanceReport) -> str:
    """Return the page as text."""
    from jinja2 import Environment, StrictUndefined

    files = resources.files("smtjlab.reports")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["code"] = code
    template = environment.from_string((files / "conformance.html").read_text(encoding="utf-8"))
    css = (files / "page.css").read_text(encoding="utf-8")
    return template.render(css=_safe(css), **_context(report))


def code(text: str) -> Any:
    """Return a text in which what stands between back-quotes is set as code."""
    from markupsafe import escape

    pieces = str(escape(text)).split("`")
    if len(pieces) % 2 == 0:  # one of them stands alone: it is a character like others
        return _safe(str(escape(text)))
    marked = [f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces)]
    return _safe("".join(marked))


def _context(report: ConformanceReport) -> dict[str, Any]:
    return {
        "banner": {"kind": "", "text": "HARDWARE"}
        if report.hardware
        else {"kind": "simulated", "text": "SIMULATED INSTRUMENTS"},
        "bench": report.bench,
        "recorded": report.recorded.replace("T", " ").replace("+00:00", " UTC"),
        "verdict": {"kind": "agrees" if report.conforms else "differs", "sentence": report.sentence},
        "failures": [(driver.instrument, finding) for driver in report.drivers for finding in driver.failed],
        "drivers": [_driver(driver) for driver in report.drivers],
        "facts": _facts(report),
    }


def _driver(driver: DriverReport) -> dict[str, Any]:
    outcomes = [finding.outcome for finding in driver.findings]
    return {
        "instrument": driver.instrument,
        "role": str(driver.role).replace("_", " "),
        "driver": driver.driver,
        "identity": driver.identity or "not asked",
        "conforms": driver.conforms,
        "counts": [outcomes.count(outcome) for outcome in Outcome],
        "rows": [_row(finding) for finding in driver.findings],
    }


def _row(finding: Finding) -> dict[str, str]:
    return {
        "sign": SIGNS[finding.outcome],
        "kind": str(finding.outcome),
        "check": finding.check,
        "must": finding.must,
        "seen": finding.seen,
    }


def _facts(report: ConformanceReport) -> list[tuple[str, str]]:
    if report.hardware:
        consent = "given: the device was said to be disconnected" if report.consent else "not given: none went on"
    else:
        consent = "not needed"
    return [
        ("bench file", report.path),
        ("instruments", "of metal" if report.hardware else "twins, each check in a world of its own"),
        ("reached", report.transport),
        ("consent to outputs", consent),
        ("version", report.software),
    ]


def _safe(text: str) -> Any:
    """Mark text of our own making as markup."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own style sheet, and what was escaped before
