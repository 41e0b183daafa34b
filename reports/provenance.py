"""Where the numbers of a page come from: instruments with their calibration, versions, seeds, hashes, surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from .rounding import plain, rounded

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading
    from smtjlab.procedures.run import Run

Rows = list[tuple[str, ...]]

INTERVAL_DAYS = 365
"""Days for which a calibration holds unless the uncertainties of a run were reckoned with another interval."""
UNKNOWN = "not known"
INSTRUMENT_HEAD = ("instrument", "model", "serial number", "firmware", "calibrated", "due")


def provenance_of(run: Run, readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """Return tables: `head` (maybe empty) and `rows` of texts."""
    return [
        {"head": INSTRUMENT_HEAD, "rows": instrument_rows(run)},
        {"head": ("record", ""), "rows": record_rows(run, readings)},
    ]


def instrument_rows(run: Run) -> Rows:
    """Return one row an instrument; what nobody has noted is said to be not known."""
    calibrated, measured = calibrations(run), date.fromisoformat(str(run.meta["created"])[:10])
    rows: Rows = []
    for name, identity in (run.meta.get("identities") or {}).items():
        maker, model, serial, firmware = _identity(str(identity))
        day = calibrated.get(name)
        due = None if day is None else day + timedelta(days=_interval(run, name))
        told = UNKNOWN if due is None else f"{due}{' (overdue)' if due < measured else ''}"
        rows.append((name, f"{maker} {model}".strip(), serial, firmware, str(day or UNKNOWN), told))
    return rows


def record_rows(run: Run, readings: Sequence[Reading]) -> Rows:
    """Return bench, procedure, model, seed, versions, hashes and surroundings of a run."""
    meta = run.meta
    hashes, versions = meta.get("hashes") or {}, dict(meta.get("versions") or {})
    software = ", ".join(f"{name} {version}" for name, version in versions.items() if name != "commit")
    return [
        ("run", run.folder.name),
        ("bench", str(meta["bench"])),
        ("procedure", str(meta.get("procedure") or meta["procedure_name"])),
        ("model and seed", f"{meta['model']}, {meta['seed']}"),
        ("versions", software or UNKNOWN),
        ("commit", str(versions.get("commit") or f"{UNKNOWN}; the hash of the code stands for it")),
        *[(f"SHA-256 of the {name}", str(digest)) for name, digest in hashes.items()],
        ("SHA-256 of the readings", _seal(run)),
        ("surroundings", _surroundings(readings)),
    ]


def _interval(run: Run, instrument: str) -> float:
    """Return the days for which the limits hold that a run has reckoned with for an instrument."""
    told = [event.payload.get("components") or [] for event in run.events() if event.kind == "uncertainty"]
    prefix = f"{instrument.replace('_', ' ')} "
    days = [one["interval"] for noted in told for one in noted if str(one.get("name", "")).startswith(prefix)]
    return float(next((one for one in days if isinstance(one, int | float)), INTERVAL_DAYS))


def _identity(text: str) -> tuple[str, str, str, str]:
    """Return maker, model, serial number and firmware of an identity in the form of IEEE 488.2."""
    parts = [part.strip() for part in text.split(",", 3)]
    maker, model, serial, firmware = [*parts, *[""] * (4 - len(parts))]
    model = model.removeprefix("MODEL ")
    return maker.title() if maker.isupper() else maker, model, serial or UNKNOWN, firmware or UNKNOWN


def calibrations(run: Run) -> dict[str, date]:
    """Return dates of calibration by instrument, from the bench file as used."""
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.errors import InstrumentMistake

    try:
        instruments = Bench.load(str(run.file("bench.toml"))).instruments
    except (InstrumentMistake, OSError):
        return {}  # a bench file of another version: the page then says that the date is not known
    return {name: entry.calibrated for name, entry in instruments.items() if entry.calibrated}


def _seal(run: Run) -> str:
    """Return the hash that the journal's seal holds of its last reading: one number over all of them."""
    seals = [event.payload for event in run.events() if event.kind == "seal"]
    if not seals:
        return "none yet: the journal is not sealed"
    count = seals[-1].get("counts", {}).get("records")
    return f"{seals[-1].get('heads', {}).get('records')} (seal of the journal, over {count} readings)"


def _surroundings(readings: Sequence[Reading]) -> str:
    """Return temperature and field as read back, and the time on the bench's clock."""
    if not readings:
        return "no reading"
    kelvin = [reading.temperature for reading in readings if reading.temperature is not None]
    told = ["temperature not read; taken from the junction as believed"]
    if kelvin:
        told = [f"temperature {rounded(float(np.mean(kelvin)), float(np.std(kelvin)) or None, 'K')} as read back"]
    span = readings[-1].time - readings[0].time
    return ", ".join([*told, f"{plain(span, 's', digits=3)} from first to last reading"])
