"""One channel of a Keithley Series 2600B as a strict source meter.

Answers are written by `string.format`, so that they do not depend on the `format` that somebody else has set.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from .clock import Clock
from .errors import InstrumentReported, LimitError
from .keithley_2636b_specification import TspSourceMeterSpecification
from .roles import SourceReading, SourceSettings
from .session import Session
from .strict_driver import number_or_none
from .strict_source_meter import StrictSourceMeter
from .tsp_driver import TspDriver

LONGEST_SWEEP = 5_000
"""Levels of one sweep."""

LIST = "smtjlab_levels"
"""Global table that holds the levels of a sweep meanwhile."""
SWEEP = (
    "local found = {{}} for _, level in ipairs({list}) do {smu}.source.levelv = level delay({dwell:.9g}) "
    "local i, v = {smu}.measure.iv() local tripped = {smu}.source.compliance "
    'found[table.getn(found) + 1] = string.format("%.9g,%.9g,%d", i, v, tripped and 1 or 0) '
    "if tripped then {smu}.source.levelv = 0 break end end {list} = nil "
    'print(table.concat(found, ","))'
)
"""A sweep in the instrument: it ends, and returns to 0 V, at the first level that the source cannot hold."""
ROW = 20
"""Levels that travel in one message."""


class TspSourceMeter(StrictSourceMeter, TspDriver):
    """A channel that sources voltage and measures both quantities at once."""

    identity_pattern: str  # type: ignore[misc]  # that of the case, told by the driver of the case
    specification: TspSourceMeterSpecification  # type: ignore[misc]  # that of the case too

    def __init__(
        self,
        session: Session,
        letter: str,
        specification: TspSourceMeterSpecification,
        identity_pattern: str,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.stand_on(session, clock)
        self.name = f"{session.name}.{letter}"
        self.smu = f"smu{letter}"
        self.output_setting, self.level_setting = f"{self.smu}.source.output", f"{self.smu}.source.levelv"
        self.stop_messages = (f"{self.smu}.abort()",)
        self.specification = specification
        self.identity_pattern = identity_pattern

    # The language

    def _assignment(self, setting: str, value: str) -> str:
        return f"{setting} = {value}"

    def _question(self, setting: str) -> str:
        return f"print({setting})"

    def _number(self, setting: str, *, after: str = "") -> float:
        return self._numbers(setting, first=after)[0]

    def _numbers(self, *expressions: str, first: str = "", timeout: float | None = None) -> list[float]:
        """Return what Lua expressions are, once `first` has been carried out in the same message."""
        form = ",".join(["%.9g"] * len(expressions))
        message = f'print(string.format("{form}", {", ".join(expressions)}))'
        return self.session.query_numbers(f"{first} {message}".lstrip(), len(expressions), timeout=timeout)

    # The role

    def set_up_messages(self, wanted: SourceSettings) -> tuple[str, ...]:
        """Return the messages that set up source and measurement; there is no over-voltage protection."""
        return self._source_set_up(wanted), self._measurement_set_up(wanted)

    def read_source(self) -> SourceReading:
        """Return voltage and current of one integration, and whether the limit acts, in one exchange."""
        settings = self.configured()
        current, voltage, tripped = self._numbers(
            "i",
            "v",
            f"{self.smu}.source.compliance and 1 or 0",
            first=f"local i, v = {self.smu}.measure.iv()",
            timeout=self.session.timeout + self.specification.longest_reading(settings.nplc),
        )
        return SourceReading(number_or_none(voltage), number_or_none(current), tripped != 0)

    def sweep(self, levels: Sequence[float], *, dwell: float = 0.0) -> list[SourceReading]:
        """Return one reading for each level in V, `dwell` s after it was set; a script in the instrument takes them.

        It ends with the first reading that sat in compliance, and returns to 0 V then. Every level is checked against
        limits and range before anything is sent; `dwell` is made longer where a step would be faster than the slew
        limit.
        """
        settings, limits = self.configured(), self.limits
        assert limits is not None
        if not 0 < len(levels) <= LONGEST_SWEEP:
            raise LimitError(f"A sweep must have 1 to {LONGEST_SWEEP} levels, but has {len(levels)}.")
        for volts in levels:
            self.check_level(volts)
        if limits.slew is not None:
            steps = itertools.pairwise((self.level(), *levels))
            dwell = max(dwell, max(abs(after - before) for before, after in steps) / limits.slew)
        return self._swept(levels, dwell, settings.nplc)

    def _swept(self, levels: Sequence[float], dwell: float, nplc: float) -> list[SourceReading]:
        count = len(levels)
        self.session.write(f"{LIST} = {{}}")
        for place in range(0, count, ROW):
            row = ", ".join(f"{volts:.9g}" for volts in levels[place : place + ROW])
            self.session.write(f"for _, level in ipairs({{{row}}}) do table.insert({LIST}, level) end")
        longest = self.session.timeout + count * (dwell + self.specification.longest_reading(nplc))
        answer = self.session.query(SWEEP.format(list=LIST, smu=self.smu, dwell=dwell), timeout=longest)
        self.check_queue("a sweep")
        try:
            numbers = [float(word) for word in answer.split(",")]
        except ValueError:
            numbers = []
        if not numbers or len(numbers) % 3 or len(numbers) > 3 * count:
            self.session.poison(f"a sweep was answered with {answer[:80]!r}.")
            raise InstrumentReported(f"`{self.name}` must answer a sweep with readings, but answered {answer[:80]!r}.")
        triples = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        return [SourceReading(number_or_none(v), number_or_none(i), tripped != 0) for i, v, tripped in triples]

    def _source_set_up(self, wanted: SourceSettings) -> str:
        """Return the message that sets up the source at 0 V, on a range that gives any current at first."""
        source, smu = f"{self.smu}.source", self.smu
        lowest = self.specification.source_voltage[0].range
        return " ".join(
            (
                f"{source}.levelv = 0",
                f"{source}.rangev = {lowest:.9g}",
                f"{source}.func = {smu}.OUTPUT_DCVOLTS",
                f"{source}.limitp = 0",
                f"{source}.limiti = {wanted.compliance:.9g}",
                f"{source}.rangev = {wanted.source_range.range:.9g}",
                f"{source}.offmode = {smu}.OUTPUT_NORMAL",
                f"{source}.offfunc = {smu}.OUTPUT_DCVOLTS",
                f"{source}.offlimiti = {wanted.compliance:.9g}",
                f"{source}.delay = 0",
                f"{source}.highc = {smu}.DISABLE",
            )
        )

    def _measurement_set_up(self, wanted: SourceSettings) -> str:
        measure, smu = f"{self.smu}.measure", self.smu
        return " ".join(
            (
                f"{smu}.sense = {int(wanted.four_wire)}",
                f"{measure}.rangei = {wanted.current_range.range:.9g}",
                f"{measure}.nplc = {wanted.nplc:.9g}",
                f"{measure}.autozero = {smu}.AUTOZERO_AUTO",
                f"{measure}.delay = {smu}.DELAY_AUTO",
                f"{measure}.count = 1",
                f"{measure}.filter.enable = {smu}.FILTER_OFF",
                f"{measure}.rel.enablei = {smu}.REL_OFF",
                f"{measure}.rel.enablev = {smu}.REL_OFF",
            )
        )

    def expected_answers(self, wanted: SourceSettings) -> dict[str, float | str]:
        """Return each expression with what it must be before the output goes on."""
        source, measure = f"{self.smu}.source", f"{self.smu}.measure"
        return {
            f"{source}.func": 1.0,
            f"{source}.levelv": 0.0,
            f"{source}.rangev": wanted.source_range.range,
            f"{source}.limiti": wanted.compliance,
            f"{source}.offmode": 0.0,
            f"{measure}.rangei": wanted.current_range.range,
            f"{measure}.nplc": wanted.nplc,
            f"{self.smu}.sense": float(wanted.four_wire),
            f"{source}.output": 0.0,
        }
