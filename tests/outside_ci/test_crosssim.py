"""Exported parameters are loaded and run in CrossSim 3.2, where somebody has it on the path; `.ci/run` skips this."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.networks.devices import full_curve, linear_part
from smtjlab.simulation.networks.table_exports import crosssim_parameters

simulator: Any = pytest.importorskip("simulator")
pytestmark = pytest.mark.filterwarnings("ignore")


def test_products_of_crosssim_are_right_and_as_noisy_as_the_table_says(tmp_path: Path) -> None:
    """3000 products: a standard deviation is known to 1.3 %, the mean of 8 of them to 0.5 %; 5 of these, 6e-7."""
    table, path = linear_part(full_curve(Junction.preset("fig5"))), tmp_path / "parameters.json"
    path.write_text(json.dumps(crosssim_parameters(table, 1023)), encoding="utf-8")
    rng = np.random.default_rng(0)
    weights, inputs = rng.uniform(-1, 1, (8, 8)), rng.uniform(-1, 1, 8)
    core = simulator.AnalogCore(weights, params=simulator.CrossSimParameters.from_json(path))
    np.random.seed(3)  # noqa: NPY002 - CrossSim draws from the global generator
    found = np.array([core.matvec(inputs) for _ in range(3000)])
    noise = math.sqrt(2 * np.sum(inputs**2) * np.mean(table.read_noise**2)) / table.span * np.abs(weights).max()
    assert found.std(axis=0).mean() == pytest.approx(noise, rel=0.025)
    assert found.mean(axis=0) == pytest.approx(weights @ inputs, abs=0.01)
