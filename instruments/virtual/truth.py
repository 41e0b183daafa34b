"""What the device on a virtual bench really is: `[truth.device]` of the bench file. No procedure reads it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smtjlab.instruments.errors import BenchFileError, QuantityError
from smtjlab.instruments.quantity import parse_quantity
from smtjlab.simulation.belief import spread
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.junction_file import junction_from_table
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus
from smtjlab.simulation.toml_file import TomlFile

DEVICE = "device"
"""The one device of a bench of today."""

SAME_BIAS = 1e-2
"""Relative change of the bias below which a conductance is as good as known, to find the operating point."""

SHORTEST_READING = 1e-6
"""Seconds from which the thermal noise of a reading is white: beyond all correlation times."""

SURROUNDINGS = {
    "leakage_resistance": ("ohm", 1e11),
    "gate_capacitance": ("F", 20e-15),
    "lead_resistance": ("ohm", 1.0),
    "flicker_noise": ("m^2", 0.0),
}
"""Keys beside the junction's own, with unit and default (physics.md section 11: leak 1e9 to 1e12 ohm, 17.7 fF)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A device: its junction and what surrounds it."""

    junction: Junction
    leakage_resistance: float = SURROUNDINGS["leakage_resistance"][1]
    """Resistance across the gate in ohm."""
    gate_capacitance: float = SURROUNDINGS["gate_capacitance"][1]
    """Capacitance of the gate in F."""
    lead_resistance: float = SURROUNDINGS["lead_resistance"][1]
    """Resistance in ohm of each of the two leads that carry the junction's current."""
    flicker_noise: float = 0.0
    """Hooge parameter alpha_H in m^2: relative 1/f noise of S = alpha_H/(A f). 0 switches it off."""


def read_truth(file: TomlFile, seed: int) -> Truth:
    """Return the truth that a bench file tells; Fig. 5's junction where it tells nothing. Raises BenchFileError."""
    tables = _table(file, "truth", file.data.get("truth", {}))
    for name in tables:
        if name != DEVICE:
            raise BenchFileError(f"A truth must be of 'device', but is of {name!r} ({file.where(f'truth.{name}')}).")
    key = f"truth.{DEVICE}"
    fields = dict(_table(file, key, tables.get(DEVICE, {"preset": "fig5"})))
    around = {name: _surrounding(file, f"{key}.{name}", fields.pop(name)) for name in SURROUNDINGS if name in fields}
    relative = _spread(file, key, fields.pop("spread", 0.0))
    try:
        return Truth(junction=_junction(file, key, fields, relative, seed), **around)
    except SimulationMistake as problem:
        sentence = str(problem)
        where = "" if file.path.name in sentence else f" ({file.where(key)})"
        raise BenchFileError(f"{sentence.removesuffix('.')}{where}.") from None


def _junction(file: TomlFile, key: str, fields: dict[str, Any], relative: float, seed: int) -> Junction:
    """Return the junction: a preset or a file, spread, then the fields that the table states, exactly as stated."""
    if "preset" in fields and "junction" in fields:
        raise BenchFileError(f"A truth must name `preset` or `junction`, but names both ({file.where(key)}).")
    base: Junction | None = None
    if "preset" in fields:
        base = Junction.preset(str(fields.pop("preset")))
    elif "junction" in fields:
        base = Junction.load(Path(file.path).parent / Path(str(fields.pop("junction"))).expanduser())
    if base is None:
        whole = junction_from_table(file, fields, key, None)
        return spread(whole, relative, seed) if relative else whole
    return junction_from_table(file, fields, key, spread(base, relative, seed) if relative else base)


def _table(file: TomlFile, key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BenchFileError(f"`{key}` must be a table, but is {value!r} ({file.where(key)}).")
    return value


def _surrounding(file: TomlFile, key: str, value: Any) -> float:
    name = key.rpartition(".")[2]
    unit, _ = SURROUNDINGS[name]
    try:
        number = parse_quantity(value, unit)
    except QuantityError as problem:
        sentence = str(problem).removesuffix(".")
        raise BenchFileError(f"`{name}` must be in {unit}: {sentence} ({file.where(key)}).") from None
    if number < 0 or (number == 0 and name == "leakage_resistance"):
        raise BenchFileError(f"`{name}` must not be below 0 {unit}, but is {value!r} ({file.where(key)}).")
    return number


def _spread(file: TomlFile, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 0.3:
        raise BenchFileError(f"`spread` must be between 0 and 0.3, but is {value!r} ({file.where(f'{key}.spread')}).")
    return float(value)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the junction answered last."""

    gate: float
    bias: float
    mean: float
    """Conductance in S."""
    noise: float
    """Thermal standard deviation of a reading times the root of its length, in S s^(1/2) (white noise)."""
    lasts: bool
    """Whether the answer stays the same while gate and bias do."""


class LivingJunction:
    """The one junction of the world: its slow state lives through everything, its conductance can be asked."""

    def __init__(self, junction: Junction, seed: int) -> None:
        self.junction = junction
        self._replicas = Replicas([junction], model="boltzmann", seed=seed)
        self._known: _Known | None = None

    def live(self, duration: float, gate: float, bias: float) -> None:
        """Let `duration` s pass at a gate and a bias in V."""
        self._forget_unless(gate)
        self._replicas.live(Stimulus(duration=duration, gate=gate, bias=bias))

    def read(self, duration: float, gate: float, bias: float) -> tuple[float, float]:
        """Let time pass, and return conductance in S, averaged, with its thermal standard deviation in S."""
        self._forget_unless(gate)
        known = self._known
        if known is not None and known.lasts and known.bias == bias:
            self._replicas.live(Stimulus(duration=duration, gate=gate, bias=bias))
        else:
            response = self._replicas.respond([Stimulus(duration=duration, gate=gate, bias=bias, read=True)])
            lasts = duration >= SHORTEST_READING and self.junction.piezo_creep == 0
            noise = float(response.thermal[0]) * math.sqrt(duration)
            known = self._known = _Known(gate, bias, float(response.mean[0]), noise, lasts)
        return known.mean, known.noise / math.sqrt(duration)

    def conductance(self, gate: float, bias: float) -> float:
        """Return the conductance in S at this moment; the last one known where hardly anything has changed since.

        Asking anew ages the slow state by a nanosecond.
        """
        self._forget_unless(gate)
        if self._known is not None:
            near = abs(bias - self._known.bias) <= SAME_BIAS * abs(bias)
            if near or math.isinf(self.junction.bias_half_tmr):
                return self._known.mean
        return self.read(1e-9, gate, bias)[0]

    def _forget_unless(self, gate: float) -> None:
        if self._known is not None and self._known.gate != gate:
            self._known = None


class Flicker:
    """Relative 1/f fluctuations: a sum of relaxing fluctuators, one a decade from 0.1 mHz to 1 kHz."""

    RATES = 2 * np.pi * np.logspace(-4, 3, 8)
    """Relaxation rates in 1/s."""

    def __init__(self, hooge: float, area: float, rng: np.random.Generator) -> None:
        # Equal variance in each decade makes a spectrum of variance/(ln 10 f).
        self._sigma = float(np.sqrt(hooge / area * np.log(10))) if hooge > 0 else 0.0
        self._rng = rng
        self._state = rng.standard_normal(len(self.RATES))

    def over(self, duration: float) -> float:
        """Let `duration` s pass and return the relative deviation of the conductance, averaged over them."""
        if self._sigma == 0:
            return 0.0
        kept = np.exp(-self.RATES * duration)
        self._state = kept * self._state + np.sqrt(1 - kept**2) * self._rng.standard_normal(len(kept))
        averaging = 1 / np.sqrt(1 + self.RATES * duration / 2)
        return float(self._sigma * (self._state @ averaging))
