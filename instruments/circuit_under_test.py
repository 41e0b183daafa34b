"""A circuit of junctions as the bench reaches it: sources by name, meters by name, and what every junction has seen."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from .bench import Bench
from .bench_circuit import circuit_of, listed
from .calibration import Circumstances
from .circuit_errors import CircuitErrors
from .circuit_meters import CircuitMeter, SourceCurrent, VoltageMeter
from .circuit_notebook import CircuitNotebook
from .circuit_parts import circumstances_of, meters_of, sources_of
from .circuit_sources import ChannelSource, ForcedCurrent, LevelSource, MeteredSource, SourceLook
from .clock import Clock
from .device_conditions import DeviceConditions
from .electrical_roles import VoltageSources
from .errors import BenchFileError, InstrumentMistake, LimitError
from .limits import HAZARDOUS, SetpointLimits, check_setpoint
from .reading import Flag, Reading, Setpoint, Uncertainty
from .station_roles import FieldSource, Thermometer
from .strict_source_meter import StrictSourceMeter


class CircuitUnderTest:
    """Some junctions in a circuit, between sources and meters. Nothing is sent on construction.

    A setpoint names levels by source, and the meter that answers it: a voltmeter its voltage, a source its own current.
    """

    def __init__(
        self,
        *,
        sources: Mapping[str, LevelSource],
        meters: Mapping[str, VoltageMeter],
        gates: Mapping[str, str | None],
        limits: Mapping[str, SetpointLimits],
        clock: Clock,
        field_source: FieldSource | None = None,
        transverse_field_source: FieldSource | None = None,
        thermometer: Thermometer | None = None,
        circumstances: Mapping[str, Circumstances] | None = None,
    ) -> None:
        """`gates` names the source at the gate of each device, the first device first; `limits` those around it."""
        self.sources = dict(sources)
        self.meters: dict[str, CircuitMeter] = {**meters, **{name: SourceCurrent(one) for name, one in sources.items()}}
        self.gates = dict(gates)
        self.clock = clock
        self.prepared = False
        """Whether outputs have been switched on by us."""
        self._voltmeters = dict(meters)
        self._hazardous = False
        self._notebook = CircuitNotebook(lambda: self.clock.now())
        self.conditions = DeviceConditions(self._notebook, limits, field_source=field_source, thermometer=thermometer)
        self.conditions.transverse_field_source = transverse_field_source
        self.circumstances = circumstances or {}
        self._largest: dict[str, float] = {}
        self._asked: dict[str, None] = {}
        self._setpoint = Setpoint()
        self._targets: dict[str, float] = {}
        self._moved: set[str] = set()
        self._errors: CircuitErrors | None = None

    @property
    def hazardous(self) -> bool:
        """Whether somebody has said explicitly that voltages above 42 V may come out; told to the drivers too."""
        return self._hazardous

    @hazardous.setter
    def hazardous(self, allowed: bool) -> None:
        self._hazardous = allowed
        for source in self.sources.values():
            if isinstance(source, MeteredSource) and isinstance(source.driver, StrictSourceMeter):
                source.driver.hazardous = allowed

    def check(self, setpoints: Iterable[Setpoint]) -> None:
        """Raise LimitError or InstrumentMistake at the first setpoint that cannot be. Moves nothing."""
        wanted = list(setpoints)
        self._largest = {}
        for number, setpoint in enumerate(wanted):
            self._check_one(setpoint, where=f"setpoint {number}")
            for name, level in setpoint.levels.items():
                self._largest[name] = max(self._largest.get(name, 0.0), abs(level))
            if setpoint.meter in self.sources:
                self._largest.setdefault(setpoint.meter, 0.0)
        self._hold_others()
        self._asked = dict.fromkeys(one.meter for one in wanted)
        self.conditions.expect(wanted)

    def prepare(self, *, largest_outputs: Mapping[str, float], nplc: float = 1.0) -> None:
        """Configure within the site limits what the checked setpoints ask for, read back, and switch on at 0.

        `largest_outputs` are the largest voltages in V that each voltmeter will be asked for.
        """
        self.conditions.end_unwanted()
        self._targets = dict.fromkeys(self._largest, 0.0)
        self._moved = set(self._largest)
        self._notebook.begin()
        self.prepared = True  # from here on something may be on
        self.conditions.prepare()
        for name, largest in largest_outputs.items():
            self._voltmeters[name].prepare(largest=largest, nplc=nplc)
        self._prepare_channels()
        for name, largest in self._largest.items():
            source = self.sources[name]
            if isinstance(source, MeteredSource):
                source.prepare(largest=largest, nplc=nplc)
            elif isinstance(source, ForcedCurrent):
                source.prepare(largest=largest)
            self._notebook.levels[name] = 0.0
        used = {name: self.sources[name] for name in self._largest}
        meters = {name: self.meters[name] for name in self._asked}
        self._errors = CircuitErrors(used, meters, self.circumstances)
        self._notebook.note()

    def apply(self, setpoint: Setpoint) -> None:
        """Bring temperature and fields, then the gates, then all other sources to a setpoint, and dwell there.

        Limits and slew hold on the way. What a setpoint does not name stays as it is.
        """
        if not self.prepared:
            raise InstrumentMistake("`prepare` must come before `apply`, but has not been called.")
        self._check_one(setpoint)
        self.conditions.apply(setpoint)
        at_gates = set(self.gates.values())
        for name in sorted(setpoint.levels, key=lambda one: one not in at_gates):
            self._go(name, setpoint.levels[name])
        if setpoint.dwell > 0:
            self.clock.sleep(setpoint.dwell)
            self._notebook.note()
        self._setpoint = setpoint

    def read(self, repeats: int = 1) -> Reading:
        """Return the mean of `repeats` readings of the setpoint's meter, with what every junction saw on the way.

        Sources that measure are read first, and every gate that has moved: a leakage above its limit raises
        LeakageTripped, a power PowerTripped. An overflow gives a value of None and a flag; compliance gives a flag.
        """
        if repeats < 1:
            raise InstrumentMistake(f"`repeats` must be at least 1, but is {repeats}.")
        meter = self.meters[self._setpoint.meter]
        looks = self._look_at_sources(but=self._setpoint.meter)
        values = []
        for _ in range(repeats):
            values.append(meter.read())
            if isinstance(meter, SourceCurrent) and meter.level is not None:
                self._notebook.levels[meter.name] = meter.level
            self._notebook.note(read=True)
        return self._reading(meter, values, looks)

    def check_gate(self) -> None:
        """Raise LeakageTripped or PowerTripped where a gate that has moved draws more than it may."""
        self._look_at_sources(but="")

    @property
    def errors(self) -> CircuitErrors:
        """Return what readings suffer from, since the circuit was prepared."""
        if self._errors is None:
            raise InstrumentMistake("`prepare` must come before the errors of readings are known.")
        return self._errors

    # Checking and moving

    def _check_one(self, setpoint: Setpoint, where: str = "") -> None:
        check_setpoint(self.conditions.limits, setpoint, where)
        place = f" ({where})" if where else ""
        for name, level in setpoint.levels.items():
            if name not in self.sources:
                raise InstrumentMistake(
                    f"A level must be of a source of the circuit, {listed(self.sources)}, but is of {name!r}{place}."
                )
            self.sources[name].limits.check(level, instrument=name, where=where)
            if self.sources[name].unit == "V" and abs(level) > HAZARDOUS and not self.hazardous:
                raise LimitError(
                    f"A voltage must stay within {HAZARDOUS:g} V unless somebody says explicitly that it may be "
                    f"hazardous, but {level:g} V was asked of {name!r}{place}."
                )
        if setpoint.meter not in self.meters:
            raise InstrumentMistake(
                f"A reading must be of a meter of the circuit, {listed(self.meters)}, but is of "
                f"{setpoint.meter!r}{place}."
            )

    def _hold_others(self) -> None:
        """Count channels as used that hold 0 V in a case that is: to their nodes their errors come as well."""
        channels = {name: one for name, one in self.sources.items() if isinstance(one, ChannelSource)}
        cases = {id(channels[name].driver) for name in self._largest if name in channels}
        for name, one in channels.items():
            if id(one.driver) in cases:
                self._largest.setdefault(name, 0.0)

    def _prepare_channels(self) -> None:
        """Make the channels ready that are used, those of one case together."""
        cases: dict[int, tuple[VoltageSources, ChannelSource, list[int]]] = {}
        for name in self._largest:
            source = self.sources[name]
            if isinstance(source, ChannelSource):
                cases.setdefault(id(source.driver), (source.driver, source, []))[2].append(source.channel)
        for driver, source, channels in cases.values():
            if driver.output_is_on():
                driver.ramp_off(source.limits)
            driver.configure(source.limits, channels=sorted(channels))

    def _go(self, name: str, level: float) -> None:
        if self._targets.get(name) == level:
            return
        if name not in self._targets:
            raise InstrumentMistake(f"`{name}` must be among the checked setpoints before it moves, but is not.")

        def moved(read: float) -> None:
            self._notebook.note()
            self._notebook.levels[name] = read

        self._targets.pop(name)  # a move that fails leads nowhere: the next is made, wherever it is to
        self.sources[name].go(level, moved, self._wait)
        self._targets[name] = level
        self._moved.add(name)

    def _wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    # Reading

    def _look_at_sources(self, *, but: str) -> dict[str, SourceLook]:
        """Read back every source meter but the one that is about to answer, and every other source that has moved."""
        looks = {}
        for name in self._targets:
            source = self.sources[name]
            if name != but and (isinstance(source, MeteredSource) or name in self._moved):
                looks[name] = source.look()
                self._notebook.levels[name] = looks[name].level
                self._notebook.note()
        self._moved.clear()
        return looks

    def _reading(self, meter: CircuitMeter, values: list[float | None], looks: Mapping[str, SourceLook]) -> Reading:
        numbers = [value for value in values if value is not None]
        whole = len(numbers) == len(values)
        levels = {name: self._notebook.levels[name] for name in self._targets}
        flags = {Flag.OVERFLOW} if not whole or any(one.overflow for one in looks.values()) else set()
        if any(one.tripped for one in looks.values()):
            flags.add(Flag.COMPLIANCE)
        stimuli = self._notebook.seen_by(self.gates)
        first = next(iter(self.gates))
        gate = self.gates[first] or ""
        return Reading(
            setpoint=self._setpoint,
            value=statistics.fmean(numbers) if whole else None,
            uncertainty=self.errors.uncertainty(meter.name, numbers, levels) if whole else Uncertainty(independent=0.0),
            stimuli=stimuli.pop(first),
            time=self._notebook.since,
            gate=levels.get(gate, 0.0),
            gate_current=looks[gate].current if gate in looks else None,
            bias=None,
            current=None,
            repeats=len(values),
            aperture=meter.aperture,
            quantity=meter.quantity,
            unit=meter.unit,
            flags=frozenset(flags),
            levels=levels,
            currents={name: one.current for name, one in looks.items() if one.current is not None},
            others=stimuli,
        )


def circuit_under_test(
    bench: Bench,
    drivers: Mapping[str, Any],
    *,
    clock: Clock,
    today: date,
    field_source: FieldSource | None = None,
    transverse_field_source: FieldSource | None = None,
    thermometer: Thermometer | None = None,
) -> CircuitUnderTest:
    """Return the circuit of an open bench. Raises BenchFileError where the bench has none."""
    if not bench.has_circuit:
        raise BenchFileError(
            f"A circuit must be measured on a bench that names its `circuit` file, but {bench.name!r} names none."
        )
    sources, meters = sources_of(bench, drivers), meters_of(bench, drivers)
    return CircuitUnderTest(
        sources=sources,
        meters=meters,
        gates=circuit_of(bench).gates,
        limits=bench.device_limits,
        clock=clock,
        field_source=field_source,
        transverse_field_source=transverse_field_source,
        thermometer=thermometer,
        circumstances=circumstances_of(bench, [*sources, *meters], today) | bench.circumstances(today),
    )
