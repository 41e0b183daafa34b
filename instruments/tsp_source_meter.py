"""One channel of a Keithley Series 2600B as a strict source meter.

Answers are written by `string.format`, so that they do not depend on the `format` that somebody else has set.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import ClassVar

from .clock import Clock
from .errors import InstrumentReported, LimitError, UnsafeError
from .keithley_2636b_specification import TspSourceMeterSpecification
from .limits import Limits
from .roles import Role, SourceReading, SourceSettings
from .safe_state import SafeStep
from .session import Session
from .source_meter_settings import choose_settings
from .specification import range_for
from .strict_driver import number_or_none
from .tsp_driver import ECHO, TspDriver

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


class TspSourceMeter(TspDriver):
    """A channel that sources voltage and measures both quantities at once."""

    role: ClassVar[Role] = Role.SOURCE_METER
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
        self.specification = specification
        self.identity_pattern = identity_pattern
        self.settings: SourceSettings | None = None
        self.limits: Limits | None = None

    # The role

    def configure(self, limits: Limits, *, largest_voltage: float, nplc: float, four_wire: bool) -> SourceSettings:
        """Set ranges, compliance and integration at 0 V with the output off; return them as read back.

        `largest_voltage` in V fixes the source range, the closest that holds it; the measuring range is the closest
        that holds the compliance. The channel has no over-voltage protection.
        """
        wanted = choose_settings(
            self.specification,
            limits,
            largest_voltage=largest_voltage,
            nplc=nplc,
            four_wire=four_wire,
            name=self.name,
        )
        if self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off while it is configured, but is on.")
        self.settings = None
        self.set_up(self._source_set_up(wanted))
        self.set_up(self._measurement_set_up(wanted))
        self.verify(self._expected(wanted))
        self.settings, self.limits = wanted, limits
        return wanted

    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self._numbers(f"{self.smu}.source.output") == [1.0]

    def switch_on(self) -> None:
        """Switch the output on; it must have been configured, and stand at 0 V."""
        self.configured()
        if (level := self.level()) != 0:
            raise UnsafeError(f"Level of `{self.name}` must read 0 V before its output goes on, but reads {level:g} V.")
        self._switch(1)

    def switch_off(self) -> None:
        """Switch the output off, from whatever level."""
        self._switch(0)

    def level(self) -> float:
        """Return the programmed voltage in V."""
        return self._numbers(f"{self.smu}.source.levelv")[0]

    def set_level(self, volts: float) -> float:
        """Program a voltage within the limits and the range, in V; return it as read back, in the same exchange."""
        resolution = self._check(volts)
        expression = f"{self.smu}.source.levelv"
        read = self._numbers(expression, first=f"{expression} = {volts:.9g}")[0]
        if abs(read - volts) > resolution:
            raise InstrumentReported(f"`{self.name}` must be set to {volts:g} V, but reads back {read:g} V.")
        return read

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
            self._check(volts)
        if limits.slew is not None:
            steps = itertools.pairwise((self.level(), *levels))
            dwell = max(dwell, max(abs(after - before) for before, after in steps) / limits.slew)
        return self._swept(levels, dwell, settings.nplc)

    def safe_step(self, name: str, limits: Limits) -> SafeStep:
        """Return the safe state: 0 V, then output off, which in the normal off mode holds 0 V."""
        output, level = f"print({self.smu}.source.output)", f"print({self.smu}.source.levelv)"
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            output_query=output,
            level_query=level,
            level_command=f"{self.smu}.source.levelv = {{level:.9g}}",
            slew=limits.slew,
            tolerance=range_for(self.specification.source_voltage, limits.largest_voltage).resolution,
            off=(f"{self.smu}.abort()", f"{self.smu}.source.output = 0"),
            expected={output: 0.0, level: 0.0},
            echo=ECHO,
        )

    def ramp_off(self, limits: Limits) -> None:
        """Ramp to 0 V at the slew limit, switch off whatever happens on the way, and read back; UnsafeError if not."""
        self.carry_out_safe_step(self.safe_step(self.name, limits))

    def configured(self) -> SourceSettings:
        """Return the settings; UnsafeError where the limits have not been programmed."""
        if self.settings is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        return self.settings

    # What the role stands on

    def _numbers(self, *expressions: str, first: str = "", timeout: float | None = None) -> list[float]:
        """Return what Lua expressions are, once `first` has been carried out in the same message."""
        form = ",".join(["%.9g"] * len(expressions))
        message = f'print(string.format("{form}", {", ".join(expressions)}))'
        return self.session.query_numbers(f"{first} {message}".lstrip(), len(expressions), timeout=timeout)

    def _check(self, volts: float) -> float:
        """Refuse a level outside limits or range; return the resolution of the range."""
        settings, limits = self.configured(), self.limits
        assert limits is not None
        limits.check(volts, instrument=self.name)
        if not settings.source_range.holds(volts):
            raise LimitError(
                f"`{self.name}` must stay within its range of {settings.source_range.range:g} V, "
                f"but {volts:g} V was asked of it."
            )
        return settings.source_range.resolution

    def _switch(self, state: int) -> None:
        expression = f"{self.smu}.source.output"
        if self._numbers(expression, first=f"{expression} = {state}") != [float(state)]:
            raise UnsafeError(f"Output of `{self.name}` must read {state} after it was switched, but does not.")
        self.check_queue(f"{expression} = {state}")

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

    def _expected(self, wanted: SourceSettings) -> dict[str, float | str]:
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
