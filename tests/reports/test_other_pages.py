import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.procedures.characterisation import Characterisation, StepRecord
from smtjlab.procedures.observed import Observed
from smtjlab.reports.characterisation_page import _context as characterisation_context
from smtjlab.reports.characterisation_page import _picture as picture_of
from smtjlab.reports.characterisation_page import characterisation_page
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.loop_figures import as_resistance
from smtjlab.reports.loops_page import brackets_of
from smtjlab.reports.markup import safe
from smtjlab.reports.page import is_transfer_curve, page
from smtjlab.reports.pdf import pdf
from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.stimulus import Stimulus

from .conftest import NOISE, read

LOOP = {"procedure": "smtjlab.procedures.field_loop:FieldLoop", "procedure_name": "field-loop", "parameters": {}}


def loop(switches=-0.1, width=0.004):
    """Return the readings of a loop whose layer switches 4 mT behind the middle, both ways."""
    down = np.linspace(0.02, -0.22, 25)
    noise = np.random.default_rng(2)
    rows = []
    for branch, fields in (("down", down), ("up", down[::-1])):
        edge = switches - width if branch == "down" else switches + width
        for field in fields:
            value = (5e-4 if field > edge else 1e-3) + NOISE * noise.standard_normal()
            stimulus = Stimulus(duration=0.1, field=field / VACUUM_PERMEABILITY, bias=0.1, read=True)
            rows.append(replace(read(0.0, float(value), branch, stimuli=(stimulus,)), time=0.1 * len(rows)))
    return rows


def test_a_field_loop_has_a_page_of_its_own(make_run):
    run = make_run(loop(), expected=0, facts=LOOP)
    assert not is_transfer_curve(run)
    text = page(run)
    assert "Resistance against field along the easy axis</h2>" in text
    assert "between which two readings a layer has switched" in text
    assert not re.search(r"https?://|src=|@import|url\((?!#)|<script|<link", text)


def test_switching_fields_lie_between_two_readings():
    observed = Observed.of(loop())
    for low, high in (sorted(pair) for pair in brackets_of(observed, "field")):
        assert low < -0.104 < high or low < -0.096 < high
        assert high - low == pytest.approx(0.01)
    assert len(brackets_of(observed, "field")) == 2


def test_a_resistance_has_the_relative_scatter_of_its_conductance():
    seen, _ = as_resistance(Observed.of(loop()), None)
    assert seen.value[0] == pytest.approx(2000, rel=1e-3)
    assert seen.scatter[0] / seen.value[0] == pytest.approx(NOISE / 5e-4, rel=1e-3)


def test_readings_that_never_change_are_told_in_one_sentence(make_run):
    constant = [replace(row, value=5e-4) for row in loop()]
    text = page(make_run(constant, expected=0, facts=LOOP))
    assert re.search(r'class="verdict "><p>[A-Z][^<]{20,300}\.</p>', text)


def test_rows_of_a_loop_of_its_own_have_no_page(make_run):
    run = make_run([], facts={"columns": {"x": "V"}, "procedure_name": "own", "procedure": "own:Own", "planned": None})
    with pytest.raises(ReportMistake, match=r"is made of readings, but run abcd0123 \(own\) kept a loop of its own"):
        page(run)


def begun(tmp_path):
    steps = [StepRecord("field-loop"), StepRecord("transfer-curve")]
    wanted = {"bench": "two_axis", "junction": "fig5-die", "model": "boltzmann", "hazardous": False}
    return Characterisation.create(tmp_path, **wanted, steps=steps)


def test_the_figures_of_more_steps_than_a_sheet_holds_are_printed(tmp_path, monkeypatch):
    pytest.importorskip("weasyprint")
    picture = {"title": "step", "svg": safe("<svg viewBox='0 0 9 9'><path d='M0 0h9'/></svg>"), "caption": "x"}

    def of_many_steps(of, readings):
        return {**characterisation_context(of, readings), "pictures": [picture] * 9, "wide_pictures": []}

    monkeypatch.setattr("smtjlab.reports.characterisation_page._context", of_many_steps)
    assert pdf(characterisation_page(begun(tmp_path))).startswith(b"%PDF")


def test_a_characterisation_that_has_only_begun_has_a_page(tmp_path):
    text = characterisation_page(begun(tmp_path))
    assert "No run has told anything yet." in text
    assert "0 of 2 steps are done" in text
    assert "INSTRUMENTS NOT REACHED" in text


def test_a_step_that_is_seen_in_time_has_no_figure_against_the_gate(make_run, belief):
    facts = {"procedure_name": "gate-step", "procedure": "smtjlab.procedures.gate_step:GateStep", "parameters": {}}
    run = make_run(expected=0, facts=facts)
    of = SimpleNamespace(extractions={}, silent={"gate-step": "it holds no gate"}, after=belief)
    found = picture_of(of, "gate-step", run, run.readings(), "")
    assert (found["wide"], found["svg"]) == (True, "")
    assert found["missing"] == "Every time and gate voltage of a gate step must be finite, but some are not."
    assert found["caption"] == f"run {run.id} at 100 mV: it holds no gate"


def test_fields_that_no_run_has_measured_are_all_listed(tmp_path):
    rest = characterisation_context(begun(tmp_path), {})["rest"]
    assert {"Young's modulus", "saturation magnetization M_s", "damping"} <= {name for name, _, _ in rest}
