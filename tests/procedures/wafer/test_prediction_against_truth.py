"""Devices of the virtual wafer against the population that is foretold from the process they were drawn by."""

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.virtual.wafer_truth import Defect, WaferTruth, read_wafer_truth
from smtjlab.procedures.wafer.named import recipe_path
from smtjlab.procedures.wafer.prediction import foretold
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.simulation.populations.distribution import disagreement
from smtjlab.simulation.toml_file import TomlFile


@pytest.fixture(scope="module")
def truth() -> WaferTruth:
    file = TomlFile.read(PACKAGED / "wafer.toml")
    return read_wafer_truth(file, file.data["truth"]["wafer"], ["device"], 1, {})


def test_devices_of_the_process_are_not_odd_and_those_that_are_stuck_are(truth: WaferTruth) -> None:
    """Some 500 devices of each kind; 300 draws know a standard deviation to 7 % on either side.

    Were it 15 % too small, 5.5 of 500 would lie beyond 3 sigma, and 20 or more once in 1e6.
    """
    told = foretold(read_recipe(recipe_path("quick")), truth.wafer, truth.process, 300, model="static", seed=1)
    first = [one for one in truth.wafer.all_sites if one.name.endswith("1")]
    for name, (_, found) in told.items():
        devices = [truth.at(one) for one in first if truth.wafer.sub_site(one).device.name == name]
        off = disagreement([one.junction.threshold_voltage for one in devices], found.figures["threshold"])
        stuck = np.array([one.defect is Defect.STUCK for one in devices])
        assert np.sum(np.abs(off[~stuck]) > 3) < 20
        assert (np.abs(off[stuck]) > 100).all()
        # Forty sampled dies stand for all: median and spread may lie off by what they leave out.
        assert abs(np.median(off)) < 0.4
        assert off[~stuck].std() == pytest.approx(1, abs=0.3)
