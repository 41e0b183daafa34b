import numpy as np
import pytest
from scipy import stats

from smtjlab.simulation.ensemble import kernel_parameters
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT
from smtjlab.simulation.landscape import Landscape, landscape_over_gates
from smtjlab.simulation.macrospin import BLOCK, SUMS, evolve, evolve_given, normals_of, random_words
from smtjlab.simulation.static import static_angle


def generators(n: int, seed: int = 1) -> np.ndarray:
    return random_words(seed, np.arange(n, dtype=np.uint64), 4).copy()


def reference(where: Landscape, m: np.ndarray, noise: np.ndarray, dt: float) -> np.ndarray:
    """Return the path of plain Heun steps in SI units, with np.cross."""

    def rate(m, h):
        field = np.stack([where.field_x + h[0], where.field_y - where.in_plane * m[1] + h[1], h[2]])
        field[2] -= where.out_of_plane * m[2]
        turning = np.cross(m, field, axis=0)
        damped = np.cross(m, turning, axis=0)
        return -GYROMAGNETIC_CONSTANT / (1 + where.damping**2) * (turning + where.damping * damped)

    with np.errstate(divide="ignore"):
        sigma = np.sqrt(2 * where.damping / (GYROMAGNETIC_CONSTANT * where.energy_scale * dt))
    path = []
    for normals in noise:
        k = rate(m, sigma * normals)
        m = m + dt / 2 * (k + rate(m + dt * k, sigma * normals))
        m = m / np.linalg.norm(m, axis=0)
        path.append(m)
    return np.array(path)


def tilted(n: int) -> np.ndarray:
    phi, latitude = np.linspace(0.1, 1.5, n), np.linspace(-0.05, 0.05, n)
    return np.stack([np.cos(latitude) * np.cos(phi), np.cos(latitude) * np.sin(phi), np.sin(latitude)])


def test_given_noise_leads_along_the_path_of_plain_numpy(soft):
    where = landscape_over_gates(soft.changed(hard_layer_angle=0.1, stress_axis="major"), np.linspace(0, 0.6, 7))
    noise = np.random.default_rng(1).standard_normal((500, 3, 7))
    path = np.empty_like(noise)
    evolve_given(kernel_parameters(where, 1e-12), tilted(7), noise, path)
    assert np.abs(path - reference(where, tilted(7), noise, 1e-12)).max() < 1e-10


def test_the_ensemble_takes_the_same_steps_as_the_given_noise_path(soft):
    where = landscape_over_gates(soft, np.linspace(0, 0.6, BLOCK))
    drawn, of_kernel = generators(BLOCK), generators(BLOCK)
    noise = np.empty((40, 6, BLOCK), dtype=np.float32)
    for two_steps in noise:
        normals_of(drawn, two_steps)
    path = np.empty((80, 3, BLOCK))
    evolve_given(kernel_parameters(where, 1e-12), tilted(BLOCK), noise.reshape(80, 3, BLOCK).astype(float), path)
    state = np.ascontiguousarray(tilted(BLOCK))
    evolve(kernel_parameters(where, 1e-12), state, of_kernel, np.zeros((len(SUMS), BLOCK)), 80, 0)
    assert state == pytest.approx(path[-1], abs=1e-12)
    assert (of_kernel == drawn).all()


def test_without_noise_the_error_falls_with_the_square_of_the_step(fig5):
    where = landscape_over_gates(fig5.changed(temperature=0.0), np.array([0.3]))

    def end(steps: int) -> np.ndarray:
        dt = 64e-12 / steps
        return reference(where, tilted(1), np.zeros((steps, 3, 1)), dt)[-1]

    def kernel(steps: int) -> np.ndarray:
        state = np.ascontiguousarray(tilted(1))
        parameters = kernel_parameters(where, 64e-12 / steps)
        evolve(parameters, state, generators(1), np.zeros((len(SUMS), 1)), steps, 0)
        return state

    exact = kernel(64 * 64)
    errors = [np.abs(kernel(steps) - exact).max() for steps in (64, 128, 256)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx([2, 2], abs=0.1)
    assert kernel(64) == pytest.approx(end(64), abs=1e-12)


def test_numbers_depend_on_the_trajectory_and_not_on_the_company(soft):
    def final(n: int) -> np.ndarray:
        state, where = tilted(200)[:, :n].copy(), landscape_over_gates(soft, np.linspace(0, 0.6, 200)[:n])
        sums = np.zeros((len(SUMS), n))
        evolve(kernel_parameters(where, 1e-12), state, generators(n), sums, 200, 3)
        return np.concatenate([state, sums])

    assert (final(200)[:, :70] == final(70)).all()
    assert (final(200)[:, :1] == final(1)).all()


def test_other_seeds_give_other_words():
    assert not (generators(100, 1) == generators(100, 2)).any()
    assert len(np.unique(generators(1000))) == 4000


def test_the_noise_is_normal_and_white():
    # 1.2e6 numbers; each of the checks fails by chance once in 10 000 seeds or less.
    states, draws = generators(BLOCK, 4), np.empty((3200, 6, BLOCK), dtype=np.float32)
    for draw in draws:
        normals_of(states, draw)
    x = draws.astype(float)
    n = x.size
    assert abs(x.mean()) < 4 / np.sqrt(n)
    assert abs(x.var() - 1) < 4 * np.sqrt(2 / n)
    assert abs((x**4).mean() - 3) < 4 * np.sqrt(96 / n)
    assert stats.kstest(x.ravel()[:300_000], "norm").pvalue > 1e-4
    for one, other in ((x[:-1], x[1:]), (x[:, :-1], x[:, 1:]), (x[:, :, :-1], x[:, :, 1:])):
        assert abs((one * other).mean()) < 4 / np.sqrt(one.size)


@pytest.mark.parametrize("gate", [0.0, 0.27, 0.3, 0.6])
def test_cold_magnetizations_relax_to_the_static_angle(fig5, gate):
    where = landscape_over_gates(fig5.changed(temperature=0.0), np.array([gate]))
    state = np.ascontiguousarray(tilted(1))
    evolve(kernel_parameters(where, 1e-12), state, generators(1), np.zeros((len(SUMS), 1)), 20_000, 0)
    assert np.arctan2(state[1], state[0]) == pytest.approx(static_angle(where), abs=1e-6)
    assert state[2] == pytest.approx(0, abs=1e-6)


def test_small_oscillations_have_the_kittel_frequency(fig5):
    where = landscape_over_gates(fig5.changed(temperature=0.0, damping=1e-3), np.array([0.3]))
    angle = static_angle(where)[0] + 1e-3
    state = np.array([[np.cos(angle)], [np.sin(angle)], [0.0]])
    path = reference(where, state, np.zeros((8000, 3, 1)), 0.5e-12)[:, 2, 0]
    kernel = np.empty((8000, 3, 1))
    evolve_given(kernel_parameters(where, 0.5e-12), state, np.zeros((8000, 3, 1)), kernel)
    assert kernel[:, 2, 0] == pytest.approx(path, abs=1e-12)
    rising = np.flatnonzero((path[:-1] < 0) & (path[1:] >= 0))
    assert (len(rising) - 1) / (rising[-1] - rising[0]) / 0.5e-12 == pytest.approx(4.902e9, rel=2e-3)
