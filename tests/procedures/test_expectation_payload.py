"""What was expected in a field goes into a journal and comes out again."""

import json
from pathlib import Path

import pytest

from smtjlab.procedures import journal_json
from smtjlab.procedures.journal_reader import Record
from smtjlab.procedures.payload import expectation_of
from smtjlab.simulation.expectation import Expectation, expect
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus


def through_a_journal(expectation: Expectation) -> Expectation:
    payload = json.loads(journal_json.dump(expectation.to_dict()))
    return expectation_of(Record(0, 0.0, payload), Path("expectation.sqlite"))


@pytest.mark.parametrize(("temperature", "decided"), [(310.0, True), (None, False)])
def test_fields_temperature_and_state_come_back(temperature, decided) -> None:
    told = Expectation(5e-4, 4e-4, 6e-4, 3e-4, 7e-4, field=-8e4, transverse_field=3.0, temperature=temperature,
                       hard_layer=-1, well=-1, decided=decided)  # fmt: skip
    found = through_a_journal(told)
    assert (found.field, found.hard_layer, found.well, found.decided) == (-8e4, -1, -1, decided)
    assert found.temperature == pytest.approx(temperature or float("nan"), nan_ok=True)


def test_what_replicas_answer_where_they_may_have_switched_is_read_back() -> None:
    from smtjlab.simulation.junction import Junction

    fig5 = Junction.preset("fig5")
    replicas = Replicas([fig5] * 400, model="static", seed=1)
    replicas.live(Stimulus(duration=0.1, field=100.0 - fig5.dipole_field))
    # A rate of 0.13 a second: some tenth of them has switched.
    response = replicas.respond([Stimulus(duration=1.0, field=-131.0 - fig5.dipole_field, read=True)])
    told = expect(response, independent=1e-8, common={}, gate={})
    assert through_a_journal(told).decided is False
