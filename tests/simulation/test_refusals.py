"""What cannot be is refused in one clear sentence, before anything is computed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.errors import JunctionError, ModelError
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import Landscape, landscape_over_gates
from smtjlab.simulation.predict import predict
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.transfer_curves import transfer_curves

NAN = float("nan")


@pytest.fixture
def where(fig5: Junction) -> Landscape:
    return landscape_over_gates(fig5, np.full(3, 0.3))


def one_sentence(words: str) -> bool:
    """Return whether words are one sentence that says what must be and what is."""
    return words[0] in "`ABCDEFGHIJKLMNOPQRSTUVWXYZ" and words.endswith(".") and "must" in words and "but" in words


def refused(kind: type[Exception], ask: Callable[[], object], *parts: str) -> None:
    with pytest.raises(kind, match="must") as caught:
        ask()
    words = str(caught.value)
    assert one_sentence(words)
    assert all(part in words for part in parts), words


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("damping", -0.1, "above 0"),
        ("damping", NAN, "above 0"),
        ("temperature", -1.0, "at least 0"),
        ("temperature", NAN, "at least 0"),
        ("dipole_field", NAN, "at least 0"),
        ("thickness", 0.0, "above 0"),
    ],
)
def test_an_impossible_junction(fig5: Junction, name: str, value: float, limit: str) -> None:
    refused(JunctionError, lambda: fig5.changed(**{name: value}), f"`{name}`", limit, f"but is {value:g}")


@pytest.mark.parametrize("name", ["field_x", "field_y", "in_plane", "out_of_plane"])
@pytest.mark.parametrize("value", [NAN, np.inf])
def test_a_landscape_that_is_not_finite(where: Landscape, name: str, value: float) -> None:
    rows: Any = {name: np.array([1.0, value, 1.0])}
    refused(ModelError, lambda: Ensemble(replace(where, **rows), seed=1), f"`{name}`", "finite", f"but is {value:g}")


def test_a_torque_that_is_not_finite(where: Landscape) -> None:
    forces = Forces(where, {"spin_x": np.array([0.0, NAN, 0.0])})
    refused(ModelError, lambda: Ensemble(forces, seed=1), "`spin_x`", "finite", "nan")


@pytest.mark.parametrize("step", [1e-10, 0.0, -1e-12, NAN])
def test_a_step_above_the_limit_or_none_at_all(fig5: Junction, where: Landscape, step: float) -> None:
    told = "`step`", "56.6 ps, the stability limit, set by the in-plane anisotropy field", f"is {step * 1e12:.3g} ps"
    refused(ModelError, lambda: Ensemble(where, seed=1, step=step), *told)
    refused(ModelError, lambda: predict(fig5, "sllg", [0.3], replicas=2, step=step), *told)


def test_a_drive_that_would_make_the_step_unstable(fig5: Junction) -> None:
    ensemble = Ensemble(SoftLayers([fig5]).forces(), seed=1, step=1e-12)
    before, drive = ensemble.magnetization.copy(), Drive(1e-9, {"field_x": Waveform.pulse(1e8, 1e-10)})
    refused(ModelError, lambda: ensemble.run(1e-9, drive=drive), "0.0473 ps", "the dipole and applied field of 1e+08")
    assert (ensemble.magnetization == before).all()


@pytest.mark.parametrize(("value", "told"), [(NAN, "finite"), (-1.0, "`temperature`")])
def test_a_driven_temperature_below_zero_or_not_finite(value: float, told: str) -> None:
    refused(ModelError, lambda: Drive(1e-9, {"temperature": Waveform.constant(value)}), told, f"{value:g}")


@pytest.mark.parametrize("model", ["static", "boltzmann", "sllg", "tangent_exact"])
def test_no_gates(fig5: Junction, model: str) -> None:
    refused(ModelError, lambda: predict(fig5, model, []), "`gate`", "one or more finite voltages")
    refused(ModelError, lambda: predict(fig5, model, [0.1, NAN]), "`gate`", "one or more finite voltages")


@pytest.mark.parametrize("model", ["static", "boltzmann", "sllg"])
def test_no_gates_or_no_junctions_for_transfer_curves(fig5: Junction, model: str) -> None:
    refused(ModelError, lambda: transfer_curves([fig5], [], model=model), "`gate`", "one or more finite voltages")
    refused(ModelError, lambda: transfer_curves([fig5], [NAN], model=model), "`gate`", "one or more finite voltages")
    refused(ModelError, lambda: transfer_curves([], [0.1], model=model), "`junctions`", "one or more")


@pytest.mark.parametrize("duration", [NAN, np.inf, -1e-9])
def test_an_impossible_duration(where: Landscape, duration: float) -> None:
    ensemble = Ensemble(where, seed=1)
    refused(ModelError, lambda: ensemble.run(duration), "`duration`", f"but is {duration} s")


@pytest.mark.parametrize("ways", [{"dtype": "float16"}, {"threads": 0}])
def test_an_impossible_way_to_calculate(where: Landscape, ways: Any) -> None:
    [name] = ways
    refused(ModelError, lambda: Ensemble(where, seed=1, **ways), f"`{name}`")


def test_magnetizations_that_are_no_unit_vectors(where: Landscape) -> None:
    ensemble = Ensemble(where, seed=1)
    for m in (np.full((3, 3), NAN), np.ones((3, 3)), np.eye(3)[:, :2]):
        refused(ModelError, lambda m=m: setattr(ensemble, "magnetization", m), "`magnetization`", "3 unit vectors")  # type: ignore[misc]


@pytest.mark.parametrize("value", [0.0, -0.1, NAN])
@pytest.mark.parametrize("name", ["damping", "energy_scale"])
def test_a_landscape_of_impossible_damping_or_temperature(where: Landscape, name: str, value: float) -> None:
    rows: Any = {name: np.array([1.0, value, 1.0])}
    refused(ModelError, lambda: Ensemble(replace(where, **rows), seed=1), f"`{name}`", "above 0", f"but is {value:g}")
