"""What must not matter: threads, company, blocks, and how time is cut; and how a run is watched and stopped."""

import dataclasses
import threading

import numpy as np
import pytest

from smtjlab.simulation import integration
from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.errors import Cancelled, ModelError
from smtjlab.simulation.forces import Forces, Gain
from smtjlab.simulation.history import History, Watch
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.macrospin import BLOCK, GROUP

STEP = 1e-12
SWEEP = Drive(1e-9, {"gate": Waveform.piecewise([0, 0.2e-9, 0.3e-9], [0.1, -0.05, 0.2])})

PULSE = Drive(1e-9, {"gate": Waveform.pulse(0.2, 48 * STEP, start=24 * STEP)})
"""Its edges are ideal, at the ends of steps at which a run may be cut."""


def layers(junction: Junction, n: int, *, torques: bool = False) -> Forces:
    """Return n different layers; the first ones do not depend on n."""
    where = landscape_over_gates(junction, np.linspace(0.0, 0.6, 2000)[:n])
    rows = {"spin_x": np.linspace(0, 3e4, 2000)[:n]} if torques else {}
    return Forces(where, rows, (Gain("in_plane", "gate", where.in_plane_slope),))


def lived(junction: Junction, n: int = 300, duration: float = 256 * STEP, torques: bool = False,
          drive: Drive | None = None, **ways: int) -> tuple[Ensemble, History]:  # fmt: skip
    ensemble = Ensemble(layers(junction, n, torques=torques), seed=5, step=STEP, **ways)
    history = ensemble.run(duration, every=3, store=5, drive=drive, watch=Watch((0, 1, 0), 0.1))
    return ensemble, history


def same(one: tuple[Ensemble, History], other: tuple[Ensemble, History], n: int | None = None) -> bool:
    """Return whether the first n trajectories ended, and were recorded, the same to the last bit."""
    names = [field.name for field in dataclasses.fields(History) if field.name != "step"]
    pairs = [(getattr(one[1], name), getattr(other[1], name)) for name in names]
    pairs.append((one[0].magnetization, other[0].magnetization))
    return all(np.array_equal(a[..., :n], b[..., :n], equal_nan=True) for a, b in pairs)


@pytest.mark.parametrize("drive", [None, SWEEP])
@pytest.mark.parametrize("threads", [2, 3, None])
def test_threads_change_no_bit(soft: Junction, drive: Drive | None, threads: int | None) -> None:
    n = 8 * BLOCK + 77
    assert same(lived(soft, n, drive=drive), lived(soft, n, drive=drive, threads=threads))


@pytest.mark.parametrize("n", [1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 300])
@pytest.mark.parametrize("torques", [False, True])
def test_company_changes_no_bit(soft: Junction, n: int, torques: bool) -> None:
    # Blocks hold 128 trajectories, the last of them repeated where there are fewer.
    assert same(lived(soft, n, torques=torques), lived(soft, 400, torques=torques), n)


def test_trajectories_are_numbered_on_from_the_first(soft: Junction) -> None:
    whole = Ensemble(layers(soft, 300), seed=5, step=STEP)
    part = Ensemble(layers(soft, 300).at(slice(130, 300)), seed=5, step=STEP, first=130)
    assert (whole.magnetization[:, 130:] == part.magnetization).all()
    assert (whole.run(2e-10).m_x[130:] == part.run(2e-10).m_x).all()


@pytest.mark.parametrize("drive", [None, SWEEP, PULSE])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pieces_of_time_change_no_bit(
    soft: Junction, monkeypatch: pytest.MonkeyPatch, drive: Drive | None, dtype: str
) -> None:
    whole = lived(soft, drive=drive, dtype=dtype)
    # Pieces of 12 steps, in which neither every third nor every fifth step begins anew.
    monkeypatch.setattr(integration, "_PATIENCE", 12 * 3 * BLOCK)
    assert same(whole, lived(soft, drive=drive, dtype=dtype))


def test_an_ideal_edge_is_the_mean_of_its_sides(soft: Junction) -> None:
    edges = [0.0, 0.0, 0.0, 0.1, 0.2, 0.2, 0.1, 0.0]
    steep = Waveform.piecewise(np.array([0, 22, 23, 24, 25, 71, 72, 73]) * STEP, edges)
    pulsed, steeped = (lived(soft, drive=Drive(1e-9, waves)) for waves in (PULSE.signals, {"gate": steep}))
    assert pulsed[0].magnetization == pytest.approx(steeped[0].magnetization, abs=1e-12)


def test_two_runs_are_one_run_cut_in_two(soft: Junction) -> None:
    whole, _ = lived(soft, duration=400 * STEP)
    cut, _ = lived(soft, duration=148 * STEP)
    cut.run(252 * STEP)
    assert (whole.magnetization == cut.magnetization).all()


def test_a_change_of_junction_leaves_the_magnetization_where_it_is(soft: Junction) -> None:
    ensemble, _ = lived(soft, n=5)
    before = ensemble.magnetization.copy()
    ensemble.change(layers(soft.changed(damping=0.7), 5))
    assert ensemble.magnetization == pytest.approx(before, abs=1e-15)


def test_the_same_seed_repeats_and_another_does_not(soft: Junction) -> None:
    one, again, other = (Ensemble(layers(soft, 50), seed=seed).run(1e-10).m_y for seed in (1, 1, [1, 2]))
    assert (one == again).all()
    assert not (one == other).any()


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_rises_to_one(soft: Junction, threads: int) -> None:
    told: list[float] = []
    ensemble = Ensemble(layers(soft, 20 * BLOCK), seed=1, step=STEP, threads=threads)
    ensemble.run(40e-9, progress=told.append)
    assert told == sorted(told)
    assert len(told) > 2
    assert told[-1] == 1


@pytest.mark.parametrize("threads", [1, 2])
def test_a_cancelled_run_leaves_a_usable_ensemble(soft: Junction, threads: int) -> None:
    cancel, told = threading.Event(), []
    ensemble = Ensemble(layers(soft, 20 * BLOCK), seed=1, step=STEP, threads=threads)

    def progress(fraction: float) -> None:
        told.append(fraction)
        cancel.set()

    with pytest.raises(Cancelled, match="was cancelled"):
        ensemble.run(100e-9, progress=progress, cancel=cancel)
    assert max(told) < 0.5
    assert np.linalg.norm(ensemble.magnetization, axis=0) == pytest.approx(1, abs=1e-12)
    assert np.isfinite(ensemble.run(GROUP * STEP).conductance).all()


def test_what_is_cancelled_before_it_begins_does_not_begin(soft: Junction) -> None:
    cancel = threading.Event()
    cancel.set()
    ensemble = Ensemble(layers(soft, 5), seed=1, step=STEP)
    before = ensemble.magnetization.copy()
    with pytest.raises(Cancelled, match="was cancelled"):
        ensemble.run(1e-9, cancel=cancel)
    assert (ensemble.magnetization == before).all()


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_who_listens_to_progress_gets_out(soft: Junction, threads: int) -> None:
    def progress(_: float) -> None:
        raise ZeroDivisionError("A listener failed.")

    with pytest.raises(ZeroDivisionError, match="listener"):
        Ensemble(layers(soft, 20 * BLOCK), seed=1, step=STEP, threads=threads).run(5e-9, progress=progress)


def test_trajectories_that_are_lost_are_counted(soft: Junction) -> None:
    noise = np.zeros((4, 3, 5))
    noise[0, 0, 1:3] = np.inf
    with pytest.raises(ModelError, match="must stay finite, but 2 of 5 did not: take a smaller `step`"):
        Ensemble(layers(soft, 5), seed=1, step=STEP).follow(noise)
