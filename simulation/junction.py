"""The junction: what a straintronic magnetic tunnel junction is made of, in SI units."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from .bias_dependence import tmr_divisor
from .constants import BOLTZMANN_CONSTANT as BOLTZMANN_CONSTANT
from .constants import GYROMAGNETIC_CONSTANT as GYROMAGNETIC_CONSTANT
from .constants import VACUUM_PERMEABILITY as VACUUM_PERMEABILITY
from .demagnetization import Demagnetization, demagnetization_factors
from .errors import JunctionError

_STRESS_PARTS = ("youngs_modulus", "piezo_coefficient", "piezo_thickness")


class StressAxis(StrEnum):
    """Along which axis of the ellipse the stress acts; in plane both are the same physics."""

    MINOR = "minor"
    """Tension along the minor axis for a gate of the rotating sign."""
    MAJOR = "major"
    """Compression along the major axis for a gate of the rotating sign."""


class GateSign(IntEnum):
    """Sign of the gate voltage that rotates the soft layer."""

    POSITIVE = 1
    NEGATIVE = -1


def quantity(unit: str, low: float, high: float, default: Any = dataclasses.MISSING, *, above: bool = False) -> Any:
    """Return a dataclass field with its unit and limits; `above` excludes the lower limit itself."""
    return field(default=default, metadata={"unit": unit, "limits": (low, high), "above": above})


def choices(of: type[Enum]) -> dict[str, Any]:
    """Return the metadata of a dataclass field that takes the values of an enum."""
    return {"unit": "", "choices": of}


@dataclass(frozen=True, kw_only=True)
class Junction:
    """A junction with an elliptic soft layer on a piezoelectric (physics: macrospin, SI units throughout).

    The soft layer's major axis is x, its minor axis y. The hard layer points along -x, turned by
    `hard_layer_angle`; its dipole field on the soft layer is opposite to it. Stress is given either by
    `stress_per_volt` or by `youngs_modulus`, `piezo_coefficient` and `piezo_thickness`.
    Raises JunctionError on construction where a value cannot be.
    """

    major_axis: float = quantity("m", 0, 1e-4, above=True)
    """Full major axis of the soft layer in m."""
    minor_axis: float = quantity("m", 0, 1e-4, above=True)
    """Full minor axis of the soft layer in m, at most the major one."""
    thickness: float = quantity("m", 0, 1e-5, above=True)
    """Thickness of the soft layer in m."""
    saturation_magnetization: float = quantity("A/m", 0, 1e7, above=True)
    """Saturation magnetization M_s of the soft layer in A/m."""
    damping: float = quantity("", 0, 10, above=True)
    """Gilbert damping alpha."""
    magnetostriction: float = quantity("", 0, 0.01, above=True)
    """Size of the saturation magnetostriction lambda_s; its sign belongs to `gate_sign`."""
    youngs_modulus: float | None = quantity("Pa", 0, 1e13, None, above=True)
    """Young's modulus of the soft layer in Pa."""
    piezo_coefficient: float | None = quantity("m/V", 0, 1e-6, None, above=True)
    """Piezoelectric coefficient d33 in m/V."""
    piezo_thickness: float | None = quantity("m", 0, 0.1, None, above=True)
    """Thickness of the piezoelectric between the gate's electrodes in m."""
    stress_per_volt: float | None = quantity("Pa/V", 0, 1e12, None, above=True)
    """Stress in the soft layer per volt on the gate in Pa/V, instead of the three fields before."""
    dipole_field: float = quantity("A/m", 0, 1e7)
    """Net coupling field H_d of the hard layer on the soft layer in A/m."""
    transverse_field: float = quantity("A/m", -1e7, 1e7, 0.0)
    """Stray field along the minor axis in A/m, which does not turn the hard layer."""
    hard_layer_angle: float = quantity("rad", -math.pi / 2, math.pi / 2, 0.0)
    """Misalignment beta of the hard layer in rad: turns the dipole field and the reference axis of Eq. (1)."""
    hard_layer_coercivity: float = quantity("A/m", 0, math.inf, math.inf, above=True)
    """Field along the easy axis in A/m beyond which the hard layer reverses; inf where it never does."""
    resistance_parallel: float = quantity("ohm", 0, 1e12, above=True)
    """Resistance R_P with both layers parallel in ohm."""
    resistance_antiparallel: float = quantity("ohm", 0, 1e12, above=True)
    """Resistance R_AP with both layers antiparallel, at small bias, in ohm."""
    bias_half_tmr: float = quantity("V", 0, math.inf, math.inf, above=True)
    """Bias V_h in V at which TMR has fallen to half (R_P constant); inf for no roll-off."""
    temperature: float = quantity("K", 0, 1500, 300.0)
    """Temperature in K."""
    gate_sign: GateSign = field(default=GateSign.POSITIVE, metadata=choices(GateSign))
    """Sign of the gate voltage that rotates the soft layer: 1 or -1."""
    stress_axis: StressAxis = field(default=StressAxis.MINOR, metadata=choices(StressAxis))
    """Axis along which the stress acts: `minor` or `major`."""
    demagnetization: Demagnetization = field(default=Demagnetization.SERIES, metadata=choices(Demagnetization))
    """Model of the demagnetization factors: `series`, `osborn` or `cylinder`."""
    piezo_hysteresis: float = quantity("", 0, 0.3, 0.0)
    """Width of the piezo's loop as a fraction of the strain at `piezo_hysteresis_voltage`."""
    piezo_hysteresis_voltage: float = quantity("V", 0, 1e6, 1.0, above=True)
    """Full drive in V, from 0, for which `piezo_hysteresis` is given."""
    piezo_creep: float = quantity("", 0, 0.1, 0.0)
    """Growth of the strain per decade of time after a step, as a fraction of the strain at 0.1 s."""
    hooge_parameter: float = quantity("m^2", 0, 1e-12, 0.0)
    """Hooge parameter alpha_H in m^2: 1/f noise of the conductance with S_G/G^2 = alpha_H/(A f); 0 for none."""

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            object.__setattr__(self, spec.name, _checked(spec, getattr(self, spec.name)))
        self._check_stress()
        if self.minor_axis > self.major_axis:
            raise JunctionError(
                f"`minor_axis` must be at most `major_axis` ({self.major_axis} m), but is {self.minor_axis} m."
            )
        if self.resistance_antiparallel <= self.resistance_parallel:
            raise JunctionError(
                f"`resistance_antiparallel` must be above `resistance_parallel` ({self.resistance_parallel} ohm), "
                f"but is {self.resistance_antiparallel} ohm."
            )

    def _check_stress(self) -> None:
        given = [name for name in _STRESS_PARTS if getattr(self, name) is not None]
        if self.stress_per_volt is not None and given:
            raise JunctionError(
                "Stress must be given either by `stress_per_volt` or by `youngs_modulus`, `piezo_coefficient` and "
                f"`piezo_thickness`, but `stress_per_volt` and {_listed(given)} are given."
            )
        if self.stress_per_volt is None and len(given) < len(_STRESS_PARTS):
            found = f"only {_listed(given)} is given" if given else "none of them is given"
            raise JunctionError(
                "Stress must be given either by `stress_per_volt` or by `youngs_modulus`, `piezo_coefficient` and "
                f"`piezo_thickness`, but {found}."
            )

    # Derived quantities, with the symbols of the paper.

    @property
    def volume(self) -> float:
        """Volume of the soft layer in m^3."""
        return math.pi / 4 * self.major_axis * self.minor_axis * self.thickness

    @property
    def area(self) -> float:
        """Area of the junction in m^2."""
        return math.pi / 4 * self.major_axis * self.minor_axis

    @property
    def stress_coefficient(self) -> float:
        """Stress per volt in Pa/V, however it was given."""
        if self.stress_per_volt is not None:
            return self.stress_per_volt
        assert self.youngs_modulus is not None
        assert self.piezo_coefficient is not None
        assert self.piezo_thickness is not None
        return self.youngs_modulus * self.piezo_coefficient / self.piezo_thickness

    @cached_property
    def demagnetization_factors(self) -> tuple[float, float, float]:
        """Factors N along the major axis, the minor axis and out of plane."""
        return demagnetization_factors(self.demagnetization, self.major_axis, self.minor_axis, self.thickness)

    @property
    def shape_field(self) -> float:
        """In-plane shape anisotropy field H_k in A/m."""
        major, minor, _ = self.demagnetization_factors
        return self.saturation_magnetization * (minor - major)

    @property
    def stress_field_per_volt(self) -> float:
        """Stress anisotropy field H_s per volt of the rotating sign in A/(m V)."""
        stress = 3 * self.magnetostriction * self.stress_coefficient
        return stress / (VACUUM_PERMEABILITY * self.saturation_magnetization)

    @property
    def rotation_voltage(self) -> float:
        """Gamma in V: the gate for which the stress field equals the dipole field."""
        return self.dipole_field / self.stress_field_per_volt

    @property
    def shape_voltage(self) -> float:
        """Nu in V: the gate for which the stress field equals the shape field."""
        return self.shape_field / self.stress_field_per_volt

    @property
    def threshold_voltage(self) -> float:
        """Gate in V, with its sign, above which the soft layer rotates (aligned, no stray field)."""
        return self.gate_sign * (self.rotation_voltage + self.shape_voltage)

    @property
    def energy_scale(self) -> float:
        """mu0 M_s Vol/(k_B T) in m/A, which times a field is an energy in kT; inf at 0 K."""
        if self.temperature == 0:
            return math.inf
        moment = VACUUM_PERMEABILITY * self.saturation_magnetization * self.volume
        return moment / (BOLTZMANN_CONSTANT * self.temperature)

    def antiparallel_at(self, bias: float) -> float:
        """Return R_AP in ohm at a bias in V: TMR falls as 1/(1 + (bias/V_h)^2)."""
        difference = self.resistance_antiparallel - self.resistance_parallel
        return self.resistance_parallel + difference / tmr_divisor(bias, self.bias_half_tmr)

    def changed(self, **fields: Any) -> Self:
        """Return a copy with other fields; giving the stress one way drops the other way."""
        if fields.get("stress_per_volt") is not None:
            fields = dict.fromkeys(_STRESS_PARTS) | fields
        elif any(fields.get(name) is not None for name in _STRESS_PARTS):
            fields = {"stress_per_volt": None} | fields
        return dataclasses.replace(self, **fields)

    # Files.

    @classmethod
    def preset(cls, name: str) -> Junction:
        """Return the packaged junction of that name: `fig5`, `cofeb`."""
        from .belief import Belief

        return Belief.preset(name).junction

    @classmethod
    def load(cls, name_or_path: str | Path) -> Junction:
        """Return a packaged junction or one from a file; uncertainties in the file are left aside."""
        from .belief import Belief

        return Belief.load(name_or_path).junction

    def to_toml(self) -> str:
        """Return the junction as TOML text that `load` reads back, bit for bit."""
        from .junction_file import junction_lines

        return "".join(f"{line}\n" for line in junction_lines(self))

    def save(self, path: str | Path) -> None:
        """Write the junction to a TOML file."""
        Path(path).write_text(self.to_toml(), encoding="utf-8")


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _checked(spec: dataclasses.Field[Any], value: Any) -> Any:
    """Return the field's value in its declared type, or raise JunctionError."""
    if "choices" in spec.metadata:
        return _chosen(spec.name, spec.metadata["choices"], value)
    if value is None and spec.default is None:
        return None
    unit = spec.metadata["unit"]
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise JunctionError(f"`{spec.name}` must be a number{_in(unit)}, but is {value!r}.")
    number = float(value)
    low, high = spec.metadata["limits"]
    inside = low < number <= high if spec.metadata["above"] else low <= number <= high
    if not inside:
        lower = f"above {low:g}" if spec.metadata["above"] else f"at least {low:g}"
        upper = f" and at most {high:g}" if math.isfinite(high) else ""
        raise JunctionError(f"`{spec.name}` must be {lower}{upper}{_spaced(unit)}, but is {number:g}{_spaced(unit)}.")
    return number


def _chosen(name: str, kind: type[Enum], value: Any) -> Enum:
    try:
        return kind(None if isinstance(value, bool) else value)
    except ValueError:
        allowed = " or ".join(repr(member.value) for member in kind)
        raise JunctionError(f"`{name}` must be {allowed}, but is {value!r}.") from None


def _in(unit: str) -> str:
    return f" in {unit}" if unit else ""


def _spaced(unit: str) -> str:
    return f" {unit}" if unit else ""
