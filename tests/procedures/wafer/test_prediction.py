"""What a recipe is foretold: which kinds, at which gates, and that it is what its readings would say."""

import numpy as np
import pytest

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.wafer.errors import RecipeError
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.prediction import foretold, sweeps
from smtjlab.procedures.wafer.quick_figures import quick_figures
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.simulation.populations.process_spread import ProcessSpread

WAFER, QUICK = read_wafer(wafer_path("200mm")), read_recipe(recipe_path("quick"))


def test_each_kind_has_its_sweep_and_its_places() -> None:
    found = {one.kind.name: one for one in sweeps(QUICK, WAFER)}
    assert list(found) == ["d800", "d600", "d500", "d400"]
    one = found["d600"]
    assert one.gate == pytest.approx(np.linspace(0.2, 0.5, 13))
    assert (one.step, one.bias, one.places.shape) == ("curve", 0.1, (40, 2))
    assert (np.hypot(*one.places.T) < 1).all()


def test_gates_of_the_recipe_stand_in_the_curve_once_each() -> None:
    one = sweeps(QUICK, WAFER)[0]
    gates, read = one.curve
    assert np.array_equal(gates[read], one.gate)
    assert np.diff(gates).min() == pytest.approx(0.0025)
    assert len(gates) == 121


def test_what_is_read_without_noise_is_what_the_figures_of_a_recipe_say() -> None:
    sweep, found = foretold(QUICK, WAFER, ProcessSpread(), 1, model="static")["d800"]
    gates, read = sweep.curve
    readings = [
        Reading(
            setpoint=Setpoint(gate=float(gates[k]), bias=0.1, branch="up"),
            value=float(found.conductance[0, k]),
            uncertainty=Uncertainty(independent=0.0),
            stimuli=(),
            time=0.0,
            gate=float(gates[k]),
            gate_current=0.0,
            bias=0.1,
            current=0.0,
        )
        for k in read
    ]
    told = quick_figures(readings, sweep.kind.area)
    assert {name: told[name] for name in found.read} == pytest.approx({n: v[0] for n, v in found.read.items()})


def test_a_recipe_without_a_sweep_foretells_nothing(tmp_path) -> None:
    (tmp_path / "r.toml").write_text('name = "flat"\n[[steps]]\nprocedure = "pre-test"\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="must sweep the gate over 3 voltages"):
        sweeps(read_recipe(tmp_path / "r.toml"), WAFER)
