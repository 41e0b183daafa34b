"""A matrix in a crossbar: programmed, multiplied with vectors through the wire, resumed, and refused where need be.

The bench is a corner of the packaged crossbar in this process; nobody here knows its junctions.
"""

import json
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Setpoint
from smtjlab.procedures.beside_circuit import BesideCircuit
from smtjlab.procedures.course import check_within
from smtjlab.procedures.errors import ParameterError, ProcedureMistake
from smtjlab.procedures.find import packaged_procedures
from smtjlab.procedures.matrix_product import MatrixProduct
from smtjlab.procedures.matrix_text import matrix_of, matrix_text
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.models import Model

BELIEF = Belief.preset("fig5-die")
SIGNED = MatrixProduct(size=2, matrix="1 -0.5; 0 0.25", vectors="1 0; -1 0.5", averaging=1)


def toml_of(tables):
    """Return tables of texts, numbers and lists as TOML, which writes these as JSON does."""
    inner = {name: one for name, one in tables.items() if isinstance(one, dict)}
    lines = [f"{json.dumps(name)} = {json.dumps(one)}" for name, one in tables.items() if name not in inner]
    for name, one in inner.items():
        flat = not any(isinstance(value, dict) for value in one.values())
        parts = {f"[{name}]": one} if flat else {f"[{name}.{key}]": value for key, value in one.items()}
        lines += [f"{head}\n{toml_of(part)}" for head, part in parts.items()]
    return "\n".join(lines) + "\n"


def corner(folder, rows, columns):
    """Return a bench with the first rows and columns of the packaged crossbar: a small one answers soon."""
    found = {name: tomllib.loads((PACKAGED / name).read_text()) for name in ("crossbar.toml", "circuits/crossbar.toml")}
    bench, circuit = found.values()
    near = [(i, j) for i in range(1, rows + 1) for j in range(1, columns + 1)]
    cells = {f"d{i}{j}" for i, j in near}
    ends = {f"row{i}" for i in range(1, rows + 1)} | {f"column{j}" for j in range(1, columns + 1)}
    wires = {f"row{i}_{j}" for i, j in near} | {f"column{j}_{i}" for i, j in near}
    nodes = {f"gate{i}{j}" for i, j in near} | {f"out{i}" for i, _ in near} | {f"in{j}" for _, j in near}
    for table, kept in (("junctions", cells), ("resistors", wires), ("voltage_sources", ends)):
        circuit[table] = {name: one for name, one in circuit[table].items() if name in kept}
    driven = {"gates1", "gates2", "columns"} | ends
    for table, kept in (("instruments", driven), ("limits", driven), ("truth", cells)):
        bench[table] = {name: one for name, one in bench[table].items() if name in kept}
    nodes |= {"back1", "back2", "ground"}
    bench["wiring"] = {
        pin: node
        for pin, node in bench["wiring"].items()
        if pin.partition(".")[0] in driven and node.removeprefix("circuit.") in nodes
    }
    (folder / "circuits").mkdir()
    for name, tables in found.items():
        (folder / name).write_text(toml_of(tables))
    return f"{folder / 'crossbar.toml'}@smtj"


def measured(procedure, bench="crossbar@smtj"):
    """Return the readings of a procedure on the crossbar in this process, up to where it wants no more."""
    readings = []
    with open_bench(bench) as bench:
        circuit = procedure.reached(bench)
        circuit.check(procedure.setpoints())
        procedure.prepare(circuit)
        while (proposal := procedure.propose(readings, BELIEF)).setpoint is not None:
            check_within(procedure.candidates(), proposal.setpoint, len(readings))
            readings.append(procedure.measure(circuit, proposal.setpoint))
    return readings


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return corner(tmp_path_factory.mktemp("corner"), 4, 2)


@pytest.fixture(scope="module")
def readings(place):
    return measured(SIGNED, place)


def driven_columns(reading):
    """Return the levels of the columns in V."""
    return [level for name, level in reading.setpoint.levels.items() if name.startswith("columns.")]


def worst_of(figures, number):
    """Return the largest deviation in standard uncertainties, and what `number` of them pass with a chance of 1e-4."""
    from scipy.special import ndtri

    return np.abs((figures.measured - figures.exact) / figures.uncertainty).max(), -ndtri(0.5e-4 / number)


def test_it_has_a_name_and_a_bench():
    assert packaged_procedures()["matrix-product"] is MatrixProduct
    assert MatrixProduct.virtual_bench == "crossbar"


def test_every_conductance_is_programmed_to_its_tolerance(readings):
    (crossing,) = SIGNED.course(readings, BELIEF).crossings
    assert np.abs(crossing.conductances - crossing.targets).max() <= SIGNED.wish.tolerance
    assert crossing.rounds.max() <= 5


def test_signed_weights_and_zero_are_pairs_about_the_middle():
    plus, minus = SIGNED.wish.targets[0][0::2], SIGNED.wish.targets[0][1::2]
    assert (plus - minus) / SIGNED.scale == pytest.approx(np.array([[1, -0.5], [0, 0.25]]))
    assert plus[1, 0] == minus[1, 0] == pytest.approx((SIGNED.lowest + SIGNED.highest) / 2)


def test_the_product_is_the_exact_one_within_its_stated_uncertainty(readings):
    """False alarms: 1e-4 for all entries together, were their errors normal; those of programming are bounded."""
    figures = SIGNED.figures(readings, BELIEF)
    assert figures.exact == pytest.approx(np.array([[1.5, -0.25], [-0.25, 0.125]]))
    worst, bound = worst_of(figures, figures.exact.size)
    assert worst < bound


def test_the_model_beside_it_agrees(place, readings):
    """At the false-alarm rate of a verdict, 0.1 %; leads of 2 ohm to the columns are known to it."""
    beside = BesideCircuit(
        circuit_of(Bench.load(place.partition("@")[0])).to_dict(), BELIEF, Model.BOLTZMANN, seed=1, copies=32
    )
    for reading in readings:
        beside.answer(reading)
    found = beside.verdict()
    assert found.agrees
    # Its standard deviation is sqrt(2/n), and the seeds are fixed.
    assert found.chi_square / found.dof == pytest.approx(1, abs=3 * (2 / len(readings)) ** 0.5)


def test_columns_that_nobody_drives_are_held_and_their_errors_told(place):
    with open_bench(place) as bench:
        setpoint = Setpoint(levels={"columns.ch1": 0.1, "gates1.ch1": 0.3}, meter="row1")
        bench.circuit.check([setpoint])
        bench.circuit.prepare(largest_outputs={})
        bench.circuit.apply(setpoint)
        reading = bench.circuit.read()
    assert reading.levels["columns.ch2"] == 0
    assert reading.uncertainty.levels["columns.ch2"]["columns.ch2 voltage offset (2 V)"] > 0


def test_one_column_at_a_time_gives_the_same_product(place):
    """False alarms: 1e-4, as above."""
    procedure = replace(SIGNED, driven="column")
    readings = measured(procedure, place)
    figures = procedure.figures(readings, BELIEF)
    alone = [one for one in readings if one.setpoint.branch == "product" and any(driven_columns(one))]
    assert {sum(map(bool, driven_columns(one))) for one in alone} == {1}
    worst, bound = worst_of(figures, figures.exact.size)
    assert worst < bound


def test_a_run_that_stops_goes_on_with_the_same_proposals(readings):
    for taken in (0, 5, len(readings) // 2, len(readings) - 1):
        found = MatrixProduct.from_values(SIGNED.parameter_values()).propose(readings[:taken], BELIEF)
        assert found.setpoint == readings[taken].setpoint


def test_readings_of_another_course_are_refused(readings):
    with pytest.raises(ProcedureMistake, match="must be of `row1`, but is of `row2`"):
        SIGNED.propose([one for one in readings if one.setpoint.meter == "row2"], BELIEF)


def test_what_is_proposed_must_have_been_checked():
    known = SIGNED.candidates()[0].levels
    for levels, meter, words in (
        (known | {"gates1.ch1": 1.3}, "row1", "`gates1.ch1` of point 3 is 1.3"),
        (known | {"gates3.ch1": 0.3}, "row1", "none at all"),
        (known, "row8", "to be read by 'row8'"),
    ):
        with pytest.raises(ProcedureMistake, match=words):
            check_within(SIGNED.candidates(), Setpoint(levels=levels, meter=meter), 2)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"size": 2, "matrix": "1 2 3; 4 5 6"}, "`matrix` must be square, but has 2 rows and 3 columns"),
        ({"size": 3, "matrix": "1 0; 0 1"}, "`matrix` must have `size` 3 rows, but has 2"),
        ({"size": 2, "matrix": "1 0; 0"}, "Rows of `matrix` must be equally long, but have 2, 1 entries"),
        ({"size": 2, "matrix": "1 0; 0 2"}, "within ±`full_scale` 1, but holds an entry of the size 2"),
        ({"size": 2, "matrix": "1 0; 0 nan"}, "`matrix` must be finite, but is nan in row 2, column 2"),
        ({"size": 2, "matrix": "1 0; 0 one"}, "but has 'one', which is no number"),
        ({"matrix": "none.csv"}, "`matrix` must be a file that can be read"),
        ({"size": 2, "vectors": "1; 2; 3"}, "`vectors` must have `size` 2 entries each"),
        ({"size": 2, "vectors": "1; inf"}, "`vectors` must be finite, but is inf in row 2, column 1"),
        ({"size": 2, "vectors": "1; -1.5"}, "must be within ±1, but one has the size 1.5"),
        ({"size": 2, "vectors": "0; 0"}, "must have an entry that is not 0"),
        ({"size": 2, "matrix": "0 0; 0 0"}, "The product must have an entry that is not 0"),
        ({"lowest": 6e-4, "highest": 5e-4}, "`lowest` must be below `highest`"),
        ({"lowest_gate": -0.1}, "Gates must keep their sign"),
        ({"size": 8, "at_most": 400}, "`at_most` must leave two rounds and the product, 432 readings, but is 400"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(values, sentence):
    with pytest.raises(ParameterError) as told:
        MatrixProduct(**values)
    assert sentence in str(told.value)


def test_conductances_that_no_gate_gives_are_refused_before_anything_moves():
    with pytest.raises(ProcedureMistake, match=r"which gates of 0\.25 to 1\.2 V are believed to give"):
        MatrixProduct(highest=7e-4).foretold(None, BELIEF)


def test_a_file_that_is_none_too_large_or_no_text_is_refused_before_it_is_read(tmp_path):
    for name, content, words in (
        ("folder.csv", None, "must be a file of rows, but"),
        ("large.csv", b"0 " * 600_000, "must be a file of at most 1048576 bytes"),
        ("bytes.csv", b"\xb4\xff", r"must be a file of text \(UTF-8\)"),
    ):
        path = tmp_path / name
        path.mkdir() if content is None else path.write_bytes(content)
        with pytest.raises(ParameterError, match=words):
            MatrixProduct(matrix=str(path))


def test_a_matrix_comes_from_a_file_as_well(tmp_path):
    file = tmp_path / "weights.csv"
    file.write_text("1,-0.5\n0,0.25\n")
    assert MatrixProduct(size=2, matrix=str(file)).weights == pytest.approx(SIGNED.weights)


def test_a_matrix_said_as_text_is_the_same_matrix():
    matrix = np.random.default_rng(1).uniform(-1, 1, (3, 4))
    assert matrix_of("matrix", matrix_text(matrix), (3, 4), np.random.default_rng(0)) == pytest.approx(matrix)


def test_rows_that_do_not_fit_twice_take_two_passes():
    wish = MatrixProduct(size=8).wish
    assert [one.shape for one in wish.targets] == [(8, 8), (8, 8)]


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_eight_rows_are_programmed_twice_and_multiplied():
    """False alarms: 1e-4, as above."""
    procedure = MatrixProduct(size=8, count=2, averaging=1)
    figures = procedure.figures(measured(procedure), BELIEF)
    worst, bound = worst_of(figures, figures.exact.size)
    assert worst < bound
