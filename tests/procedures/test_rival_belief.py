"""What is believed of a rival: defaults of the packaged benches, what is told instead, and what is refused."""

from __future__ import annotations

import tomllib

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.rival_belief import DEFAULTS, rival_of, updates_across
from smtjlab.procedures.synapse import BENCHES, Synapse
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.synapses.memristor import Memristor


@pytest.mark.parametrize("device", list(DEFAULTS))
def test_the_defaults_are_what_the_packaged_bench_has(device: str) -> None:
    truth = tomllib.loads((PACKAGED / f"{BENCHES[device]}.toml").read_text(encoding="utf-8"))["truth"]["device"]
    del truth["kind"]
    assert {name: getattr(DEFAULTS[device], name) for name in truth} == truth


def test_what_is_told_replaces_the_defaults_and_nothing_else() -> None:
    assert rival_of("memristor", "levels=20, decay=12") == Memristor(levels=20, decay=12.0)
    assert rival_of("domain-wall", "barrier=25.5 states=5") == DomainWall(states=5, barrier=25.5)
    assert rival_of("domain-wall", "") == DEFAULTS["domain-wall"]


def test_updates_go_from_one_end_to_the_other() -> None:
    assert updates_across(Memristor(levels=20)) == 20
    assert updates_across(DomainWall(states=5)) == 4
    assert Synapse(device="domain-wall", believed="states=5").steps == 4


@pytest.mark.parametrize(
    ("device", "text", "sentence"),
    [
        ("memristor", "states=5", "`believed` must be of conductance_min, .*, as in `levels=31`, but has 'states=5'"),
        ("memristor", "levels", "but has 'levels'"),
        ("memristor", "levels=2.5", "`levels` of `believed` must be a whole number, but is '2.5'"),
        ("memristor", "levels=inf", "`levels` of `believed` must be a whole number, but is 'inf'"),
        ("domain-wall", "barrier=high", "`barrier` of `believed` must be a number, but is 'high'"),
        ("domain-wall", "barrier=nan", "`barrier` of `believed` must be a number, but is 'nan'"),
        ("domain-wall", "states=1", "What is `believed` of a domain-wall cannot be: .*`states`"),
    ],
)
def test_what_cannot_be_believed_is_refused_in_a_sentence(device: str, text: str, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        rival_of(device, text)
