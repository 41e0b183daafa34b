import re
from dataclasses import fields

import pytest

from smtjlab.instruments.limits import CurrentLimits, FieldLimits, Limits, TemperatureLimits
from smtjlab.reports.facts import limit_rows
from smtjlab.reports.field_names import field_unit, field_words
from smtjlab.reports.frame import verdict_box
from smtjlab.reports.markup import read, symbols, typeset
from smtjlab.simulation.junction_file import FIELDS

LIMITS = {
    "gate": Limits(voltage=(0.0, 0.6), current=1e-7, slew=0.5, leakage=2e-8),
    "magnet": CurrentLimits(current=(-2.0, 2.0), voltage=10.0, slew=0.1),
    "transverse_field": FieldLimits(field=(-0.4, 0.4), slew=0.5, voltage=10.0),
    "thermometer": TemperatureLimits(temperature=(280.0, 400.0), slew=0.1),
}


@pytest.fixture(scope="module")
def limits():
    asked = {role: {spec.name: getattr(one, spec.name) for spec in fields(one)} for role, one in LIMITS.items()}
    return dict(limit_rows({"limits": asked}))


def test_every_limit_has_its_unit(limits):
    assert all(re.search(r" [mµnk]?(V|A|T|K|V/s|A/s|T/s|K/s)$", text) for text in limits.values()), limits


def test_the_unit_of_a_slew_is_that_of_what_is_driven(limits):
    slews = [limits[f"{role}, slew"].rpartition("/")[0][-1] for role in ("gate", "magnet", "thermometer")]
    assert slews == ["V", "A", "K"]
    assert limits["transverse field, field"] == "−400 mT to 400 mT"
    assert limits["transverse field, slew"].endswith("T/s")


def test_no_unit_of_a_junction_is_left_in_plain_letters():
    assert not [name for name in FIELDS if re.search(r"\^|ohm", field_unit(name))]
    assert field_unit("hooge_parameter") == "m²"


def test_no_name_of_a_junction_is_left_as_its_file_has_it():
    assert field_words("bias_half_tmr") == "bias that halves the TMR V_h"
    assert not [name for name in FIELDS if re.search(r"tmr|youngs|hooge", field_words(name))]


@pytest.mark.parametrize(
    ("written", "set_as"),
    [
        ("p < 1e-300", "p < 10⁻³⁰⁰"),
        ("χ²/ν = 3.51e+03", "χ²/ν = 3510"),
        ("p = 3.7e-89, -4.0 σ at -0.38 mV", "p = 3.7 × 10⁻⁸⁹, −4.0 σ at −0.38 mV"),
        ("from -3 to (-5 ± 1)", "from −3 to (−5 ± 1)"),
        ("p = 2.5e-03", "p = 0.0025"),
        ("± 220 uV of 3 us, 2 units", "± 220 µV of 3 µs, 2 units"),
        ("run 2026-11-26-3e-05 by SPEC-2450, belief-3.toml", "run 2026-11-26-3e-05 by SPEC-2450, belief-3.toml"),
    ],
)
def test_numbers_in_sentences_are_set_and_names_are_not(written, set_as):
    assert typeset(written) == set_as
    assert typeset(set_as) == set_as


def test_no_line_ends_within_a_p_value():
    assert symbols("p < 0.1") == "p\u00a0&lt;\u00a00.1"
    assert symbols("p = 0.1") == "p\u00a0=\u00a00.1"


def test_no_line_ends_within_the_name_of_a_device():
    assert symbols("level with s-MTJ (0.2 σ)").startswith('level with <span class="word">s-MTJ</span>')


def test_a_power_of_a_letter_is_raised():
    assert symbols("as t^-0.8") == "as t<sup>−0.8</sup>"


def test_what_stands_between_back_quotes_is_code_and_what_was_typed_is_no_markup():
    assert symbols("`at_most` < 5") == "<code>at_most</code> &lt; 5"


def test_the_id_of_a_run_keeps_its_letters():
    assert verdict_box("a0ad444f agrees with 825b4b6d.", agrees=True)["sentence"].startswith("a0ad")
    assert verdict_box("agrees.", agrees=True)["sentence"] == "Agrees."


def test_appendices_and_figures_are_kept_whole_in_print():
    assert '<details class="whole">' in read("parts.html")
    assert re.search(r"figure, tr, \.whole,[^}]*break-inside: avoid", read("page.css"))
