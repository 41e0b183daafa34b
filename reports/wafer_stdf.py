"""A wafer run as STDF V4: one part a device, one parametric test a figure, all in SI.

Written with Semi-ATE-STDF, an extra of its own. Columns count to the right and rows upwards from die 0,0, as in the
wafer file; dies have the size of their pitch. Times are those of the bench's clock from when the run was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from smtjlab.instruments.wafer.wafer import Notch
from smtjlab.procedures.wafer.figures import FIGURES
from smtjlab.procedures.wafer.outcome import Outcome, SiteState

from .errors import ReportMistake
from .wafer_bins import UNSORTED, WaferBins

HEAD, SITE, ALL = 1, 1, 255
LITTLE_ENDIAN, CPU = "<", 2
MILLIMETRES = 3
FLATS = {Notch.DOWN: "D", Notch.LEFT: "L", Notch.UP: "U", Notch.RIGHT: "R"}
ABNORMAL, FAILED = 2, 3
"""Bits of PART_FLG: testing ended before its end; the part failed."""
NO_VERDICT = 6
"""Bit of TEST_FLG: the test itself says neither pass nor fail; bins do."""
NO_LIMITS = (1, 2, 3, 6, 7)
"""Bits of OPT_FLAG: one that must be set, no specification and no limit on either side."""
LONGEST = 255
"""Letters of a text."""
LARGEST = 2**32 - 1

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
    yield record("WIR", HEAD_NUM=HEAD, SITE_GRP=ALL, START_T=start, WAFER_ID=_text(told.wafer.name))
    for one in told.outcomes:
        yield from _part(one, told.unsorted if one.bin is None else one.bin, record)
    counts = _counts(told)
    yield record("WRR", HEAD_NUM=HEAD, SITE_GRP=ALL, FINISH_T=finish, WAFER_ID=_text(told.wafer.name), **counts)
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
        "LOT_ID": _text(lot),
        "PART_TYP": _text(", ".join(told.wafer.types)),
        "NODE_NAM": _text(told.bench),
        "TSTR_TYP": "smtjlab",
        "JOB_NAM": _text(told.recipe.name),
        "EXEC_TYP": "smtjlab",
        "EXEC_VER": version("smtjlab"),
        "USER_TXT": _text(f"run {told.run}, {instruments}"),
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


def _part(one: Outcome, number: int, record: Record) -> Iterator[bytes]:
    yield record("PIR", HEAD_NUM=HEAD, SITE_NUM=SITE)
    tests = 0
    for test, (name, figure) in enumerate(FIGURES.items(), 1):
        value = one.figures.get(name)
        if value is None:
            continue
        tests += 1
        yield record(
            "PTR",
            TEST_NUM=test,
            HEAD_NUM=HEAD,
            SITE_NUM=SITE,
            TEST_FLG=_bits(NO_VERDICT),
            PARM_FLG=_bits(),
            RESULT=float(value),
            TEST_TXT=name,
            OPT_FLAG=_bits(*NO_LIMITS),
            UNITS=figure.unit,
        )
    cut = (ABNORMAL,) if one.state is not SiteState.DONE else ()
    yield record(
        "PRR",
        HEAD_NUM=HEAD,
        SITE_NUM=SITE,
        PART_FLG=_bits(*cut, *(() if one.good else (FAILED,))),
        NUM_TEST=tests,
        HARD_BIN=number,
        SOFT_BIN=number,
        X_COORD=one.site.column,
        Y_COORD=one.site.row,
        TEST_T=min(round(1e3 * one.seconds), LARGEST),
        PART_ID=_text(str(one.site)),
        PART_TXT=_text(one.device),
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
            fields = {"NUM": number, "CNT": counts[number], "PF": "P" if good else "F", "NAM": _text(name)}
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


def _bits(*places: int) -> list[str]:
    """Return eight bits, the highest first, of which these are set."""
    return ["1" if place in places else "0" for place in range(7, -1, -1)]


def _text(words: str) -> str:
    """Return words as STDF can hold them."""
    return words.encode("ascii", "replace").decode()[:LONGEST]
