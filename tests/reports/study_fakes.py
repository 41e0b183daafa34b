"""Results of studies made by hand, so that pages and figures are tested without an ensemble."""

import numpy as np

from smtjlab.simulation.current_switching import SpinTransferSwitching
from smtjlab.simulation.switching import EnergyAgainstError, SwitchingProbability
from smtjlab.simulation.voltage_switching import StrainSwitching
from smtjlab.simulation.wilson import wilson_interval


def switching(
    mechanism=None,
    widths=(1e-9,),
    amplitudes=(0.01,),
    fields=(0.0,),
    replicas=100,
    window=(0.8e-9, 1.6e-9),
    astray=0.0,
):
    """Return a probability of 0.95 between two widths, and of 0.1 else; `astray` is the share turned in each field."""
    axes = [np.array(values, dtype=float) for values in (widths, amplitudes, fields)]
    inside = (axes[0] >= window[0]) & (axes[0] <= window[1])
    switched = np.ones([len(values) for values in axes]) * np.where(inside, 95, 10)[:, None, None]
    low, high = wilson_interval(switched, replicas)
    energy = 1e-18 * axes[1][None, :, None] / 0.01 * np.ones_like(switched)
    mechanism = StrainSwitching() if mechanism is None else mechanism
    return SwitchingProbability(
        mechanism, *axes, replicas, switched / replicas, low, high, energy, 0.95, astray * np.ones_like(low)
    )


def curve(mechanism, energy, failed, replicas=1000):
    """Return energies in J beside how many of the replicas failed."""
    error = np.array(failed) / replicas
    low, high = wilson_interval(np.array(failed), replicas)
    amplitudes = mechanism.amplitude * np.linspace(0.5, 1.5, len(failed))
    return EnergyAgainstError(mechanism, amplitudes, np.array(energy), error, low, high, replicas, 0.95)


def two_curves():
    stt = curve(SpinTransferSwitching(), [1e-13, 2e-13, 4e-13, 8e-13], [900, 300, 5, 0])
    strain = curve(StrainSwitching(), [1e-18, 2e-18, 4e-18, 8e-18], [990, 500, 100, 50])
    return [stt, strain]
