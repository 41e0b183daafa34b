"""A wafer run as STDF V4: one part a device, one parametric test a figure, all in SI.

Written with Semi-ATE-STDF, an extra of its own. Columns count to the right and rows upwards from die 0,0, as in the
wafer file; dies have the size of their pitch. Times are those of the bench's clock from when the run was made.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from smtjlab.instruments.wafer.wafer import Notch
from smtjlab.procedures.wafer.figures import FIGURES
from smtjlab.procedures.wafer.outcome import Outcome, SiteState

from .errors import ReportMistake
from .wafer_bins import UNSORTED, WaferBins
from .wafer_stdf_parts import ABNORMAL, FAILED, HEAD, SITE, part, text

ALL = 255
NO_TIME = "11001100"
"""OPT_FLAG of a summary, the highest bit first: three that must be set, and no time of a test."""
LITTLE_ENDIAN, CPU = "<", 2
MILLIMETRES = 3
FLATS = {Notch.DOWN: "D", Notch.LEFT: "L", Notch.UP: "U", Notch.RIGHT: "R"}
UNITS = {name: figure.unit for name, figure in FIGURES.items()}

Record = Callable[..., bytes]


def stdf(told: WaferBins) -> bytes:
    """Return the file. Raises ReportMistake where the library is missing."""
    return b"".join(_records(told, _recorder()))


def _records(told: WaferBins, record: Record) -> Iterator[bytes]:
    start = int(told.created.timestamp())
    finish = start + round(sum(one.seconds for one in told.outcomes))
    lot = told.wafer.lot or told.wafer.name
    yield record("FAR", CPU_TYPE=CPU, STDF_VER=4)
    yield record("MIR", **_master(told, start, lot))
    yield record("SDR", HEAD_NUM=HEAD, SITE_GRP=1, SITE_CNT=1, SITE_NUM=[SITE])
    yield record("WCR", **_wafer(told))
    yield record("WIR", HEAD_NUM=HEAD, SITE_GRP=ALL, START_T=start, WAFER_ID=text(told.wafer.name))
    for one in told.outcomes:
        yield _part(told, one)
    counts = _counts(told)
    yield record("WRR", HEAD_NUM=HEAD, SITE_GRP=ALL, FINISH_T=finish, WAFER_ID=text(told.wafer.name), **counts)
    yield from _tests(told, record)
    yield from _bins(told, record)
    yield record("PCR", HEAD_NUM=ALL, SITE_NUM=ALL, **counts)
    yield record("MRR", FINISH_T=finish)


def _master(told: WaferBins, start: int, lot: str) -> dict[str, Any]:
    from importlib.metadata import version

    instruments = "simulated instruments" if told.simulated else "hardware"
    return {
        "SETUP_T": start,
        "START_T": start,
        "STAT_NUM": 1,
        "MODE_COD": "E",
        "LOT_ID": text(lot),
        "PART_TYP": text(", ".join(told.wafer.types)),
        "NODE_NAM": text(told.bench),
        "TSTR_TYP": "smtjlab",
        "JOB_NAM": text(told.recipe.name),
        "EXEC_TYP": "smtjlab",
        "EXEC_VER": version("smtjlab"),
        "USER_TXT": text(f"run {told.run}, {instruments}"),
    }


def _wafer(told: WaferBins) -> dict[str, Any]:
    width, height = told.wafer.pitch
    return {
        "WAFR_SIZ": 1e3 * told.wafer.diameter,
        "DIE_HT": 1e3 * height,
        "DIE_WID": 1e3 * width,
        "WF_UNITS": MILLIMETRES,
        "WF_FLAT": FLATS[told.wafer.notch],
        "CENTER_X": 0,
        "CENTER_Y": 0,
        "POS_X": "R",
        "POS_Y": "U",
    }


def _part(told: WaferBins, one: Outcome) -> bytes:
    cut = ABNORMAL if one.state is not SiteState.DONE else 0
    return part(
        one.figures,
        UNITS,
        place=one.site.die,
        name=str(one.site),
        device=one.device,
        number=told.unsorted if one.bin is None else one.bin,
        flags=cut | (0 if one.good else FAILED),
        seconds=one.seconds,
    )


def _tests(told: WaferBins, record: Record) -> Iterator[bytes]:
    """How often each test was made, and what came of it: readers build their tables from that."""
    for test, name in enumerate(FIGURES, 1):
        found = [value for one in told.outcomes if (value := one.figures.get(name)) is not None]
        if not found:
            continue
        yield record(
            "TSR",
            HEAD_NUM=HEAD,
            SITE_NUM=SITE,
            TEST_TYP="P",
            TEST_NUM=test,
            EXEC_CNT=len(found),
            TEST_NAM=name,
            OPT_FLAG=list(NO_TIME),
            TEST_TIM=0.0,
            TEST_MIN=min(found),
            TEST_MAX=max(found),
            TST_SUMS=math.fsum(found),
            TST_SQRS=math.fsum(value**2 for value in found),
        )


def _counts(told: WaferBins) -> dict[str, int]:
    return {
        "PART_CNT": len(told.outcomes),
        "RTST_CNT": sum(count > 1 for count in told.visits.values()),
        "ABRT_CNT": sum(one.state is not SiteState.DONE for one in told.outcomes),
        "GOOD_CNT": sum(one.good for one in told.outcomes),
    }


def _bins(told: WaferBins, record: Record) -> Iterator[bytes]:
    """Hardware and software bins are the same: the recipe's, and one for devices that no bin took, if there are any."""
    rest = told.unsorted
    counts = Counter(rest if one.bin is None else one.bin for one in told.outcomes)
    names = {one.number: (one.name, one.good) for one in told.recipe.bins}
    names |= {number: (UNSORTED, False) for number in counts if number not in names}
    for kind, letter in (("HBR", "H"), ("SBR", "S")):
        for number in sorted(names):
            name, good = names[number]
            fields = {"NUM": number, "CNT": counts[number], "PF": "P" if good else "F", "NAM": text(name)}
            yield record(
                kind, HEAD_NUM=ALL, SITE_NUM=ALL, **{f"{letter}BIN_{key}": value for key, value in fields.items()}
            )


def _recorder() -> Record:
    """Return what packs a record of a name from its fields; those that are not told are missing, as STDF has it.

    A record is made once and filled anew, which is faster: fields told once must be told always.
    """
    try:
        from Semi_ATE import STDF
    except ImportError:
        raise ReportMistake(
            "An export to STDF must have Semi-ATE-STDF (pip install -e '.[stdf]'), but `Semi_ATE` cannot be imported."
        ) from None

    made: dict[str, Any] = {}

    def packed(kind: str, **fields: Any) -> bytes:
        if kind not in made:
            made[kind] = getattr(STDF, kind)("V4", LITTLE_ENDIAN)
        record = made[kind]
        for name, value in fields.items():
            record.set_value(name, value)
        return bytes(record.__repr__())  # a record's way of packing itself

    return packed
