import math
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.belief import belief_from_table
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.junction_file import FIELDS
from smtjlab.simulation.toml_file import TomlFile


def test_fig5_has_the_papers_numbers(fig5):
    assert fig5.volume == pytest.approx(9.67611e-22, rel=1e-5)
    assert fig5.shape_field == pytest.approx(387.253, rel=1e-5)
    assert fig5.stress_field_per_volt == pytest.approx(303330.6, rel=1e-6)
    assert fig5.rotation_voltage == pytest.approx(0.2623457, abs=1e-7)
    assert fig5.shape_voltage == pytest.approx(0.0012767, abs=1e-7)
    assert fig5.threshold_voltage == pytest.approx(0.2636224, abs=1e-7)
    assert fig5.energy_scale * fig5.dipole_field == pytest.approx(19857.06, rel=1e-6)


def test_cofeb_takes_tens_of_volts_on_the_gate():
    assert Junction.preset("cofeb").rotation_voltage == pytest.approx(57.9, abs=0.1)


def test_the_gate_sign_turns_the_threshold_round(fig5):
    assert fig5.changed(gate_sign=-1).threshold_voltage == -fig5.threshold_voltage


def test_stress_per_volt_is_the_same_knob_as_its_three_parts(fig5):
    direct = fig5.changed(stress_per_volt=180e6)
    assert direct.youngs_modulus is None
    assert direct.threshold_voltage == pytest.approx(fig5.threshold_voltage, rel=1e-12)
    assert direct.changed(youngs_modulus=120e9, piezo_coefficient=1.5e-9, piezo_thickness=1e-6) == fig5


def test_tmr_halves_at_its_half_bias(fig5):
    rolling = fig5.changed(bias_half_tmr=0.4)
    assert rolling.antiparallel_at(0.4) == pytest.approx(1500.0)
    assert fig5.antiparallel_at(0.4) == 2000.0


def test_junctions_can_be_hashed_and_sent_to_other_processes(fig5):
    assert fig5.demagnetization_factors
    assert pickle.loads(pickle.dumps(fig5)) == fig5
    assert len({fig5, Junction.preset("fig5")}) == 1


def test_every_field_has_unit_limits_and_docstring():
    import ast
    import inspect

    import smtjlab.simulation.junction as module

    body = next(n for n in ast.parse(inspect.getsource(module)).body if getattr(n, "name", "") == "Junction").body
    for statement, following in pairwise(body):
        if isinstance(statement, ast.AnnAssign):
            name = statement.target.id
            assert isinstance(following, ast.Expr), name
            assert {"limits", "choices"} & set(FIELDS[name].metadata), name
            assert "unit" in FIELDS[name].metadata, name


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"damping": 0}, r"`damping` must be above 0 and at most 10, but is 0\."),
        ({"temperature": -1.0}, r"`temperature` must be at least 0 and at most 1500 K, but is -1 K\."),
        ({"temperature": math.nan}, "`temperature` must be .*, but is nan"),
        ({"thickness": "thin"}, r"`thickness` must be a number in m, but is 'thin'\."),
        ({"thickness": True}, "`thickness` must be a number in m, but is True"),
        ({"magnetostriction": -1e-5}, "`magnetostriction` must be above 0"),
        ({"minor_axis": 900e-9}, "`minor_axis` must be at most `major_axis`"),
        ({"resistance_antiparallel": 900.0}, "`resistance_antiparallel` must be above `resistance_parallel`"),
        ({"gate_sign": 0}, r"`gate_sign` must be 1 or -1, but is 0\."),
        ({"gate_sign": True}, "`gate_sign` must be 1 or -1, but is True"),
        (
            {"demagnetization": "sphere"},
            "must be 'series' or 'osborn' or 'cylinder', but is 'sphere'",
        ),
        ({"stress_axis": "z"}, "`stress_axis` must be 'minor' or 'major', but is 'z'"),
        ({"piezo_hysteresis": 0.6}, "`piezo_hysteresis` must be at least 0 and at most 0.3"),
        ({"stress_per_volt": 1e8, "youngs_modulus": 1e9}, "but `stress_per_volt` and `youngs_modulus` are given"),
        ({"youngs_modulus": None}, "but only `piezo_coefficient`, `piezo_thickness` is given"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(fig5, fields, sentence):
    with pytest.raises(JunctionError, match=sentence):
        fig5.changed(**fields)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("majr_axis = 1e-6", r"has `majr_axis`; did you mean `major_axis`\? \(j.toml, line 2\)\."),
        ("damping = 0", r"`damping` must be above 0 and at most 10, but is 0 \(j.toml, line 2\)\."),
        (
            'thickness = "2 V"',
            r"must be a number or a string such as \"1 m\", but is \"2 V\" \(j.toml, line 2\)",
        ),
        ("minor_axis = 9e-7", r"`minor_axis` must be at most .* \(j.toml, line 2\)\."),
        ("stress_per_volt = 1e8\npiezo_thickness = 1e-6", r"Stress must be given either .* \(j.toml, line 2\)\."),
        ("[more]", r"has `more` \(j.toml, line 2\)"),
    ],
)
def test_a_wrong_line_of_a_file_is_named(tmp_path, line, sentence):
    path = tmp_path / "j.toml"
    path.write_text(f'preset = "fig5"\n{line}\n')
    with pytest.raises(JunctionError, match=sentence):
        Junction.load(path)


def test_a_file_without_preset_must_be_complete(tmp_path):
    path = tmp_path / "j.toml"
    path.write_text("major_axis = 1e-6\n")
    with pytest.raises(JunctionError, match=r"`minor_axis` must be given, but is missing \(j.toml\)"):
        Junction.load(path)


def test_units_are_converted_and_oersted_is_a_field(tmp_path, fig5):
    path = tmp_path / "j.toml"
    path.write_text('preset = "fig5"\nmajor_axis = "0.8 um"\ndipole_field = "1 kOe"\nhard_layer_angle = "1 deg"\n')
    junction = Junction.load(path)
    assert junction.major_axis == pytest.approx(fig5.major_axis)
    assert junction.dipole_field == pytest.approx(fig5.dipole_field)
    assert junction.hard_layer_angle == pytest.approx(math.pi / 180)


def test_an_unknown_name_is_no_junction():
    with pytest.raises(
        JunctionError, match="must be one of `cofeb`, `fig5`, `fig5-die`, `fig5-lab` or a TOML file, but `fig6`"
    ):
        Junction.load("fig6")
    with pytest.raises(JunctionError, match="A preset must be one of"):
        Junction.preset("fig6")


def numbers(name: str) -> st.SearchStrategy[float]:
    low, high = FIELDS[name].metadata["limits"]
    return st.floats(low, min(high, 1e15), exclude_min=FIELDS[name].metadata["above"], allow_subnormal=False)


@given(
    damping=numbers("damping"),
    thickness=numbers("thickness"),
    angle=numbers("hard_layer_angle"),
    stress=numbers("stress_per_volt"),
    half_bias=st.just(math.inf) | numbers("bias_half_tmr"),
    sign=st.sampled_from([1, -1]),
    shape=st.sampled_from(["series", "osborn", "cylinder"]),
)
def test_toml_gives_the_same_junction_back(damping, thickness, angle, stress, half_bias, sign, shape):
    junction = Junction.preset("fig5").changed(
        damping=damping,
        thickness=thickness,
        hard_layer_angle=angle,
        stress_per_volt=stress,
        bias_half_tmr=half_bias,
        gate_sign=sign,
        demagnetization=shape,
    )
    assert belief_from_table(TomlFile.parse(junction.to_toml(), "j.toml")).junction == junction


def test_a_saved_junction_loads(tmp_path, fig5):
    fig5.save(tmp_path / "j.toml")
    assert Junction.load(tmp_path / "j.toml") == fig5
