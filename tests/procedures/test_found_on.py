"""An output that was on before a run is reported, under the line that tells what is real."""

from smtjlab.cli.progress import Progress
from smtjlab.instruments.bench import Bench
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Setpoint
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.start import measure
from smtjlab.procedures.station import Station
from smtjlab.procedures.status import State

SHORT = TransferCurve(points=3, direction="up", averaging=1)


def test_outputs_that_somebody_left_on_are_reported_before_anything_moves(out, capsys):
    found = Bench.load("virtual")
    station = Station.of(out.resolve(), found.name, found.path)
    left = open_bench(found, station=station.folder)
    left.device.prepare(bias=0.1)
    left.device.apply(Setpoint(gate=0.2))
    left.close()  # closing is no safe end: the outputs stay on
    with Progress() as watch:
        run = measure(SHORT, junction="fig5", model="static", out=out, watch=watch)
    kinds = [(event.kind, event.payload.get("state")) for event in run.events()]
    assert kinds.index(("warning", None)) < kinds.index(("state", State.RUNNING))
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("SIMULATED INSTRUMENTS: run ")
    for name in ("gate", "junction"):
        assert f"Note: The output of `{name}` was on before this run touched it." in told
    assert run.status is State.DONE
