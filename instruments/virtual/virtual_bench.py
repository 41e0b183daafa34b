"""A virtual bench: one world and its instruments, as a bench file describes them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self

import numpy as np

from smtjlab.instruments.bench import Bench, BenchClock, InstrumentEntry, VirtualSettings
from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake
from smtjlab.simulation.toml_file import TomlFile

from .clock import BenchTime, ScaledClock, VirtualClock
from .faults import Fault, FaultKind, read_faults
from .hidden_errors import HiddenErrors
from .living_device import LivingDevice
from .mishaps import Mishaps
from .netlist import Netlist
from .nodal import Resistor
from .pace import FASTEST, Pace
from .surroundings import Surroundings
from .truth import Truth, read_truth
from .twin import Twin
from .world import Turn, World


class VirtualBench:
    """The instruments of a bench by name, the world that they share, and the faults that await them."""

    def __init__(self, bench: Bench) -> None:
        """Switch the bench on. Raises BenchFileError where the file has no [virtual] table or a wrong truth."""
        if bench.virtual is None:
            raise BenchFileError(f"A virtual bench must have a [virtual] table, but {bench.path.name} has none.")
        file = TomlFile.parse(bench.text, bench.path)
        seed = bench.virtual.seed
        self.bench = bench
        matrix = bench.matrix
        routes = {} if matrix is None else {name: matrix.terminals(name) for name in matrix.routes}
        self.truth = read_truth(file, seed, bench.devices, bench.magnets, routes)
        self.world = _world(bench, self.truth, _clock(bench.virtual), seed)
        self._turn = Turn(self.world)
        faults = read_faults(file, bench.names)
        self.instruments: dict[str, Twin] = {}
        self.mishaps: dict[str, Mishaps] = {}
        for number, (name, entry) in enumerate(bench.instruments.items(), start=1):
            self.instruments[name] = _twin(entry, bench)(name, self.world, seed, number)
            self.mishaps[name] = Mishaps(self.instruments[name], np.random.default_rng([seed, 4, number]))
        self._check_cables(file)
        for number, fault in enumerate(faults):
            try:
                self.await_fault(fault)
            except InstrumentMistake as problem:
                raise BenchFileError(f"{str(problem).removesuffix('.')} ({file.where(f'faults.{number}')}).") from None

    def _check_cables(self, file: TomlFile) -> None:
        """Refuse a cable to an instrument that has no socket for it."""
        for name, twin in self.instruments.items():
            for pin, kind in twin.cables.items():
                other = self.instruments.get(self.world.netlist.wired_to(f"{name}.{pin}") or "")
                if other is not None and not isinstance(other, kind):
                    raise BenchFileError(
                        f"Wiring of '{name}.{pin}' must end at a {kind.__name__}, but {other.name!r} is a "
                        f"{type(other).__name__} ({file.where(f'wiring.{name}.{pin}')})."
                    )

    @property
    def clock(self) -> World:
        """Return the bench's clock: `now()` and `sleep(seconds)`."""
        return self.world

    def outputs(self) -> dict[str, bool]:
        """Return which outputs are on, by instrument."""
        with self.world.lock:
            return {name: twin.output_is_on for name, twin in self.instruments.items()}

    def fail(self, instrument: str, kind: FaultKind | str, **when: Any) -> None:
        """Let a fault await an instrument, `bench.fail("gate", "timeout", at=3.0)`: fields of Fault.

        Raises InstrumentMistake where there is no such instrument or fault.
        """
        if instrument not in self.bench.names or kind not in [*FaultKind]:
            raise InstrumentMistake(
                f"A fault must be one of {', '.join(FaultKind)} on one of {', '.join(self.bench.names)}, but is "
                f"{kind!r} on {instrument!r}."
            )
        self.await_fault(Fault(instrument=instrument, kind=FaultKind(kind), **when))

    def await_fault(self, fault: Fault) -> None:
        """Let a fault await its instrument, or the channel that plays it."""
        instrument, channel = self.bench.place_of(fault.instrument)
        with self.world.lock:
            self.mishaps[instrument].add(fault, channel)

    def told_truth(self) -> dict[str, str]:
        """Return what each device really is, as the text of a junction file: for teaching, never for a measurement.

        Where there is other noise than specified, that is a part of the truth, and told first.
        """
        told = {} if self.pace.noise == 1 else {"noise": f"{self.pace.note}\n"}
        return told | {name: device.junction.to_toml() for name, device in self.truth.devices.items()}

    @property
    def pace(self) -> Pace:
        """How fast time passes, and how much noise there is."""
        clock = self.world.clock
        noise = next((one.noise_factor for twin in self.instruments.values() for one in _errors_of(twin)), 1.0)
        return Pace(clock.factor if isinstance(clock, ScaledClock) else FASTEST, noise)

    def set_pace(self, pace: Pace) -> None:
        """Let time pass otherwise, let there be other noise; what is None stays. Called with the world held."""
        if pace.speed is not None:
            self.world.go_on_by(pace.clock(self.world.clock))
        if pace.noise is not None:
            for twin in self.instruments.values():
                for one in _errors_of(twin):
                    one.noise_factor = pace.noise

    def held(self) -> Turn:
        """Hold the world still while an instrument carries out a message, everything due having happened."""
        return self._turn

    def close(self) -> None:
        """Switch the bench off."""
        self.world.close()
        for twin in self.instruments.values():
            twin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _errors_of(twin: Twin) -> list[HiddenErrors]:
    """Return what makes the noise of an instrument, in all its channels."""
    errors = getattr(twin, "errors", None)
    return list(errors.values()) if isinstance(errors, dict) else list(twin.meters)


def _world(bench: Bench, truth: Truth, clock: BenchTime, seed: int) -> World:
    default = next(iter(truth.devices.values())).junction.temperature
    surroundings = Surroundings(truth, bench.wiring, default)
    resistors = [Resistor(*part.between, 1 / part.resistance) for part in bench.components.values()]
    devices = [LivingDevice(name, one, seed) for name, one in truth.devices.items()]
    amplifiers, capacitors = list(bench.amplifiers.values()), list(bench.capacitors.values())
    netlist = Netlist(bench.wiring, resistors, devices, surroundings, amplifiers, capacitors)
    return World(netlist, surroundings, clock)


def _clock(settings: VirtualSettings) -> BenchTime:
    if settings.clock is BenchClock.VIRTUAL:
        return VirtualClock()
    return ScaledClock(settings.factor if settings.clock is BenchClock.SCALED else 1.0)


def _twin(entry: InstrumentEntry, bench: Bench) -> type[Twin]:
    """Return the class that imitates an instrument: its driver's namesake in this folder, unless the file names one."""
    wanted = entry.twin or entry.driver
    module, _, name = wanted.rpartition(":" if ":" in wanted else ".")
    path = f"{__package__}.{module.rpartition('.')[2]}"
    if find_spec(path) is not None:
        twin = getattr(import_module(path), name, None)
        if isinstance(twin, type) and issubclass(twin, Twin):
            _check_role(entry, bench)
            return twin
    where = f"({bench.path.name}, line {entry.line})"
    if entry.twin is not None:
        raise BenchFileError(
            f"`twin` must be a model of `smtjlab bench commands`, such as 'keithley_2450:Keithley2450', but is "
            f"{entry.twin!r} {where}."
        )
    raise BenchFileError(
        f"`driver` on a virtual bench must have a twin such as 'keithley_2450:Keithley2450', or `twin` must name one, "
        f"but {entry.driver!r} has none {where}."
    )


def _check_role(entry: InstrumentEntry, bench: Bench) -> None:
    """Raise BenchFileError where a twin that the file names plays another role than its instrument."""
    if entry.twin is not None:
        model: Any = DriverName.parse(entry.twin).load()
        if model.role is not entry.role:
            raise BenchFileError(
                f"`twin` of {entry.name!r} must play the role {entry.role.value!r}, but {entry.twin} plays "
                f"{model.role.value!r} ({bench.path.name}, line {entry.line})."
            )
