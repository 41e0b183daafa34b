"""Two states that take turns: populations, shares of time, and times cut into pieces."""

import math

import numpy as np
import pytest

from smtjlab.simulation import occupancy
from smtjlab.simulation.occupancy import TwoStates

COUNT = 20_000


def first_after(process, pieces, seed):
    rng = np.random.default_rng(seed)
    first = np.ones(COUNT, dtype=bool)
    for duration in pieces:
        first = process.after(first, duration, rng)
    return first.mean()


def same(process):
    return TwoStates(np.repeat(np.asarray(process, dtype=float)[:, None], COUNT, axis=1))


def test_one_time_and_twenty_pieces_of_it_lead_to_the_same_populations() -> None:
    """Each share of 20 000 is beyond 4.5 of its sigma once in 150 000."""
    process = same([0.3, 0.5])
    expected = 0.625 + 0.375 * math.exp(-0.8 * 2)
    sigma = math.sqrt(expected * (1 - expected) / COUNT)
    assert abs(first_after(process, [2.0], 1) - expected) < 4.5 * sigma
    assert abs(first_after(process, [0.1] * 20, 2) - expected) < 4.5 * sigma


def test_shares_of_time_in_pieces_are_those_of_the_whole() -> None:
    """Mean shares of processes that begin in the first state; each is beyond 4.5 sigma once in 150 000."""
    process = same([3.0, 1.0])
    expected = 0.25 + 0.75 * (1 - math.exp(-4 * 0.5)) / (4 * 0.5)
    rng = np.random.default_rng(3)
    whole, _ = process.spent(np.ones(COUNT, bool), 0.5, rng)
    first, pieces = np.ones(COUNT, bool), []
    for _ in range(5):
        share, first = process.spent(first, 0.1, rng)
        pieces.append(share)
    for shares in (whole, np.mean(pieces, axis=0)):
        assert abs(shares.mean() - expected) < 4.5 * shares.std() / math.sqrt(COUNT)
    assert np.mean(pieces, axis=0).std() == pytest.approx(whole.std(), rel=0.03)


def test_the_state_after_a_share_follows_the_same_law_as_without() -> None:
    """A share of 20 000 is beyond 4.5 of its sigma once in 150 000."""
    process = same([3.0, 1.0])
    _, last = process.spent(np.ones(COUNT, bool), 0.5, np.random.default_rng(5))
    expected = 0.25 + 0.75 * math.exp(-2)
    assert abs(last.mean() - expected) < 4.5 * math.sqrt(expected * (1 - expected) / COUNT)


def test_shares_by_their_central_limit_are_those_with_every_change_drawn(monkeypatch) -> None:
    """Mean and spread of 20 000 shares; each is beyond 4.5 sigma once in 150 000."""
    process, start = same([900.0, 600.0]), np.ones(COUNT, bool)
    limit, _ = process.spent(start, 1.0, np.random.default_rng(1))
    monkeypatch.setattr(occupancy, "FEW", 1e9)
    drawn, _ = process.spent(start, 1.0, np.random.default_rng(2))
    assert abs(limit.mean() - drawn.mean()) < 4.5 * math.hypot(limit.std(), drawn.std()) / math.sqrt(COUNT)
    assert limit.std() == pytest.approx(drawn.std(), rel=4.5 * math.sqrt(1 / COUNT))


def test_stationary_populations_do_not_change_and_currents_balance() -> None:
    process = TwoStates(np.array([[1e-3, 5.0, 2e6], [4.0, 5.0, 1e-9]]))
    p = process.stationary
    assert p * process.leave[0] == pytest.approx((1 - p) * process.leave[1], rel=1e-12)
    start = np.random.default_rng(1).random((COUNT, 3)) < p
    after = np.array([process.after(row, 0.3, np.random.default_rng(i)) for i, row in enumerate(start[:4000])])
    assert np.abs(after.mean(axis=0) - p) == pytest.approx(0, abs=4.5 * 0.5 / math.sqrt(4000))


def test_a_well_that_is_never_left_stays_and_draws_nothing() -> None:
    process, first = TwoStates(np.zeros((2, 3))), np.array([True, False, True])
    rng = np.random.default_rng(1)
    before = rng.bit_generator.state
    assert (process.after(first, 1e9, rng) == first).all()
    share, last = process.spent(first, 1e9, rng)
    assert (share == first).all()
    assert (last == first).all()
    assert rng.bit_generator.state == before
