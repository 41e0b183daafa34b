"""The device under test as the bench reaches it: its verbs are steps of physics, not single volts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from .bench_errors import BenchErrors
from .calibration import Circumstances
from .clock import Clock
from .conductance_reading import Look, Looks, reading_of
from .continuity import check_continuity
from .device_conditions import DeviceConditions
from .errors import InstrumentFault, InstrumentMistake, LeakageTripped, LimitError, PowerTripped
from .limits import HAZARDOUS, Limits, SetpointLimits, check_setpoint
from .quantity import format_quantity
from .ramp import ramp_steps
from .reading import Reading, Setpoint, Uncertainty
from .roles import SourceMeter, SourceReading
from .specification import LINE_PERIOD
from .station_roles import FieldSource, Thermometer
from .stimulus_notebook import StimulusNotebook
from .strict_source_meter import StrictSourceMeter


class DeviceUnderTest:
    """One junction between a gate drive and a reading source meter; field sources and a thermometer around it.

    Knows what the junction has seen since the last reading, as read back and timed on the bench's clock. Nothing is
    sent on construction.
    """

    def __init__(
        self,
        *,
        gate: SourceMeter,
        junction: SourceMeter,
        limits: Mapping[str, SetpointLimits],
        clock: Clock,
        field_source: FieldSource | None = None,
        transverse_field_source: FieldSource | None = None,
        thermometer: Thermometer | None = None,
        circumstances: Mapping[str, Circumstances] | None = None,
    ) -> None:
        """`circumstances` are those of the instruments, by `gate`, `junction` and what is held around the device."""
        self.gate = gate
        self.junction = junction
        self.limits: Mapping[str, Limits] = {name: one for name, one in limits.items() if isinstance(one, Limits)}
        """Limits of `gate` and `junction`."""
        self.clock = clock
        self.prepared = False
        """Whether outputs have been switched on by us."""
        self._hazardous = False
        self._notebook = StimulusNotebook(lambda: self.clock.now())
        self.conditions = DeviceConditions(self._notebook, limits, field_source=field_source, thermometer=thermometer)
        self.conditions.transverse_field_source = transverse_field_source
        self._bias = self._largest_bias = 0.0
        self._targets = {"gate": 0.0, "junction": 0.0}
        self._levels = dict(self._targets)  # as read back: an instrument rounds to its own steps
        self._setpoint = Setpoint()
        self.circumstances = circumstances or {}
        self._errors: BenchErrors | None = None

    @property
    def hazardous(self) -> bool:
        """Whether somebody has said explicitly that voltages above 42 V may come out; told to the drivers too."""
        return self._hazardous

    @hazardous.setter
    def hazardous(self, allowed: bool) -> None:
        self._hazardous = allowed
        for source in (self.gate, self.junction):
            if isinstance(source, StrictSourceMeter):
                source.hazardous = allowed

    def check(self, setpoints: Iterable[Setpoint]) -> None:
        """Raise LimitError at the first setpoint outside the site limits. Moves nothing.

        What the setpoints will ask for is what `prepare` makes ready.
        """
        wanted = list(setpoints)
        for number, setpoint in enumerate(wanted):
            self._check_one(setpoint, where=f"setpoint {number}")
        self._largest_bias = max((abs(one.bias) for one in wanted if one.bias is not None), default=0.0)
        self.conditions.expect(wanted)

    def prepare(self, *, bias: float, nplc: float = 1.0, four_wire: bool = True) -> None:
        """Configure all instruments within the site limits, read back, and switch their outputs on at 0 V.

        `bias` in V is the read voltage: the junction's range is the closest that holds it and all checked setpoints,
        and the first `apply` that names no other applies it. An output found on is ramped down and switched off first.
        The leads of a junction on four wires are checked at a low current; ContactFault where one is likely open.
        """
        self.limits["junction"].check(bias, instrument="junction", where="read bias")
        self._refuse_hazard(abs(bias), "read bias")
        if bias == 0:
            raise InstrumentMistake("`bias` must not be 0 V: a conductance needs a voltage.")
        for name, source in (("junction", self.junction), ("gate", self.gate)):
            if source.output_is_on():
                source.ramp_off(self.limits[name])
        self.conditions.end_unwanted()
        self._targets, self._bias = {"gate": 0.0, "junction": 0.0}, bias
        self._levels = dict(self._targets)
        self._notebook.begin()
        self._configure("gate", self.gate, self.limits["gate"].largest_voltage, nplc, four_wire=False)
        self.prepared = True  # from here on something may be on
        self.conditions.prepare()
        if four_wire:
            self._check_leads(bias)
        self._configure("junction", self.junction, max(abs(bias), self._largest_bias), nplc, four_wire=four_wire)
        self._errors = None
        self.gate.switch_on()
        self.junction.switch_on()
        self._notebook.note()

    def apply(self, setpoint: Setpoint) -> None:
        """Bring temperature, fields, gate and bias, in this order, to a setpoint, and dwell there.

        Limits and slew hold on the way. None leaves a quantity as it is; before the first bias it stands for the
        prepared one.
        """
        if not self.prepared:
            raise InstrumentMistake("`prepare` must come before `apply`, but has not been called.")
        self._check_one(setpoint)
        self.conditions.apply(setpoint)
        if setpoint.gate is not None:
            self._ramp("gate", self.gate, setpoint.gate)
        bias = setpoint.bias
        if bias is None and self._targets["junction"] == 0:
            bias = self._bias
        if bias is not None:
            self._ramp("junction", self.junction, bias)
        if setpoint.dwell > 0:
            self.clock.sleep(setpoint.dwell)
            self._notebook.note()
        self._setpoint = setpoint

    def conductance(self, repeats: int = 1, *, reversal: bool = False) -> Reading:
        """Return the mean of `repeats` readings of I/V, both read back, with what the junction saw on the way.

        With `reversal` each is of two, at the bias and at its opposite in turn: G = (I+ - I-)/(V+ - V-), from which
        offsets and thermal EMFs cancel. The bias of the setpoint stands again at the end. LimitError before anything
        moves where the opposite may not be asked for.

        The gate is read first: a leakage above the site limit raises LeakageTripped, a power PowerTripped. An overflow
        gives a value of None and a flag; compliance, and a conductance that cannot be told from none, give a flag.
        """
        if repeats < 1:
            raise InstrumentMistake(f"`repeats` must be at least 1, but is {repeats}.")
        if reversal:
            self.limits["junction"].check(-self._targets["junction"], instrument="junction", where="reversed bias")
        at_gate = self._read_gate()
        level = self._notebook.levels["gate"]
        gate_voltage = level if at_gate.voltage is None else at_gate.voltage
        assert self.gate.settings is not None
        assert self.junction.settings is not None
        looks = Looks(
            at_gate=at_gate,
            gate_level=level,
            gate_range=self.gate.settings.source_range.range,
            junction=self._look_reversing(repeats, gate_voltage) if reversal else self._look(repeats, gate_voltage),
            reversal=reversal,
            aperture=self.junction.settings.nplc * LINE_PERIOD,
        )

        def uncertainty_of(values: list[float], voltage: float) -> Uncertainty:
            around = self.conditions.around()
            return self.errors.uncertainty(values, voltage=voltage, gate=gate_voltage, around=around, reversal=reversal)

        return reading_of(looks, self._setpoint, self._notebook, uncertainty_of)

    def _look(self, count: int, gate_voltage: float) -> list[Look]:
        wanted = self._targets["junction"]
        return [Look(self._look_at_junction(gate_voltage, read=True), wanted) for _ in range(count)]

    def _look_reversing(self, repeats: int, gate_voltage: float) -> list[Look]:
        """Read at the bias and its opposite in turn, with one way between two readings; a drift cancels as well."""
        bias, looks = self._targets["junction"], list[Look]()
        for number in range(repeats):
            order = (1, -1) if number % 2 == 0 else (-1, 1)
            pair: dict[int, Look] = {}
            for sign in order:
                self._ramp("junction", self.junction, sign * bias)
                [pair[sign]] = self._look(1, gate_voltage)
            looks += [pair[1], pair[-1]]
        self._ramp("junction", self.junction, bias)
        return looks

    @property
    def errors(self) -> BenchErrors:
        """Return what readings suffer from, since the device was prepared."""
        if self._errors is None:
            self._errors = BenchErrors(self.gate, self.junction, self.limits, self.circumstances)
        return self._errors

    # Checking and configuring

    def _check_one(self, setpoint: Setpoint, where: str = "") -> None:
        check_setpoint({**self.conditions.limits, **self.limits}, setpoint, where)
        self._refuse_hazard(max(abs(setpoint.gate or 0.0), abs(setpoint.bias or 0.0)), where)

    def _refuse_hazard(self, largest: float, where: str) -> None:
        if largest > HAZARDOUS and not self.hazardous:
            raise LimitError(
                f"A voltage must stay within {HAZARDOUS:g} V unless somebody says explicitly that it may be hazardous, "
                f"but {largest:g} V was asked for{f' ({where})' if where else ''}."
            )

    def _configure(self, name: str, source: SourceMeter, largest: float, nplc: float, *, four_wire: bool) -> None:
        source.configure(self.limits[name], largest_voltage=largest, nplc=nplc, four_wire=four_wire)

    def _check_leads(self, bias: float) -> None:
        check_continuity(
            self.junction,
            self.limits["junction"],
            bias=bias,
            go=lambda volts: self._ramp("junction", self.junction, volts),
            look=lambda: self._look_at_junction(read=False),
        )

    # Moving

    def _ramp(self, name: str, source: SourceMeter, target: float) -> None:
        """Go from the present level to `target` in steps, each followed by the time that the slew limit demands."""
        if target == self._targets[name]:
            return
        levels, wait = ramp_steps(self._levels[name], target, self.limits[name].slew)
        self._targets[name] = math.nan  # a move that fails leads nowhere: the next is made, wherever it is to
        for level in levels:
            read = source.set_level(level)
            self._notebook.note()
            self._levels[name] = self._notebook.levels[name] = read
            if wait > 0:
                self.clock.sleep(wait)
                self._notebook.note()
        self._targets[name] = target

    # Reading

    def check_gate(self) -> None:
        """Raise LeakageTripped or PowerTripped where the gate draws more than it may, as every reading does."""
        self._read_gate()

    def _read_gate(self) -> SourceReading:
        reading = self.gate.read_source()
        self._notebook.note(gate=reading.voltage)
        self._check_output("gate", reading)
        self._check_power("gate", reading)
        limit = self.limits["gate"].leakage
        if limit is not None and (reading.current is None or abs(reading.current) > limit):
            drawn = "more than its range" if reading.current is None else format_quantity(abs(reading.current), "A")
            raise LeakageTripped(
                f"Gate must draw at most {format_quantity(limit, 'A')}, but draws {drawn} "
                f"at {format_quantity(self._notebook.levels['gate'], 'V')}."
            )
        return reading

    @staticmethod
    def _check_output(name: str, reading: SourceReading) -> None:
        """Raise InstrumentFault where the output has gone off by itself."""
        if not reading.output:
            raise InstrumentFault(
                f"Output of `{name}` must be on while it is read, but is off: its interlock has opened, or somebody "
                "has switched it off."
            )

    def _check_power(self, name: str, reading: SourceReading) -> None:
        """Raise PowerTripped where voltage times current, both measured, exceed the limit."""
        limit = self.limits[name].power
        if limit is None or reading.voltage is None or reading.current is None:
            return
        watts = abs(reading.voltage * reading.current)
        if watts > limit:
            raise PowerTripped(
                f"{name.capitalize()} must take at most {format_quantity(limit, 'W')}, but takes "
                f"{format_quantity(watts, 'W')} at {format_quantity(reading.voltage, 'V')}."
            )

    def _look_at_junction(self, gate_voltage: float | None = None, *, read: bool) -> SourceReading:
        reading = self.junction.read_source()
        self._notebook.note(gate=gate_voltage, bias=reading.voltage, read=read)
        level = self._levels["junction"]
        if reading.tripped and reading.voltage is not None:
            level = reading.voltage  # what the compliance leaves of it, as long as it does
        self._notebook.levels["junction"] = level
        self._check_output("junction", reading)
        self._check_power("junction", reading)
        return reading
