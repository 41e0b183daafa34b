"""The page of a measured wafer: yield, maps, parts of each parameter, correlations, what to look at once more."""

from __future__ import annotations

from typing import Any

from smtjlab.procedures.run import Run

from .facts import status_sentence
from .markup import rendered, safe
from .rounding import MISSING, plain, rounded
from .wafer_digest import BinCount, Digest, Parted
from .wafer_digest_maps import Maps, maps_of
from .wafer_expected import ODD, Expected
from .wafer_parameters import symbol_of, unit_of

MOST = 60
"""Sites that the page lists one by one."""


def digest_page(run: Run, found: Digest, maps: Maps | None = None) -> str:
    """Return the page as text; `maps` are those of the digest, drawn here where none are given."""
    return rendered("wafer_digest.html", _context(run, found, maps or maps_of(found, mark_of(run))))


def mark_of(run: Run) -> str:
    """Return what figures of a run say in their corner."""
    return "simulated instruments" if run.meta.get("simulated") else ""


def sentence(found: Digest) -> str:
    """Return what came of the wafer, in a sentence."""
    good = found.good
    span = f"{100 * good.low:.1f} to {100 * good.high:.1f} %"
    wanted = "1 site wants" if len(found.again) == 1 else f"{len(found.again)} sites want"
    return (
        f"{good.count} of {len(found.frame)} devices are good: a yield of {100 * good.share:.1f} % (95 %: {span}). "
        f"{wanted} another look."
    )


def _context(run: Run, found: Digest, maps: Maps) -> dict[str, Any]:
    meta = run.meta
    simulated = bool(meta.get("simulated"))
    return {
        "title": f"Wafer {found.wafer.name}",
        "about": f"run {run.id} · {meta['created'][:16].replace('T', ' ')} UTC",
        "banner": {
            "kind": "simulated" if simulated else "hardware",
            "text": "SIMULATED INSTRUMENTS" if simulated else "HARDWARE",
        },
        "sentence": sentence(found),
        "bins": [_bin_row(one) for one in found.bins],
        "bin_map": safe(maps.bins.svg),
        "maps": [(title, safe(one.svg)) for title, one in maps.values],
        "expected_maps": [(title, safe(one.svg)) for title, one in maps.expected],
        "expected": None if found.expected is None else [_expected_row(one) for one in found.expected],
        "odd": ODD,
        "fitted": "misfit" in found.frame and bool(found.frame["misfit"].notna().any()),
        "composition": [_part_row(one) for one in found.parted],
        "untold": found.untold,
        "correlations": [_correlation_row(*one) for one in found.correlations],
        "again": found.again[:MOST],
        "more": max(0, len(found.again) - MOST),
        "facts": _facts(run, found),
        "run": run.id,
        "command": f"smtjlab wafer digest {run.id}",
    }


def _facts(run: Run, found: Digest) -> list[tuple[str, str]]:
    meta, wafer = run.meta, found.wafer
    instruments = ", ".join(f"{name}: {identity}" for name, identity in (meta.get("identities") or {}).items())
    dies = len(set(zip(found.frame["column"], found.frame["row"], strict=True)))
    return [
        ("state", status_sentence(run)),
        ("wafer", f"{wafer.name}, lot {wafer.lot or MISSING}, {1e3 * wafer.diameter:g} mm, notch {wafer.notch}"),
        ("dies", f"{dies} of {len(wafer.dies)} were visited"),
        ("bench", f"{meta['bench']} ({instruments})"),
        ("folder", str(run.folder)),
        ("time on the bench's clock", plain(float(found.frame["seconds"].sum()), "s", digits=4)),
        ("touchdowns", str(int(found.frame["touchdowns"].sum())) if "touchdowns" in found.frame else MISSING),
        ("version", str((meta.get("versions") or {}).get("smtjlab", MISSING))),
    ]


def _bin_row(one: BinCount) -> tuple[str, str, str, str, str]:
    number = MISSING if one.number is None else str(one.number)
    share = f"{100 * one.share:.1f} %"
    return number, one.name, str(one.count), share, f"{100 * one.low:.1f} to {100 * one.high:.1f} %"


def _expected_row(one: Expected) -> tuple[str, ...]:
    unit = unit_of(one.parameter)
    return (
        symbol_of(one.parameter),
        one.device,
        str(one.count),
        plain(one.predicted.quantiles[2], unit, digits=4),
        plain(one.predicted.sd, unit, digits=3),
        plain(one.measured, unit, digits=4),
        rounded(*one.whole, "σ"),
        rounded(*one.spread),
        "the kind itself" if one.is_another_kind else str(len(one.odd)),
    )


def _part_row(one: Parted) -> tuple[str, ...]:
    unit = unit_of(one.parameter)
    parts, errors = one.parts, one.parts.errors
    reticle = (float(parts.reticle.max()) - float(parts.reticle.min())) if parts.reticle.size > 1 else None
    return (
        symbol_of(one.parameter),
        one.device,
        str(one.count),
        rounded(parts.mean, errors["mean"], unit),
        rounded(parts.radial, errors["radial"], unit),
        rounded(parts.across[0], errors["across_x"], unit),
        rounded(parts.across[1], errors["across_y"], unit),
        plain(reticle, unit, digits=3),
        plain(parts.sigma, unit, digits=3),
        str(len(one.outliers)),
    )


def _correlation_row(device: str, one: str, other: str, rho: float, sigma: float, pairs: int) -> tuple[str, ...]:
    return device, symbol_of(one), symbol_of(other), rounded(rho, sigma), str(pairs)
