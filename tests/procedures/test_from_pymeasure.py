"""PyMeasure's procedures under our engine: their rows in our journal, their shutdown and then our safe end."""

import subprocess
import sys

import psutil
import pytest
from pymeasure.experiment import FloatParameter, ListParameter, Procedure, VectorParameter

from smtjlab.cli.dry_run import facts
from smtjlab.instruments.virtual.launch import stop_served
from smtjlab.procedures import Run, TransferCurve
from smtjlab.procedures.errors import ParameterError, ProcedureMistake
from smtjlab.procedures.find import find_procedure, importable_name
from smtjlab.procedures.from_pymeasure import from_pymeasure
from smtjlab.procedures.own_loop import OwnLoop
from smtjlab.procedures.parameter import parameters_of
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.start import RunFailed, measure, submit
from smtjlab.procedures.status import State
from smtjlab.procedures.to_pymeasure import as_pymeasure
from smtjlab.reports.export import export

THEIRS = '''
import numpy as np
from pymeasure.experiment import FloatParameter, IntegerParameter, ListParameter, Metadata, Parameter, Procedure
from pymeasure.instruments.keithley import Keithley2450

class Sweep(Procedure):
    """Current against voltage, as somebody else wrote it."""

    stop = FloatParameter("Stop", units="V", default=0.2, minimum=0, maximum=0.4)
    points = IntegerParameter("Points", default=5, minimum=1, maximum=100000)
    spacing = ListParameter("Spacing", choices=[1, 2], default=2)
    where = Parameter("Where", default="address:junction")
    at = Parameter("Break at", default=-1)
    identity = Metadata("Identity", fget="smu.id")
    DATA_COLUMNS = ["Voltage (V)", "Current (A)", "Note"]

    def startup(self):
        self.smu = Keithley2450(self.where, visa_library="@py", read_termination="\\n", timeout=30_000)
        self.smu.apply_voltage(0.2, 200e-6)
        self.smu.measure_current(nplc=0.1)
        self.smu.enable_source()

    def execute(self):
        for number, volts in enumerate(np.linspace(0, self.stop, self.points)):
            if number == self.at:
                raise ZeroDivisionError("a slip of the pen")
            self.smu.source_voltage = volts
            self.emit("results", {"Voltage (V)": volts, "Current (A)": self.smu.current, "Note": "up"})
            self.emit("progress", 100 * number / self.points)
            if self.should_stop():
                break

    def shutdown(self):
        self.smu.shutdown()
        self.emit("farewell", self.smu.source_enabled)
        self.smu.adapter.close()

class OnOurBench(Procedure):
    bench = None
    DATA_COLUMNS = ["Conductance (S)"]

    def startup(self):
        self.bench.device.prepare(bias=0.1)

    def execute(self):
        for _ in range(3):
            self.bench.device.apply(self.bench.device._setpoint)
            self.emit("results", {"Conductance (S)": self.bench.device.conductance().value})
'''


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A runs folder with one bench and one engine for the tests of this file, and a stranger's file beside it."""
    folder = tmp_path_factory.mktemp("runs")
    (folder.parent / "theirs.py").write_text(THEIRS)
    yield folder
    for station in (folder / ".stations").glob("*"):
        stop_served(station)
        for process in psutil.process_iter(["cmdline"]):
            if str(station) in (process.info["cmdline"] or []):
                process.kill()


@pytest.fixture(scope="module")
def sweep(place):
    return find_procedure(f"{place.parent / 'theirs.py'}:Sweep")


def kinds(run, kind):
    return [event.payload for event in run.events() if event.kind == kind]


def test_a_class_of_theirs_is_found_by_its_name_and_has_their_parameters(sweep, place):
    assert importable_name(sweep) == f"{place.parent / 'theirs.py'}:Sweep"
    parameters = parameters_of(sweep)
    stop, spacing = parameters["stop"], parameters["spacing"]
    assert (stop.kind, stop.unit, stop.limits, stop.default, stop.doc) == (float, "V", (0, 0.4), 0.2, "Stop")
    assert (spacing.kind, spacing.choices, spacing.default) == (str, ("1", "2"), "2")
    assert sweep.__doc__.startswith("Current against voltage")


def test_a_value_beyond_their_limits_is_refused_before_anything_moves(sweep):
    with pytest.raises(ParameterError, match="must be 0 V to 400 mV"):
        sweep(stop=0.5)


def test_rows_columns_units_metadata_and_progress_stand_in_the_journal(sweep, place):
    run = measure(sweep(points=5), model="static", junction="fig5", out=place)
    table = run.frame()
    assert (run.status, run.points_taken, run.points_planned, run.readings()) == (State.DONE, 5, 5, [])
    assert table.attrs["units"] == {"index": "", "Voltage": "V", "Current": "A", "Note": "", "bench_time": "s"}
    assert table["Current"].iloc[-1] == pytest.approx(1e-4, rel=0.1)
    assert "SMTJ0002" in str(run.meta["metadata"]["Identity"])
    assert [note["percent"] for note in kinds(run, "progress")] == [20, 40, 60, 80, 100]
    assert run.meta["parameters"]["where"]["value"] == "address:junction"


def test_their_shutdown_comes_before_our_safe_end(sweep, place):
    run = measure(sweep(points=2), model="static", junction="fig5", out=place)
    order = [event.kind for event in run.events() if event.kind in ("message", "safety")]
    assert (order, kinds(run, "message")[0]["text"]) == (["message", "safety"], "False")


def test_an_error_of_theirs_fails_the_run_after_their_shutdown(sweep, place):
    with pytest.raises(RunFailed, match="ZeroDivisionError: a slip of the pen") as failed:
        measure(sweep(points=5, at=2), model="static", junction="fig5", out=place)
    run = failed.value.run
    assert (run.status, run.points_taken, kinds(run, "message")[0]["text"]) == (State.FAILED, 2, "False")
    assert kinds(run, "safety")[0]["safe"]


@pytest.mark.parametrize("now", [False, True])
def test_a_stop_of_ours_is_heard_by_their_should_stop(sweep, place, wait_until, now):
    started = submit(sweep(points=1000), bench="virtual", junction="fig5", model="static", out=place)
    with started:
        wait_until(lambda: started.run.points_planned > started.run.points_taken > 3)
        started.stop(now=now)
        wait_until(lambda: started.run.status.ended)
    assert (started.run.status, len(kinds(started.run, "message"))) == (State.STOPPED, 1)
    assert started.run.points_planned > started.run.points_taken


def test_a_paused_run_of_theirs_takes_no_rows_until_resumed(sweep, place, wait_until):
    started = submit(sweep(points=100000), bench="virtual", junction="fig5", model="static", out=place)
    with started:
        wait_until(lambda: started.run.points_taken > 3)
        started.ask("pause")
        wait_until(lambda: started.run.status is State.PAUSED)
        taken = started.run.points_taken
        started.ask("resume")
        wait_until(lambda: started.run.points_taken > taken)
        started.stop()
        wait_until(lambda: started.run.status.ended)


def test_an_instrument_that_the_bench_lacks_is_told(sweep, place):
    with pytest.raises(RunFailed, match="`address:nowhere` must name one of gate, junction"):
        measure(sweep(where="address:nowhere"), model="static", junction="fig5", out=place)


def test_a_procedure_that_has_a_bench_is_given_the_open_one(place):
    ours = find_procedure(f"{place.parent / 'theirs.py'}:OnOurBench")
    run = measure(ours(), model="static", junction="fig5", out=place)
    assert run.frame()["Conductance"].to_list() == pytest.approx([5e-4] * 3, rel=0.1)


def test_the_command_line_runs_it_and_every_export_holds_it(sweep, place, said_beside_waiting):
    words, where = [sys.executable, "-m", "smtjlab.cli.main"], ["--out", str(place)]
    wishes = ["-p", "points=3", "-p", "stop=100 mV", "--model", "static"]
    done = subprocess.run(
        [*words, "run", importable_name(sweep), *wishes, *where], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, said_beside_waiting(done.stderr)) == (0, [])
    assert "3 of 3 points" in done.stdout
    for form in ("csv", "parquet", "hdf5", "pymeasure"):
        assert export(Run.find(place, "last"), form).is_file()


def test_a_dry_run_says_that_setpoints_cannot_be_checked(sweep, place):
    told = dict(facts(Plan.of(Request.of(sweep(), bench="virtual", junction="fig5", model="static", runs=place))))
    assert (told["estimated time"], "cannot be checked" in told["setpoints"]) == ("unknown", True)


class Queer(Procedure):
    columns = FloatParameter("Columns", default=1.0)


class Plain(Procedure):
    direction = VectorParameter("Direction", length=3, default=[0, 0, 1])
    colour = ListParameter("Colour", choices=["red", "blue"], default="red")


def test_a_parameter_with_the_name_of_a_verb_of_ours_is_refused():
    with pytest.raises(ParameterError, match="must not be called `columns`"):
        from_pymeasure(Queer)


def test_vectors_travel_as_text():
    assert from_pymeasure(Plain)().parameter_values() == {"colour": "red", "direction": "[0.0, 0.0, 1.0]"}


def test_what_is_no_procedure_of_pymeasures_is_refused():
    with pytest.raises(ProcedureMistake, match="must be a procedure of PyMeasure's, but State is not"):
        from_pymeasure(State)


def test_ours_that_went_to_pymeasure_comes_back_as_it_was():
    assert from_pymeasure(as_pymeasure(TransferCurve)) is TransferCurve


def test_a_loop_is_not_done_by_halves():
    adapted = from_pymeasure(Plain)
    assert issubclass(adapted, OwnLoop)
    with pytest.raises(ProcedureMistake, match="must be run whole"):
        adapted().measure(None, None)
