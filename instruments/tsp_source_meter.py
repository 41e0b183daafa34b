"""One channel of a Keithley Series 2600B as a strict source meter.

Answers are written by `string.format`, so that they do not depend on the `format` that somebody else has set.
"""

from __future__ import annotations

from collections.abc import Sequence

from .clock import Clock
from .errors import InstrumentReported, UnsafeError
from .keithley_2636b_specification import TspSourceMeterSpecification
from .limits import HAZARDOUS
from .roles import SourceReading, SourceSettings
from .session import Session
from .source_meter_sweep import SHORTEST_LINE_PERIOD, check_leakage
from .strict_driver import number_or_none
from .strict_source_meter import StrictSourceMeter
from .tsp_driver import TspDriver

SLICE = 0.1
"""Seconds for which a sweep goes on when it is told to: whoever makes safe meanwhile waits no longer."""
SWEEP = (
    "smtjlab_sweep_{letter} = {{levels = {{}}, place = 0, dwell = {delay:.9g}, go = function(s) "
    "local found, spent = {{}}, 0 "
    "while s.levels[s.place] and spent < {slice:g} do "
    "if s.left == nil then {smu}.source.levelv = s.levels[s.place] s.left = s.dwell end "
    "local wait = math.min(s.left, {slice:g} - spent) delay(wait) s.left = s.left - wait spent = spent + wait "
    "if s.left <= 0 then local i, v = {smu}.measure.iv() local limited = {smu}.source.compliance "
    "table.insert(found, string.format('%.9g,%.9g,%d', i, v, limited and 1 or 0)) "
    "s.left = nil s.place = limited and 0 or s.place + 1 spent = spent + {reading:.9g} end end "
    "table.insert(found, 1, s.levels[s.place] and '1' or '0') return table.concat(found, ',') end}}"
)
"""A sweep in the instrument, slice by slice: told no more, it stays where it is. A limited level is the last."""
INTERLOCK = 2048
"""Bit of the measurement condition register that tells of a closed interlock."""
ROW = 20
"""Levels that travel in one message."""


class TspSourceMeter(StrictSourceMeter, TspDriver):
    """A channel that sources voltage and measures both quantities at once."""

    longest_sweep = 5000
    glance = 0.0

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
        self.compliance_setting = f"{self.smu}.source.limiti"
        self._sweep = f"smtjlab_sweep_{letter}"
        self._swept: list[SourceReading] = []
        self.stop_messages = (f"{self._sweep} = nil", f"{self.smu}.abort()")
        self.start_message = f"{self._sweep}.place = 1"
        self.automatic_ranges = (f"{self.smu}.source.autorangev", f"{self.smu}.measure.autorangei")
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

    def check_interlock(self) -> None:
        """Raise UnsafeError where the interlock is open: its bit is set while it is closed."""
        if not int(self._number("status.measurement.condition")) & INTERLOCK:
            raise UnsafeError(f"Interlock of `{self.name}` must be closed above {HAZARDOUS:g} V, but is open.")

    def read_source(self) -> SourceReading:
        """Return voltage, current, whether the limit acts and the output is on: one integration, one exchange."""
        settings = self.configured()
        current, voltage, tripped, output = self._numbers(
            "i",
            "v",
            f"{self.smu}.source.compliance and 1 or 0",
            f"{self.smu}.source.output",
            first=f"local i, v = {self.smu}.measure.iv()",
            timeout=self.session.timeout + self.specification.longest_reading(settings.nplc),
        )
        return SourceReading(number_or_none(voltage), number_or_none(current), tripped != 0, output != 0)

    def sweep_messages(self, levels: Sequence[float], delay: float) -> tuple[str, ...]:
        """Return the messages that load a script and its levels, before the first of which it stands."""
        self._swept = []
        reading = self.configured().nplc * SHORTEST_LINE_PERIOD
        rows = (levels[place : place + ROW] for place in range(0, len(levels), ROW))
        lists = (", ".join(f"{volts:.9g}" for volts in row) for row in rows)
        return (
            SWEEP.format(smu=self.smu, letter=self.smu[-1], delay=delay, slice=SLICE, reading=reading),
            *(f"for _, level in ipairs({{{row}}}) do table.insert({self._sweep}.levels, level) end" for row in lists),
        )

    def sweep_settings(self, levels: Sequence[float], delay: float) -> dict[str, float | str]:
        """Return each expression with what it must be before the sweep starts."""
        return {
            f"{self._sweep}.dwell": delay,
            f"table.getn({self._sweep}.levels)": float(len(levels)),
            f"{self._sweep}.place": 0.0,
        }

    def sweeping(self) -> bool:
        """Let the sweep go on for a slice, and return whether there is more of it; none where somebody has ended it."""
        longest = self.session.timeout + SLICE + self.specification.longest_reading(self.configured().nplc)
        answer = self.session.query(f"print({self._sweep} and {self._sweep}:go() or 0)", timeout=longest)
        try:
            more, *numbers = (float(word) for word in answer.split(","))
            rows = list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
        except ValueError:
            self.session.poison(f"a sweep was answered with {answer[:80]!r}.")
            raise InstrumentReported(
                f"`{self.name}` must answer a sweep with readings, but answered {answer[:80]!r}."
            ) from None
        self._swept += [SourceReading(number_or_none(v), number_or_none(i), limited != 0) for i, v, limited in rows]
        check_leakage(self, self._swept)
        return more != 0

    def swept_readings(self, count: int) -> list[SourceReading]:
        """Return what the slices have brought."""
        return self._swept

    def after_sweep(self, volts: float) -> str:
        """Return the message that forgets the script; the level that it set last stays programmed."""
        return f"{self._sweep} = nil"

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
