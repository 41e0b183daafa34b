"""A matrix before the needles: what its table in a bench file says and must not, and how it takes a route."""

from pathlib import Path

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake, LimitError
from smtjlab.instruments.matrix import Matrix
from smtjlab.instruments.open_bench import open_bench

FILE = (PACKAGED / "wafer_matrix.toml").read_text(encoding="utf-8")
LEFT = frozenset({(1, 1), (2, 2), (3, 3), (4, 4)})


class Relays:
    """A switch that notes what it is told."""

    def __init__(self, *closed):
        self.now, self.happened = frozenset(closed), []

    def closed(self):
        return self.now

    def open_all(self):
        self.happened.append("open all")
        self.now = frozenset()

    def close(self, *crosspoints):
        self.happened.append(crosspoints)
        self.now |= set(crosspoints)


def test_a_file_names_routes_and_what_is_forbidden() -> None:
    matrix = Bench.load("wafer_matrix").matrix
    assert matrix is not None
    assert (matrix.switch, list(matrix.routes), matrix.routes["left"]) == ("matrix", ["left", "right"], LEFT)
    assert (1, 3) in matrix.forbidden
    assert ("matrix.1.r4", "matrix.1.c8") in matrix.terminals("right")


def test_a_route_is_taken_with_every_relay_open_before() -> None:
    matrix, relays = Matrix(switch="m", routes={"a": frozenset({(1, 1), (2, 2)}), "b": frozenset({(1, 3)})}), Relays()
    matrix.take(relays, "a")
    matrix.take(relays, "b")
    matrix.take(relays, "b")
    assert relays.happened == ["open all", ((1, 1), (2, 2)), "open all", ((1, 3),)]
    with pytest.raises(InstrumentMistake, match="must be one of a, b, but 'c' was asked for"):
        matrix.take(relays, "c")
    assert relays.closed() == {(1, 3)}


def test_the_instrument_itself_refuses_what_the_file_forbids() -> None:
    with open_bench("wafer_matrix@smtj") as bench:
        matrix, switch = bench.bench.matrix, bench.drivers["matrix"]
        switch.close((2, 2))
        matrix.make_ready(switch)
        assert switch.closed() == frozenset()
        assert switch.forbidden() == matrix.forbidden
        with pytest.raises(LimitError, match=r"must not be forbidden, but 1A03 is; nothing was moved"):
            switch.close((1, 3))
        matrix.take(switch, "left")
        assert switch.closed() == LEFT
        assert bench.make_safe().safe
        assert switch.closed() == frozenset()


def test_relays_open_after_bias_and_gate_and_before_the_needles_lift() -> None:
    with open_bench("wafer_matrix@smtj") as bench:
        assert [step.instrument for step in bench.safe_plan.steps] == ["junction", "gate", "matrix", "prober"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[1, 1], [2", "[1, 3], [2", r"'left' must close nothing that is `forbidden`, but closes \[1, 3\] .*line 4"),
        ("[1, 5], [2, 6]", "[1, 5], [2, 5]", r"'right' must join no two rows, but joins 1 with 2: a short circuit"),
        ("[1, 5], [2, 6]", "[0, 5], [2, 6]", r"must be \[row, column\], both from 1, but is \[0, 5\]"),
        ("[1, 5], [2, 6]", "[1.5, 5], [2, 6]", r"must be \[row, column\], both from 1, but is \[1.5, 5\]"),
        ("[1, 5], [2, 6]", "[1, 5], [1, 5]", r"A crosspoint of `right` must be named once, but \[1, 5\] is again"),
        ("right = [[1, 5], [2, 6], [3, 7], [4, 8]]", "right = []", "must close a crosspoint, but closes none"),
        ("right = [[1, 5], [2, 6], [3, 7], [4, 8]]", "right = 5", "must be a list of crosspoints"),
        ("[1, 5], [2, 6], [3, 7], [4, 8]", "[1, 1], [2, 2], [3, 3], [4, 4]", "'left' and 'right' close the same"),
        ("forbidden =", "forbiden =", "must be 'forbidden' or .*, but is 'forbiden'"),
        ("[matrix]  ", '[matrix]\nswitch = "relays"  ', "`switch` must be 'matrix', but is 'relays'"),
        ('role = "switch"', 'role = "voltmeter"', r"of an instrument with the role 'switch', but the bench has none"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    text = FILE if "voltmeter" not in new else "\n".join(one for one in FILE.splitlines() if '"matrix.1.' not in one)
    assert old in text
    (tmp_path / "bench.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BenchFileError, match=sentence) as told:
        Bench.load(tmp_path / "bench.toml")
    assert "(bench.toml, line " in str(told.value)


def test_rows_wired_to_one_node_may_meet(tmp_path: Path) -> None:
    kelvin = '"matrix.1.r4" = "device.bottom"\n"matrix.1.r5" = "device.top"'
    text = FILE.replace('"matrix.1.r4" = "device.bottom"', kelvin).replace("[3, 3], [4, 4]", "[3, 3], [5, 3], [4, 4]")
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    assert (5, 3) in Bench.load(tmp_path / "bench.toml").matrix.routes["left"]
    (tmp_path / "bench.toml").write_text(text.replace('r5" = "device.top"', 'r5" = "device.back"'), encoding="utf-8")
    with pytest.raises(BenchFileError, match="joins 3 with 5"):
        Bench.load(tmp_path / "bench.toml")
