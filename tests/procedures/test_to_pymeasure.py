"""Our procedures in PyMeasure's own Worker: the engine measures, theirs shows and writes its file."""

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest
from pymeasure.experiment import (
    BooleanParameter,
    FloatParameter,
    IntegerParameter,
    ListParameter,
    Results,
    Worker,
)
from pymeasure.experiment import Procedure as PyMeasureProcedure

from smtjlab.instruments.virtual.launch import stop_served
from smtjlab.procedures import Run, TransferCurve
from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.find import find_procedure
from smtjlab.procedures.status import State
from smtjlab.procedures.to_pymeasure import as_pymeasure

CLUMSY = """
from dataclasses import dataclass
from smtjlab.procedures import TransferCurve

@dataclass(frozen=True, kw_only=True)
class Clumsy(TransferCurve):
    def measure(self, device, setpoint):
        if setpoint.gate > 0.2:
            raise ZeroDivisionError("a slip of the pen")
        return super().measure(device, setpoint)
"""
OF_ONES_OWN = """
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.to_pymeasure import as_pymeasure

class Curve(as_pymeasure(TransferCurve, model="static", junction="fig5")):
    pass
"""
SHORT = {"points": 5, "direction": "up", "averaging": 1}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A runs folder that the tests of this file share, and with it one bench and one engine."""
    folder = tmp_path_factory.mktemp("runs")
    yield folder
    for station in (folder / ".stations").glob("*"):
        stop_served(station)
        for process in psutil.process_iter(["cmdline"]):
            if str(station) in (process.info["cmdline"] or []):
                process.kill()


@pytest.fixture
def work(runs, tmp_path):
    """Start a Worker on a bridged procedure of ours; it is joined at the end."""
    workers = []

    def start(procedure=TransferCurve, **parameters):
        bridged = as_pymeasure(procedure, bench="virtual", junction="fig5", model="static", out=runs)
        worker = Worker(Results(bridged(**parameters), str(tmp_path / "results.csv")))
        workers.append(worker)
        worker.start()
        return worker

    yield start
    for worker in workers:
        worker.stop()
        end_of(worker)


def heard(worker):
    return [one for one in worker.monitor_queue.queue if one is not None]


def end_of(worker):
    threading.Thread.join(worker, 60)  # its own `join` does not wait for a worker that was told to stop
    assert not worker.is_alive()
    return worker.results.procedure.status


def safe(run):
    return [event.payload["safe"] for event in run.events() if event.kind == "safety"]


def test_parameters_keep_kind_unit_limits_choices_and_words():
    parameters = as_pymeasure(TransferCurve)().parameter_objects()
    stop, points = parameters["stop"], parameters["points"]
    assert (type(stop), stop.units, stop.minimum, stop.maximum, stop.value) == (FloatParameter, "V", -1000, 1000, 0.4)
    assert (type(points), points.minimum, points.description) == (
        IntegerParameter,
        2,
        "setpoints of one branch, both ends included",
    )
    assert type(parameters["four_wire"]) is BooleanParameter
    assert (type(parameters["direction"]), parameters["direction"].choices) == (ListParameter, ("up", "down", "both"))


def test_columns_carry_units_as_pymeasure_reads_them():
    columns = as_pymeasure(TransferCurve).DATA_COLUMNS
    assert {"Gate (V)", "Conductance (S)", "Gate current (A)", "Time (s)"} <= set(columns)
    assert str(PyMeasureProcedure.parse_columns(columns)["Conductance (S)"]) == "siemens"


def test_a_value_out_of_limits_is_refused_by_pymeasures_form():
    bridged = as_pymeasure(TransferCurve)()
    with pytest.raises(ValueError, match="above the maximum"):
        bridged.set_parameters({"stop": 2000})


def test_the_estimate_is_the_time_of_the_plan():
    short, long = (as_pymeasure(TransferCurve)(points=points).get_estimates() for points in (5, 50))
    assert 0 < short < long


def test_a_worker_writes_what_the_journal_holds(work, runs):
    worker = work(**SHORT)
    assert end_of(worker) == PyMeasureProcedure.FINISHED
    run = Run.find(runs, "last")
    written = worker.results.data
    assert (run.status, safe(run)) == (State.DONE, [True])
    np.testing.assert_array_equal(written["Conductance (S)"], run.frame()["conductance"])
    assert list(written["Branch"]) == ["up"] * 5
    text = Path(worker.results.data_filename).read_text(encoding="utf-8")
    assert "Stop: 0.4 V" in text
    assert f"#\tJournal: {run.folder}" in text
    assert ("progress", 100.0) in heard(worker)


def test_a_stop_of_theirs_stops_our_run_safe(work, runs, wait_until):
    worker = work(points=5000, averaging=1)
    wait_until(lambda: any(topic == "progress" and value > 0 for topic, value in heard(worker)))
    worker.stop()
    assert end_of(worker) == PyMeasureProcedure.ABORTED
    run = Run.find(runs, "last")
    assert (run.status, safe(run)) == (State.STOPPED, [True])
    assert len(worker.results.data) == run.points_taken


def test_a_stop_of_ours_is_an_abort_of_theirs(work, runs, wait_until):
    worker = work(points=5000, averaging=1)
    wait_until(lambda: any(topic == "progress" and value > 0 for topic, value in heard(worker)))
    worker.procedure._started.stop()
    assert end_of(worker) == PyMeasureProcedure.ABORTED


def test_what_the_limits_forbid_fails_before_there_is_a_run(work, runs):
    before = len(list(runs.iterdir()))
    worker = work(stop=5.0)
    assert end_of(worker) == PyMeasureProcedure.FAILED
    assert len(list(runs.iterdir())) == before


def test_a_run_that_fails_fails_there_too_and_keeps_its_points(work, runs, tmp_path):
    (tmp_path / "clumsy.py").write_text(CLUMSY)
    worker = work(find_procedure(f"{tmp_path / 'clumsy.py'}:Clumsy"), **SHORT)
    assert end_of(worker) == PyMeasureProcedure.FAILED
    assert (Run.find(runs, "last").status, len(worker.results.data)) == (State.FAILED, 3)
    assert safe(Run.find(runs, "last")) == [True]


def test_an_error_on_their_side_ends_our_run_safe(work, runs, monkeypatch):
    monkeypatch.setattr(Worker, "handle_record", lambda self, record: 1 / 0)
    worker = work(points=5000, averaging=1)
    assert end_of(worker) == PyMeasureProcedure.FAILED
    run = Run.find(runs, "last")
    assert (run.status, safe(run)) == (State.STOPPED, [True])


def test_a_subclass_of_ones_own_is_found_again_in_its_file_of_results(tmp_path, monkeypatch):
    (tmp_path / "window_of_mine.py").write_text(OF_ONES_OWN)
    monkeypatch.syspath_prepend(tmp_path)
    spec = importlib.util.find_spec("window_of_mine")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "window_of_mine", module)
    spec.loader.exec_module(module)
    Results(module.Curve(points=7), str(tmp_path / "results.csv"))
    loaded = Results.load(str(tmp_path / "results.csv"))
    assert (type(loaded.procedure), loaded.procedure.points) == (module.Curve, 7)


def test_a_name_that_pymeasure_needs_itself_is_refused(tmp_path):
    own = CLUMSY.replace("    def measure", "    status: float = parameter(0.0)\n\n    def measure")
    (tmp_path / "own.py").write_text(own.replace("import TransferCurve", "import TransferCurve, parameter"))
    with pytest.raises(ParameterError, match="must not be called `status`"):
        as_pymeasure(find_procedure(f"{tmp_path / 'own.py'}:Clumsy"))


MANAGED = """
import os, sys, time
from pymeasure.display.Qt import QtWidgets
from pymeasure.display.windows import ManagedWindow
from pymeasure.experiment import Procedure, Results
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.to_pymeasure import as_pymeasure

# PyMeasure draws its table while that is still empty, which pyqtgraph refuses; Qt would end the process for it.
sys.excepthook = lambda *_: None
runs, results = sys.argv[1:]
application = QtWidgets.QApplication([])
bridged = as_pymeasure(TransferCurve, junction="fig5", model="static", out=runs)
window = ManagedWindow(bridged, inputs=["stop", "points"], x_axis="Gate (V)", y_axis="Conductance (S)")
experiment = window.new_experiment(Results(bridged(points=5, direction="up", averaging=1), results))
window.manager.queue(experiment)
while experiment.procedure.status in (Procedure.QUEUED, Procedure.RUNNING):
    application.processEvents()
    time.sleep(0.01)
print(experiment.procedure.status == Procedure.FINISHED, len(experiment.results.data), flush=True)
os._exit(0)  # PyMeasure's threads outlive its window, and crash an interpreter that ends in order
"""


def test_a_managed_window_runs_our_procedure(runs, tmp_path):
    pytest.importorskip("PyQt5")
    pytest.importorskip("pyqtgraph")
    command = [sys.executable, "-c", MANAGED, str(runs), str(tmp_path / "results.csv")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout.split() == ["True", "5"], done.stderr
