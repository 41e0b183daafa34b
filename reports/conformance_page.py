"""The page of a conformance run: one HTML file that stands alone; the same report makes the same bytes."""

from __future__ import annotations

from typing import Any

from smtjlab.instruments.conformance import ConformanceReport, DriverReport, Finding, Outcome

from .markup import rendered

SIGNS = {Outcome.CONFORMS: "✓", Outcome.FAILS: "✗", Outcome.SKIPPED: "–"}


def conformance_page(report: ConformanceReport) -> str:
    """Return the page as text."""
    return rendered("conformance.html", _context(report))


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
