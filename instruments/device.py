"""The device under test as the bench reaches it: its verbs are steps of physics, not single volts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping

from .clock import Clock
from .continuity import check_continuity
from .device_conditions import DeviceConditions
from .errors import InstrumentFault, InstrumentMistake, LeakageTripped, LimitError, PowerTripped
from .limits import HAZARDOUS, Limits, SetpointLimits, check_setpoint
from .quantity import format_quantity
from .reading import Flag, Reading, Setpoint, Uncertainty
from .roles import SourceMeter, SourceReading
from .station_roles import FieldSource, Thermometer
from .stimulus_notebook import StimulusNotebook
from .strict_source_meter import StrictSourceMeter
from .uncertainty_budget import budget

STEP_INTERVAL = 0.02
"""Time in s between the steps of a ramp: each step is at most the slew limit times this."""

CONTACT_TOLERANCE = 0.1
"""A bias that reads back off by more than this fraction, out of compliance, makes a contact suspect."""


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
    ) -> None:
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

    def conductance(self, repeats: int = 1) -> Reading:
        """Return the mean of `repeats` readings of I/V, both read back, with what the junction saw on the way.

        The gate is read first: a leakage above the site limit raises LeakageTripped, a power PowerTripped. An overflow
        gives a value of None and a flag; compliance, and a conductance that cannot be told from none, give a flag.
        """
        if repeats < 1:
            raise InstrumentMistake(f"`repeats` must be at least 1, but is {repeats}.")
        at_gate = self._read_gate()
        gate_voltage = self._notebook.levels["gate"] if at_gate.voltage is None else at_gate.voltage
        readings = [self._read_junction(gate_voltage) for _ in range(repeats)]
        flags = self._flags(at_gate, readings)
        pairs = [(one.current, one.voltage) for one in readings if one.current is not None and one.voltage]
        whole = len(pairs) == repeats
        currents, voltages = ([pair[column] for pair in pairs] for column in (0, 1))
        values = [current / voltage for current, voltage in pairs]
        uncertainty = self._uncertainty(values, voltages, gate_voltage) if whole else Uncertainty(independent=0.0)
        if whole and not uncertainty.tells_from_none(statistics.fmean(values)):
            flags.add(Flag.CONTACT_SUSPECT)
        return Reading(
            setpoint=self._setpoint,
            value=statistics.fmean(values) if whole else None,
            uncertainty=uncertainty,
            stimuli=self._notebook.take(),
            time=self._notebook.since,
            gate=gate_voltage,
            gate_current=at_gate.current,
            bias=statistics.fmean(voltages) if whole else None,
            current=statistics.fmean(currents) if whole else None,
            repeats=repeats,
            flags=frozenset(flags),
        )

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
        start, slew = self._levels[name], self.limits[name].slew
        count = 1 if slew is None else max(1, math.ceil(abs(target - start) / (slew * STEP_INTERVAL) * (1 - 1e-9)))
        wait = 0.0 if slew is None else abs(target - start) / slew / count
        self._targets[name] = math.nan  # a move that fails leads nowhere: the next is made, wherever it is to
        for number in range(1, count + 1):
            level = target if number == count else start + (target - start) * number / count
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

    def _read_junction(self, gate_voltage: float) -> SourceReading:
        return self._look_at_junction(gate_voltage, read=True)

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

    def _flags(self, at_gate: SourceReading, readings: list[SourceReading]) -> set[Flag]:
        flags: set[Flag] = set()
        if at_gate.overflow or any(one.overflow for one in readings):
            flags.add(Flag.OVERFLOW)
        if at_gate.tripped or any(one.tripped for one in readings):
            flags.add(Flag.COMPLIANCE)
        wanted = self._targets["junction"]
        for one in readings:
            astray = one.voltage is not None and abs(one.voltage - wanted) > CONTACT_TOLERANCE * abs(wanted)
            if astray and not one.tripped:
                flags.add(Flag.CONTACT_SUSPECT)
        if at_gate.voltage is not None and not at_gate.tripped and self._gate_astray(at_gate.voltage):
            flags.add(Flag.CONTACT_SUSPECT)
        return flags

    def _gate_astray(self, volts: float) -> bool:
        """Return whether the gate reads back far from its level: somebody else has moved it or switched it off."""
        assert self.gate.settings is not None
        level = self._notebook.levels["gate"]
        offset = 0.01 * self.gate.settings.source_range.range
        return abs(volts - level) > CONTACT_TOLERANCE * abs(level) + offset

    def _uncertainty(self, values: list[float], voltages: list[float], gate_voltage: float) -> Uncertainty:
        assert self.junction.settings is not None
        assert self.gate.settings is not None
        return budget(
            values,
            voltage=statistics.fmean(voltages),
            junction=self.junction.settings,
            gate_voltage=gate_voltage,
            gate=self.gate.settings,
        )
