"""The device under test as the bench reaches it: its verbs are steps of physics, not single volts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping

from smtjlab.simulation.stimulus import Stimulus

from .clock import Clock
from .errors import InstrumentMistake, LeakageTripped
from .limits import Limits, check_setpoint
from .quantity import format_quantity
from .reading import Flag, Reading, Setpoint, Uncertainty
from .roles import SourceMeter, SourceReading
from .uncertainty_budget import budget

STEP_INTERVAL = 0.02
"""Time in s between the steps of a ramp: each step is at most the slew limit times this."""

CONTACT_TOLERANCE = 0.1
"""A bias that reads back off by more than this fraction, out of compliance, makes a contact suspect."""


class DeviceUnderTest:
    """One junction between a gate drive and a reading source meter.

    Knows what the junction has seen since the last reading, as read back and timed on the bench's clock. Nothing is
    sent on construction.
    """

    def __init__(self, *, gate: SourceMeter, junction: SourceMeter, limits: Mapping[str, Limits], clock: Clock) -> None:
        self.gate = gate
        self.junction = junction
        self.limits = limits
        self.clock = clock
        self.prepared = False
        """Whether outputs have been switched on by us."""
        self._bias = 0.0
        self._targets = {"gate": 0.0, "junction": 0.0}
        self._levels = dict(self._targets)  # as read back: an instrument rounds to its own steps
        self._stimuli: list[Stimulus] = []
        self._since = 0.0
        self._setpoint = Setpoint()

    def check(self, setpoints: Iterable[Setpoint]) -> None:
        """Raise LimitError at the first setpoint outside the site limits. Moves nothing."""
        for number, setpoint in enumerate(setpoints):
            check_setpoint(self.limits, setpoint, where=f"setpoint {number}")

    def prepare(self, *, bias: float, nplc: float = 1.0, four_wire: bool = True) -> None:
        """Configure both instruments within the site limits, read back, and switch their outputs on at 0 V.

        `bias` in V is the read voltage: the junction's range is the closest that holds it, and the first `apply`
        that names no other applies it. An output found on is ramped down and switched off first.
        """
        self.limits["junction"].check(bias, instrument="junction", where="read bias")
        if bias == 0:
            raise InstrumentMistake("`bias` must not be 0 V: a conductance needs a voltage.")
        for name, source in (("junction", self.junction), ("gate", self.gate)):
            if source.output_is_on():
                source.ramp_off(self.limits[name])
        largest = {"gate": self.limits["gate"].largest_voltage, "junction": abs(bias)}
        wires = {"gate": False, "junction": four_wire}
        for name, source in (("gate", self.gate), ("junction", self.junction)):
            source.configure(self.limits[name], largest_voltage=largest[name], nplc=nplc, four_wire=wires[name])
        self.prepared = True
        self.gate.switch_on()
        self.junction.switch_on()
        self._targets = {"gate": 0.0, "junction": 0.0}
        self._levels = dict(self._targets)
        self._bias = bias
        self._stimuli, self._since = [], self.clock.now()

    def apply(self, setpoint: Setpoint) -> None:
        """Bring gate and bias to a setpoint, within the limits and the slew rate, and dwell there.

        The gate goes first. None leaves a quantity as it is; before the first bias it stands for the prepared one.
        """
        if not self.prepared:
            raise InstrumentMistake("`prepare` must come before `apply`, but has not been called.")
        check_setpoint(self.limits, setpoint)
        if setpoint.gate is not None:
            self._ramp("gate", self.gate, setpoint.gate)
        bias = setpoint.bias
        if bias is None and self._targets["junction"] == 0:
            bias = self._bias
        if bias is not None:
            self._ramp("junction", self.junction, bias)
        if setpoint.dwell > 0:
            self.clock.sleep(setpoint.dwell)
            self._note()
        self._setpoint = setpoint

    def conductance(self, repeats: int = 1) -> Reading:
        """Return the mean of `repeats` readings of I/V, both read back, with what the junction saw on the way.

        The gate is read first: a leakage above the site limit raises LeakageTripped. An overflow gives a value of
        None and a flag, compliance a flag.
        """
        if repeats < 1:
            raise InstrumentMistake(f"`repeats` must be at least 1, but is {repeats}.")
        at_gate = self._read_gate()
        gate_voltage = self._levels["gate"] if at_gate.voltage is None else at_gate.voltage
        readings = [self._read_junction(gate_voltage) for _ in range(repeats)]
        flags = self._flags(at_gate, readings)
        pairs = [(one.current, one.voltage) for one in readings if one.current is not None and one.voltage]
        whole = len(pairs) == repeats
        currents, voltages = ([pair[column] for pair in pairs] for column in (0, 1))
        values = [current / voltage for current, voltage in pairs]
        stimuli, self._stimuli = tuple(self._stimuli), []
        return Reading(
            setpoint=self._setpoint,
            value=statistics.fmean(values) if whole else None,
            uncertainty=self._uncertainty(values, voltages, gate_voltage) if whole else Uncertainty(independent=0.0),
            stimuli=stimuli,
            time=self._since,
            gate=gate_voltage,
            gate_current=at_gate.current,
            bias=statistics.fmean(voltages) if whole else None,
            current=statistics.fmean(currents) if whole else None,
            repeats=repeats,
            flags=frozenset(flags),
        )

    # Moving

    def _ramp(self, name: str, source: SourceMeter, target: float) -> None:
        """Go from the present level to `target` in steps, each followed by the time that the slew limit demands."""
        if target == self._targets[name]:
            return
        start, slew = self._levels[name], self.limits[name].slew
        count = 1 if slew is None else max(1, math.ceil(abs(target - start) / (slew * STEP_INTERVAL) * (1 - 1e-9)))
        wait = 0.0 if slew is None else abs(target - start) / slew / count
        for number in range(1, count + 1):
            level = target if number == count else start + (target - start) * number / count
            read = source.set_level(level)
            self._note()
            self._levels[name] = read
            if wait > 0:
                self.clock.sleep(wait)
                self._note()
        self._targets[name] = target

    # Noting what the junction saw

    def _note(self, *, gate: float | None = None, bias: float | None = None, read: bool = False) -> None:
        """End the interval that began at the last note, with the levels that held in it."""
        now = self.clock.now()
        if now > self._since or read:
            self._stimuli.append(
                Stimulus(
                    duration=max(0.0, now - self._since),
                    gate=self._levels["gate"] if gate is None else gate,
                    bias=self._levels["junction"] if bias is None else bias,
                    read=read,
                )
            )
        self._since = now

    # Reading

    def _read_gate(self) -> SourceReading:
        reading = self.gate.read_source()
        self._note(gate=reading.voltage)
        limit = self.limits["gate"].leakage
        if limit is not None and (reading.current is None or abs(reading.current) > limit):
            drawn = "more than its range" if reading.current is None else format_quantity(abs(reading.current), "A")
            raise LeakageTripped(
                f"Gate must draw at most {format_quantity(limit, 'A')}, but draws {drawn} "
                f"at {format_quantity(self._levels['gate'], 'V')}."
            )
        return reading

    def _read_junction(self, gate_voltage: float) -> SourceReading:
        reading = self.junction.read_source()
        self._note(gate=gate_voltage, bias=reading.voltage, read=True)
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
        offset = 0.01 * self.gate.settings.source_range.range
        return abs(volts - self._levels["gate"]) > CONTACT_TOLERANCE * abs(self._levels["gate"]) + offset

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
