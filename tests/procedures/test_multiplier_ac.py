"""A multiplier at ac through the wire: as fast as the circuit around its true junction, and off at every end."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.errors import LimitError
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.virtual.truth import read_truth
from smtjlab.procedures.control import StopNow
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.find import packaged_procedures
from smtjlab.procedures.multiplier_ac import MultiplierAc
from smtjlab.procedures.row import Row
from smtjlab.simulation.circuit_at_ac import CircuitAtAc
from smtjlab.simulation.inference.amplitude_response import amplitude_response
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.toml_file import TomlFile

SMALL = MultiplierAc(points=9, peaks=2, distorted=1, edges=6)
BETWEEN = ("device.top", "device.bottom", "device.back")


class Rows(list[Row]):
    """What the engine gives a loop, kept in a list; it is told to stop at once after some rows."""

    stopping = False

    def __init__(self, at_most: int = 1000) -> None:
        super().__init__()
        self._at_most = at_most

    @property
    def count(self) -> int:
        return 0

    def add(self, values: dict[str, Any]) -> None:
        self.append(Row(values=values, time=0.0))
        if len(self) == self._at_most:
            raise StopNow

    def add_facts(self, **facts: Any) -> None:
        assert facts == {"between": list(BETWEEN)}

    def progress(self, percent: float) -> None:
        assert 0 < percent <= 100


def true_junction(bench: Bench) -> Junction:
    assert bench.virtual is not None
    truth = read_truth(TomlFile.read(bench.path), bench.virtual.seed, bench.devices, bench.magnets)
    return truth.devices["device"].junction


def measured(bench: str) -> tuple[Rows, CircuitAtAc]:
    """Return the records of a bench and its circuit with the junction that is really there."""
    rows = Rows()
    with open_bench(f"{bench}@smtj") as opened:
        SMALL.run(opened, rows)  # type: ignore[arg-type]
    stated = Bench.load(bench)
    return rows, CircuitAtAc(circuit_of(stated), true_junction(stated), SMALL.gate, BETWEEN)


@pytest.fixture(scope="module")
def found() -> tuple[Rows, CircuitAtAc]:
    return measured("multiplier_ac")


def test_it_is_found_by_its_name() -> None:
    assert packaged_procedures()["multiplier-ac"] is MultiplierAc


def test_every_record_is_kept_as_it_came(found: tuple[Rows, CircuitAtAc]) -> None:
    rows, _ = found
    assert len(rows) == SMALL.planned_rows() == 9 + 1 + 6
    assert {row.values["kind"] for row in rows[:10]} == {"sine"}
    assert all(len(row.values["output"]) == SMALL.samples for row in rows)
    assert set(rows[0].values) == set(MultiplierAc.columns())


def test_bandwidth_and_settling_are_those_of_the_circuit_around_the_true_junction(
    found: tuple[Rows, CircuitAtAc],
) -> None:
    """Within four standard uncertainties and, of few frequencies, what lies between them: the seed is fixed."""
    rows, truth = found
    figures = SMALL.figures(rows)
    frequency = np.array([one.frequency for one in figures.largest])
    wanted = amplitude_response(frequency, truth.response(frequency))
    for name in ("bandwidth", "amplitude_error_frequency", "gain"):
        one, other = figures.response.estimate(name), wanted.estimate(name)
        assert one is not None
        assert other is not None
        assert one.value == pytest.approx(other.value, abs=4 * one.uncertainty)
    assert figures.settling is not None
    exact = truth.settling(SMALL.band, SMALL.window)
    assert figures.settling.value == pytest.approx(exact, abs=4 * figures.settling.uncertainty)


def test_an_ohmic_junction_shows_no_distortion(found: tuple[Rows, CircuitAtAc]) -> None:
    assert not SMALL.figures(found[0]).distortion.seen


def bent(cubic: float, rng: np.random.Generator) -> list[Row]:
    """Return records of an output 0.34 x + `cubic` x^3 in V, with scatter, each sample rounded to one of 256 levels."""

    def seen(volts: np.ndarray, full: float) -> list[float]:
        return (np.round((volts + 0.005 * full * rng.standard_normal(len(volts))) * 127 / full) * full / 127).tolist()

    rows = []
    for shot in SMALL.shots:
        time = np.linspace(0, shot.duration, SMALL.samples, endpoint=False)
        x = shot.peak * np.sin(2 * np.pi * shot.frequency * time)
        x = x if shot.kind == "sine" else shot.peak * np.sign(time - shot.duration / 2)
        told = {"kind": shot.kind, "frequency": shot.frequency, "interval": float(time[1]), "gain_error": 0.02}
        rows.append(Row(values=told | {"input": seen(x, 0.2), "output": seen(0.34 * x + cubic * x**3, 0.08)}, time=0.0))
    return rows


def test_the_distortion_of_a_cubic_is_a_quarter_of_its_share() -> None:
    """(c p^2/4)/(g + 3 c p^2/4) within four standard uncertainties, and half the peak has a quarter of it."""
    sines = SMALL.figures(bent(0.5, np.random.default_rng(1))).sines
    for one in (sines[0], sines[-1]):
        share = 0.5 * one.peak**2
        wanted = share / 4 / (0.34 + 3 * share / 4)
        assert one.seen or wanted < 0.005
        assert one.distortion.value == pytest.approx(wanted, abs=4 * one.distortion.uncertainty)


def test_a_stop_leaves_generator_and_gate_off() -> None:
    rows = Rows(at_most=2)
    with open_bench("multiplier_ac@smtj") as bench:
        with pytest.raises(StopNow):
            SMALL.run(bench, rows)  # type: ignore[arg-type]
        assert not bench.drivers["generator"].output_is_on()
        assert bench.drivers["gate"].output_is_on()  # held, until the engine makes safe
        assert bench.make_safe().safe
        assert not bench.drivers["gate"].output_is_on()


def test_a_clipped_record_is_left_out_and_told(found: tuple[Rows, CircuitAtAc]) -> None:
    rows = list(found[0])
    spoilt = rows[-1].values | {"output": [None, *rows[-1].values["output"][1:]]}
    told = SMALL.figures([*rows[:-1], Row(values=spoilt, time=0.0)]).remarks
    assert any(re.match("1 records? w.* clipped", one) for one in told)


def test_a_peak_beyond_the_limits_is_refused_before_anything_moves() -> None:
    with pytest.raises(LimitError, match="generator"):
        MultiplierAc(input=0.3).check_bench(Bench.load("multiplier_ac"))
    with pytest.raises(LimitError, match="gate"):
        MultiplierAc(gate=0.7).check_bench(Bench.load("multiplier_ac"))


@pytest.mark.parametrize("bench", ["virtual", "multiplier"])
def test_a_bench_without_generator_is_refused(bench: str) -> None:
    with pytest.raises(ProcedureMistake, match=r"names none|`generator`|resistance of 'series'"):
        MultiplierAc().check_bench(Bench.load(bench))


def test_an_oscilloscope_at_another_node_is_refused() -> None:
    bench = Bench.load("multiplier_ac")
    moved = SimpleNamespace(
        instruments=bench.instruments, wiring={**bench.wiring, "scope.ch1.hi": "device.bottom"}, name=bench.name
    )
    with pytest.raises(ProcedureMistake, match=r"`scope\.ch1\.hi` must be at the node of `generator\.out\.hi`"):
        MultiplierAc()._check_wiring(moved)  # type: ignore[arg-type]
