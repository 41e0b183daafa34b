"""One pulse on an ensemble of soft layers: how many it turns over, and how much energy that takes.

Each member comes into thermal equilibrium in the starting well, lives through the pulse, relaxes, and is then read: it
has switched if it ended on the other side of the hard plane than the pulse found it.
"""
# Energies: what the circuit dissipates, and the work of fields, gates and bias on the layer. What the damping-like
# torque of a current does besides is left out: it is not the change of an energy, and below 1e-5 of I^2 R t.

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .arguments import checked_count
from .drive import Drive, Waveform
from .ensemble import SELDOM, Ensemble
from .errors import ModelError
from .forces import Forces
from .heating import JouleHeating
from .junction import VACUUM_PERMEABILITY, Junction
from .landscape import FloatArray
from .mechanism import Mechanism

_PART = 20e-12
"""Longest part of a slope in s over which work is a mean of its ends: a fifth of a fast precession's period."""
_MOST_PARTS = 2048
"""Parts of one slope: of a longer one, that the layer follows, each is 1/2048 of the rise."""


@dataclass(frozen=True)
class Attempts:
    """What became of an ensemble that was pulsed once."""

    replicas: int
    switched: int
    """How many ended on the other side than the pulse found them."""
    astray: int
    """How many were on the other side than they started already when the pulse came."""
    electrical_energy: float
    """Energy in J that one pulse dissipates in the circuit."""
    magnetic_energy: float
    """Mean work in J that fields, gates and bias of the pulse do on the soft layer; it ends as heat by damping.

    The work of damping-like torques is left out, so it is 0 for a current without a field-like torque.
    """

    @property
    def energy(self) -> float:
        """Energy in J of one attempt: that of the circuit and the work of fields, gates and bias."""
        return self.electrical_energy + self.magnetic_energy


def attempt(
    mechanism: Mechanism,
    width: float,
    amplitude: float,
    *,
    field: float = 0.0,
    replicas: int = 512,
    seed: int | Sequence[int] = 0,
    step: float | None = None,
    heating: JouleHeating | None = None,
    threads: int = 1,
    cancel: threading.Event | None = None,
) -> Attempts:
    """Return what one pulse of a width in s does to an ensemble of replicas, in a field along x in A/m besides.

    At 0 K all replicas do the same, starting at the mechanism's tilt. With `heating` the pulse's `joule_heat` warms
    the layer, which cools while it relaxes. Raises ModelError where nothing is to be done and Cancelled when asked to
    stop.
    """
    if not 0 < width < np.inf:
        raise ModelError(f"`width` of a pulse must be above 0 s, but is {width:g} s.")
    checked_count("replicas", replicas, 1)
    forces = mechanism.layers().forces(field=mechanism.resting_field + field).repeated(replicas)
    ensemble = Ensemble(forces, seed=seed, step=step, threads=threads)
    ensemble.magnetization = np.repeat(np.array(mechanism.start)[:, None], replicas, axis=1)
    axis = np.array(mechanism.axis)
    wait = mechanism.settling_time(field) if mechanism.equilibration is None else mechanism.equilibration
    if np.isfinite(forces.landscape.energy_scale).all() and wait > 0:
        ensemble.run(wait, every=SELDOM, cancel=cancel)
    before = axis @ ensemble.magnetization
    astray = int(np.count_nonzero(before * (axis @ np.array(mechanism.start)) < 0))
    pulse, rest = _heated(mechanism, width, amplitude, heating)
    work = _pulsed(ensemble, forces, pulse, cancel)
    ensemble.run(mechanism.relaxation, every=SELDOM, drive=rest, cancel=cancel)
    switched = int(np.count_nonzero(before * (axis @ ensemble.magnetization) < 0))
    electrical = mechanism.electrical_energy(width, amplitude)
    return Attempts(replicas, switched, astray, electrical, float(np.mean(work)) * _moment(mechanism.junction))


def _heated(mechanism: Mechanism, width: float, amplitude: float, heating: JouleHeating | None) -> tuple[Drive, Drive]:
    """Return the pulse and the rest after it, with the temperature that the heat at the layer sets."""
    pulse, rest = mechanism.drive(width, amplitude), Drive(mechanism.relaxation)
    if heating is None:
        return pulse, rest
    if heating.ambient != mechanism.junction.temperature:
        raise ModelError(
            f"`ambient` of the heating must be the junction's temperature ({mechanism.junction.temperature:g} K), "
            f"but is {heating.ambient:g} K."
        )
    power = mechanism.joule_heat(width, amplitude) / pulse.duration
    kelvin = heating.temperature(Waveform.pulse(power, pulse.duration))
    return (
        Drive(pulse.duration, {**pulse.signals, "temperature": kelvin}),
        Drive(rest.duration, {"temperature": kelvin.shifted(-pulse.duration)}),
    )


def _moment(junction: Junction) -> float:
    """Return mu0 M_s Vol in J m/A, which times a field in A/m is an energy."""
    return VACUUM_PERMEABILITY * junction.saturation_magnetization * junction.volume


def _pulsed(ensemble: Ensemble, forces: Forces, drive: Drive, cancel: threading.Event | None) -> FloatArray:
    """Live through a drive and return the work that it does on each member in A/m, shape (n,).

    The signals' edges do work on the magnetization as it stands; a slope between two corners is cut into parts, over
    each of which the mean of its ends does.
    """
    work = np.zeros(len(forces))
    before = dict.fromkeys(drive.signals, 0.0)
    for start, stop in pairwise(_parts(drive)):
        part = drive.cut(start, stop)
        after = {name: float(wave.values[0]) for name, wave in part.signals.items()}
        work += _work(forces, before, after, ensemble.magnetization)
        m = ensemble.magnetization.copy()
        ensemble.run(stop - start, every=SELDOM, drive=part, cancel=cancel)
        before = {name: float(wave.values[-1]) for name, wave in part.signals.items()}
        work += (_work(forces, after, before, m) + _work(forces, after, before, ensemble.magnetization)) / 2
    return work + _work(forces, before, dict.fromkeys(before, 0.0), ensemble.magnetization)


def _parts(drive: Drive) -> FloatArray:
    """Return the times in s at which a drive is looked at: corners, edges and parts of its slopes."""
    breaks = drive.breaks()
    ends = [breaks[:1]]
    waves = [wave for name, wave in drive.signals.items() if name != "temperature"]
    for start, stop in pairwise(breaks):
        sloping = any(wave.at(start) != wave.before(stop) for wave in waves)
        count = min(max(1, math.ceil((stop - start) / _PART)), _MOST_PARTS) if sloping else 1
        ends.append(np.linspace(start, stop, count + 1)[1:])
    return np.concatenate(ends)


def _work(forces: Forces, before: dict[str, float], after: dict[str, float], m: FloatArray) -> FloatArray:
    """Return how much the energy e of each member in A/m rises as signals change at a standing magnetization (3, n)."""
    x, y, z = m
    conjugate = {"field_x": -x, "field_y": -y, "field_z": -z, "in_plane": y * y / 2, "out_of_plane": z * z / 2}
    conjugate |= {"tensor_xy": x * y, "tensor_xz": x * z, "tensor_yz": y * z}
    work = np.zeros(len(forces))
    for gain in forces.gains:
        if gain.signal in after and gain.row in conjugate:
            work += conjugate[gain.row] * gain.values * (after[gain.signal] - before[gain.signal])
    return work
