"""Runs on virtual benches whose hidden truth is known to the test alone: chi-square must see what is wrong.

The model's seed is new in every run. A right belief is rejected by chance in one run of a thousand, so each test of
that kind has a false-alarm rate of 0.001.
"""

import pytest

from smtjlab.instruments.bench import find_bench
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.start import measure
from smtjlab.simulation.junction import Junction

SWEEP = TransferCurve(start=0.2, stop=0.4, points=21)


@pytest.fixture
def judge(tmp_path, out):
    """Return a function that measures a true junction with a belief about it, and returns the verdict."""

    def run(truth, belief, model):
        truth.save(tmp_path / "truth.toml")
        belief.save(tmp_path / "belief.toml")
        packaged = find_bench("virtual").read_text(encoding="utf-8")
        text = packaged.partition("[truth.device]")[0] + '[truth.device]\njunction = "truth.toml"\n'
        (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
        return measure(
            SWEEP,
            bench=str(tmp_path / "bench.toml"),
            junction=str(tmp_path / "belief.toml"),
            model=model,
            out=out,
        ).verdict()

    return run


@pytest.fixture
def fig5():
    return Junction.preset("fig5")


@pytest.fixture
def soft(fig5):
    """A junction of a hundredth of the volume, which 300 K move visibly."""
    return fig5.changed(major_axis=80e-9, minor_axis=70e-9)


def test_a_right_belief_is_not_rejected(judge, fig5):
    verdict = judge(fig5, fig5, "sllg")
    assert verdict["agrees"]
    assert verdict["dof"] == 42


def test_a_wrong_belief_is_rejected(judge, fig5):
    verdict = judge(fig5, fig5.changed(dipole_field=1.02 * fig5.dipole_field), "sllg")
    assert not verdict["agrees"]
    assert verdict["p_value"] < 1e-6


def test_a_soft_volume_agrees_with_sllg(judge, soft):
    assert judge(soft, soft, "sllg")["agrees"]


def test_a_soft_volume_does_not_agree_with_static(judge, soft):
    assert not judge(soft, soft, "static")["agrees"]
