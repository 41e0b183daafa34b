"""A run notes once where its uncertainties come from, and warns where they are not what they should be."""

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import LimitError
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.start import measure
from smtjlab.procedures.uncertainty_note import note_uncertainty

SHORT = TransferCurve(points=2, direction="up", averaging=1, reversal=True)


@pytest.fixture
def bench(tmp_path):
    """Return a function: what to replace in the packaged bench file, a bench file out."""

    def written(old="", new=""):
        text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
        (tmp_path / "bench.toml").write_text(text.replace(old, new), encoding="utf-8")
        return tmp_path / "bench.toml"

    return written


def noted(path, *, prepare=True):
    """Return the events that are noted of a device."""
    events = []
    with InProcessBench(read_once(path, in_process=True)) as private:
        device = private.open().device
        if prepare:
            device.prepare(bias=0.1)
        note_uncertainty(device, lambda kind, **payload: events.append((kind, payload)))
    return events


def test_a_run_has_the_sources_of_every_component_in_its_record(out):
    run = measure(SHORT, bench="virtual", junction="fig5-die", model="static", out=out)
    [told] = [event.payload for event in run.events() if event.kind == "uncertainty"]
    names = {component["name"] for component in told["components"]}
    uncertainty = run.readings()[0].uncertainty
    assert {*uncertainty.common, *uncertainty.gate} <= names
    assert not any("offset" in name for name in uncertainty.common)  # the bias was reversed
    assert {component["page"] for component in told["components"]} == {"2"}


def test_an_overdue_calibration_is_a_warning_of_the_run(bench):
    path = bench("[instruments.gate] ", "[instruments.gate]\ncalibrated = 2001-02-03\n#")
    kinds = [kind for kind, _ in noted(path)]
    assert kinds == ["uncertainty", "warning"]
    assert "calibration of `gate` of 2001-02-03" in noted(path)[1][1]["text"]


def test_what_only_widens_is_a_remark_and_no_warning(bench):
    [(kind, payload)] = noted(bench())
    assert kind == "uncertainty"
    assert len(payload["remarks"]) == 4


def test_a_device_that_nobody_prepared_has_nothing_to_tell(bench):
    assert noted(bench(), prepare=False) == []


def test_a_reversal_beyond_the_limits_is_refused_before_anything_exists(bench, out):
    path = bench('voltage = ["-0.3 V", "0.3 V"]', 'voltage = ["0 V", "0.3 V"]')
    with pytest.raises(LimitError, match="-100 mV was asked of it"):
        measure(SHORT, bench=str(path), junction="fig5-die", model="static", out=out)
    assert not out.exists()
