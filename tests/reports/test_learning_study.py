"""What the study of learning says of devices: differences task by task, and everything that is assumed."""

from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.reports.learning_study import learning_study
from smtjlab.simulation.belief import Belief


def learned(name, *final):
    """Return a device that ends at these accuracies, a seed each, as far as the study asks."""
    energy = SimpleNamespace(total=1e-18)
    records = tuple(
        SimpleNamespace(
            test_accuracy=np.array([0.1, one]), saturated=0.0, update_energy=energy, inference_energy=energy, remarks=()
        )
        for one in final
    )
    mean, spread = float(np.mean(final)), float(np.std(final, ddof=1))
    courses = {name: np.array([0.1, mean]) for name in ("test_accuracy", "train_accuracy")}
    spreads = {name: np.array([0.0, spread]) for name in ("test_spread", "train_spread")}
    return SimpleNamespace(device=name, records=records, final=(mean, spread / len(final) ** 0.5), **courses, **spreads)


@pytest.fixture(scope="module")
def study():
    found = [learned("float", 0.90, 0.94, 0.98), learned("s-MTJ", 0.89, 0.94, 0.96)]
    return learning_study(found, Belief.preset("fig5"), "fig5", "study learning", data="digits", epochs=1)


def test_devices_are_compared_on_the_same_tasks(study):
    """-1, 0 and -2 points: -1 and 1/sqrt 3; unpaired, the spread of the tasks would hide it.

    Of three seeds t has two degrees of freedom, where p is 1 - t/sqrt(2 + t^2) = 1 - sqrt(3/5), and not Gauss's 0.083.
    """
    told = dict(study.facts)["s-MTJ"]
    assert told.endswith("(-1.0 ± 0.6) points, p = 0.23 (Student), from float on the same tasks")


def test_what_is_assumed_of_gates_and_rivals_is_told(study):
    told = dict(study.assumptions)
    assert "1 µs, all written anew after 100; R_leak 1 TΩ and 17.7 fF" in told["held gates"]
    assert "read without noise" in told["rivals"]
    assert told["weights"].endswith("all devices of a kind alike")
