"""The page of a measured wafer: yield, maps, parts of each parameter, correlations, what to look at once more."""

from __future__ import annotations

from typing import Any

from smtjlab.procedures.run import Run
from smtjlab.simulation.inference.parameters import PARAMETERS

from .facts import status_sentence
from .markup import rendered, safe
from .rounding import MISSING, plain, rounded
from .wafer_digest import MAPPED, BinCount, Digest, Parted, column_of, sites_of, unit_of
from .wafer_map import bin_map, value_map

UNITS = {"ohm": "Ω", "ohm m^2": "Ω m²"}
"""Units of figures as a page has them."""
SCALES = {"resistance_parallel": (1e-3, "kΩ"), "tmr": (100.0, "%"), "threshold": (1.0, "V")}
"""Factor and unit of the maps."""
MOST = 60
"""Sites that the page lists one by one."""


def digest_page(run: Run, found: Digest) -> str:
    """Return the page as text."""
    return rendered("wafer_digest.html", _context(run, found))


def sentence(found: Digest) -> str:
    """Return what came of the wafer, in a sentence."""
    good = found.good
    span = f"{100 * good.low:.1f} to {100 * good.high:.1f} %"
    return (
        f"{good.count} of {len(found.frame)} devices are good: a yield of {100 * good.share:.1f} % (95 %: {span}). "
        f"{len(found.again)} sites want another look."
    )


def _context(run: Run, found: Digest) -> dict[str, Any]:
    meta = run.meta
    simulated = bool(meta.get("simulated"))
    mark = "simulated instruments" if simulated else ""
    return {
        "title": f"Wafer {found.wafer.name}",
        "about": f"run {run.id} · {meta['created'][:16].replace('T', ' ')} UTC",
        "banner": {
            "kind": "simulated" if simulated else "hardware",
            "text": "SIMULATED INSTRUMENTS" if simulated else "HARDWARE",
        },
        "sentence": sentence(found),
        "bins": [_bin_row(one) for one in found.bins],
        "bin_map": safe(_bin_map(found, mark)),
        "maps": [(title, safe(svg)) for title, svg in _maps(found, mark)],
        "composition": [_part_row(one) for one in found.parted],
        "untold": found.untold,
        "correlations": [_correlation_row(*one) for one in found.correlations],
        "again": found.again[:MOST],
        "more": max(0, len(found.again) - MOST),
        "facts": _facts(run, found),
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


def _bin_map(found: Digest, mark: str) -> str:
    names = [
        str(name) if name else str(state)
        for name, state in zip(found.frame["bin_name"], found.frame["state"], strict=True)
    ]
    counts = {one.name: one.count for one in found.bins}
    return bin_map(found.wafer, sites_of(found.frame), names, counts, mark=mark)


def _maps(found: Digest, mark: str) -> list[tuple[str, str]]:
    drawn = []
    for device, group in found.frame.groupby("device"):
        for name in MAPPED:
            column = column_of(group, name)
            if column not in group or group[column].notna().sum() == 0:
                continue
            factor, unit = SCALES[name]
            good = group[column].where(group["good"])
            symbol, how = PARAMETERS[name].symbol, "as read" if column == name else "fitted"
            svg = value_map(
                found.wafer,
                sites_of(group),
                list(factor * good.to_numpy(float)),
                title=_plain(symbol),
                unit=unit,
                name=f"{name}-{device}",
                mark=mark,
            )
            drawn.append((f"{symbol} of {device}, {how}", svg))
        if "misfit" in group and group["misfit"].notna().any():
            svg = value_map(
                found.wafer,
                sites_of(group),
                list(group["misfit"]),
                title="misfit",
                unit="σ",
                name=f"misfit-{device}",
                signed=True,
                mark=mark,
            )
            drawn.append((f"where the model misses {device}", svg))
    return drawn


def _part_row(one: Parted) -> tuple[str, ...]:
    unit = UNITS.get(unit_of(one.parameter), unit_of(one.parameter))
    parts, errors = one.parts, one.parts.errors
    reticle = (float(parts.reticle.max()) - float(parts.reticle.min())) if parts.reticle.size > 1 else None
    return (
        PARAMETERS[one.parameter].symbol if one.parameter in PARAMETERS else one.parameter,
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
    return device, PARAMETERS[one].symbol, PARAMETERS[other].symbol, rounded(rho, sigma), str(pairs)


def _plain(symbol: str) -> str:
    """Return a symbol as a figure can write it."""
    head, mark, tail = symbol.partition("_")
    return f"${head}_{{\\mathrm{{{tail}}}}}$" if mark else symbol
