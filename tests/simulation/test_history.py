"""What a run records, against the path that it stores."""

import numpy as np
import pytest

from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.forces import Forces, Gain
from smtjlab.simulation.history import History, Watch
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import FloatArray, landscape_over_gates
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.spin_torques import SpinTransferTorque

STEP, N = 1e-12, 150


@pytest.fixture
def turned(soft: Junction) -> Junction:
    return soft.changed(hard_layer_angle=0.2, temperature=900.0)


def layers(junction: Junction) -> Forces:
    where = landscape_over_gates(junction, np.linspace(0.0, 0.6, N))
    return Forces(where, {}, (Gain("in_plane", "gate", where.in_plane_slope),))


def ensemble(junction: Junction, **ways: str) -> Ensemble:
    return Ensemble(layers(junction), seed=3, step=STEP, **ways)


def means(path: FloatArray, forces: Forces) -> dict[str, FloatArray]:
    """Return what a history's means should be, from m (samples, 3, n)."""
    x, y, z = path.transpose(1, 0, 2).astype(np.float64)
    conductance = forces.landscape.conductance(x, y)
    products = {"conductance": conductance, "conductance_squared": conductance**2, "m_x": x, "m_y": y, "m_z": z,
                "m_x_m_y": x * y, "m_y_squared": y * y, "m_z_squared": z * z}  # fmt: skip
    return {name: values.mean(axis=0) for name, values in products.items()}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("every", "drive"), [(1, False), (7, False), (7, True)])
def test_means_are_those_over_every_sampled_step(turned: Junction, every: int, drive: bool, dtype: str) -> None:
    waves = Drive(1e-9, {"gate": Waveform.piecewise([0, 1e-10], [0.0, 0.3])}) if drive else None
    history = ensemble(turned, dtype=dtype).run(400 * STEP, every=every, store=1, drive=waves)
    assert history.path.dtype == dtype
    rounding = 1e-12 if dtype == "float64" else 1e-6
    for name, expected in means(history.path[every - 1 :: every], layers(turned)).items():
        assert getattr(history, name) == pytest.approx(expected, rel=rounding, abs=rounding / 1000), name


def test_stored_steps_are_some_of_all_steps_and_have_their_times(turned: Junction) -> None:
    some, every_one = (ensemble(turned).run(400 * STEP, store=store) for store in (9, 1))
    assert (some.path == every_one.path[8::9]).all()
    assert some.time == pytest.approx(STEP * 9 * np.arange(1, 45), rel=1e-12)
    assert every_one.time[-1] == pytest.approx(400 * STEP)


def test_the_last_stored_step_is_where_the_ensemble_stands(turned: Junction) -> None:
    lived = ensemble(turned)
    assert (lived.run(40 * STEP, store=10).path[-1] == lived.magnetization).all()


def test_without_a_store_there_is_no_path(turned: Junction) -> None:
    history = ensemble(turned).run(40 * STEP)
    assert history.path.shape == (0, 3, N)
    assert len(history.time) == 0


def test_a_run_shorter_than_the_interval_is_sampled_at_its_end(turned: Junction) -> None:
    lived = ensemble(turned)
    history = lived.run(12 * STEP, every=1000)
    assert history.m_y == pytest.approx(lived.magnetization[1], abs=1e-15)


def crossings(path: FloatArray, every: int, direction: tuple[float, float, float], level: float) -> FloatArray:
    """Return the time in s of the first sampled step at which m.n is at most the level."""
    unit = np.array(direction) / np.linalg.norm(direction)
    below = np.einsum("sin,i->sn", path[every - 1 :: every], unit) <= level
    return np.where(below.any(axis=0), (below.argmax(axis=0) + 1) * every * STEP, np.nan)


@pytest.mark.parametrize("every", [1, 8])
def test_a_passage_is_the_first_sampled_step_at_or_below_the_level(turned: Junction, every: int) -> None:
    direction, level = (1.0, -2.0, 0.5), -0.4
    history = ensemble(turned).run(800 * STEP, every=every, store=1, watch=Watch(direction, level))
    expected = crossings(history.path, every, direction, level)
    assert 20 < np.count_nonzero(np.isfinite(expected)) < N - 20
    assert history.passage == pytest.approx(expected, nan_ok=True)


def test_each_run_looks_for_its_own_passage(turned: Junction) -> None:
    lived, watch = ensemble(turned), Watch((0, 0, 1), 0.0)
    first, second = (lived.run(400 * STEP, every=1, watch=watch).passage for _ in range(2))
    assert np.nanmax(second) <= 400.5 * STEP
    assert not np.array_equal(first, second, equal_nan=True)


def test_without_a_watch_nothing_passes(turned: Junction) -> None:
    history: History = ensemble(turned).run(40 * STEP)
    assert np.isnan(history.passage).all()


def test_a_switch_under_a_pulse_of_current_is_seen_when_it_happens(fig5: Junction) -> None:
    forces = SoftLayers([fig5.changed(temperature=0.0, dipole_field=0.0)], [SpinTransferTorque()]).forces()
    lived = Ensemble(forces, seed=1, step=0.5e-12)
    lived.magnetization = np.array([[np.cos(0.1)], [np.sin(0.1)], [0.0]])
    pulse = Drive(3e-9, {"current": Waveform.pulse(1.2e12, 2e-9)})
    history = lived.run(3e-9, drive=pulse, watch=Watch((1, 0, 0), 0.0), store=1)
    m_x = history.path[:, 0, 0]
    assert m_x[-1] < -0.9
    assert history.passage[0] == pytest.approx(history.time[np.argmax(m_x <= 0)], abs=4e-12)


@pytest.mark.parametrize("direction", [(0.0, 0.0, 0.0), (np.nan, 0.0, 1.0)])
def test_a_watch_needs_a_direction(direction: tuple[float, float, float]) -> None:
    with pytest.raises(ModelError, match="`direction` of a watch must be a finite vector that is not 0, but is"):
        Watch(direction)


def test_a_watch_needs_a_level_on_the_sphere() -> None:
    with pytest.raises(ModelError, match=r"`level` of a watch must be from -1 to 1, but is 1\.5"):
        Watch((1, 0, 0), 1.5)
