import json
from pathlib import Path

import pytest

from smtjlab.cli.main import execute
from smtjlab.cli.study_options import (
    USUAL_WIDTHS,
    field_along,
    mechanism_named,
    short_name,
    study_command,
    switching_grid,
    values_of,
)
from smtjlab.procedures.errors import ParameterError


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("stability --gate 0.2:0.4", "START:STOP:POINTS"),
        ("stability --junction fig6", "`fig6` was asked for"),
        ("stability --averaging 5kg", "'5kg'"),
        ("stability --averaging 0s", "`averaging` must be above 0 s"),
        ("stability --field 3V", "of the kind of A/m"),
        ("switching", "Missing option"),
        ("switching --mechanism magic", "`--mechanism` must be one of stt, sot"),
        ("switching --mechanism stt --width 1V", "of the kind of s"),
        ("switching --mechanism stt --width 0:1ns:x", "`--width` must be one value"),
        ("switching --mechanism stt --width=-1ns --amplitude 1e11", "`width` of a pulse must be above 0 s"),
        ("switching --mechanism stt --width 1ns,2ns --amplitude 1e11,2e11 --field 0,1Oe", "At most two of"),
        ("switching --mechanism stt --width 1ns:2ns:200 --amplitude 1e11:2e11:200", "at most 10000 points"),
        ("switching --mechanism stt --replicas 0", "replicas"),
        ("energy --mechanism magic", "`--mechanism` must be one of stt, sot"),
        ("energy --points 1", "points"),
        ("linear-range --tolerance 0.3", "`tolerance` must be above 0 and below 0.25"),
        ("linear-range --junction fig6", "`fig6` was asked for"),
        ("linear-range --points 1", "points"),
        ("learning --data iris", "`--data` must be digits or wine, but is 'iris'."),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_no_file(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["study", *words.split()]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert len(said.err.splitlines()) <= 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["stability", "switching --mechanism stt", "energy", "linear-range", "learning"])
def test_a_folder_that_cannot_be_is_told_before_anything_is_computed(
    verb: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtjlab.cli.study.tell", None)  # nothing gets there
    file = tmp_path / "file"
    file.touch()
    assert execute(["study", *verb.split(), "--out", str(file)]) == 2
    assert capsys.readouterr().err == f"The folder of a study must be a folder, but {file} is a file.\n"


def test_a_study_prints_its_finding_and_where_page_and_table_lie(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert execute(["study", "stability", "--gate", "0.25:0.40:7", "--out", str(tmp_path / "made")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("The barrier between the wells is 20 to 60 kT")
    assert f"Page:    {tmp_path}/made/stability-fig5.html\nTable:   {tmp_path}/made/stability-fig5.csv" in out
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        "stability-fig5.html", "stability-fig5.csv", "stability-fig5-figure.svg"
    }  # fmt: skip


def test_json_is_all_that_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["study", "stability", "--gate", "260mV:0.3:3", "--field", "10 Oe", "--json", "--out", str(tmp_path)]
    assert execute(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["columns"]["gate_V"] == pytest.approx([0.26, 0.28, 0.3])
    assert found["columns"]["barrier_kT"][0] is None  # infinite: one well only
    assert Path(found["files"]["table"]).is_file()
    assert "--field '10 Oe'" in found["command"]


def test_switching_is_the_same_for_the_same_seed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["study", "switching", "--mechanism", "gates", "--width", "1ns,2ns", "--amplitude", "4mV", "--replicas=8"]
    pages = []
    for _ in range(2):
        assert execute([*words, "--out", str(tmp_path)]) == 0
        pages.append((tmp_path / "switching-gates.html").read_bytes())
    assert pages[0] == pages[1]
    assert capsys.readouterr().err == ""


def test_energy_draws_the_mechanisms_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["study", "energy", "--mechanism", "gates", "--mechanism", "strain", "--points", "2", "--replicas", "8"]
    assert execute([*words, "--out", str(tmp_path)]) == 0
    assert "two gate pairs" in capsys.readouterr().out
    assert "--mechanism gates --mechanism strain" in (tmp_path / "energy.html").read_text(encoding="utf-8")


def test_linear_range_puts_the_claim_beside_what_follows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert execute(["study", "linear-range", "--points", "2", "--json", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert said.err == ""
    assert found["finding"].startswith("The linear window is 29.1 mV wide whatever R_AP is")
    assert found["facts"]["width for TMR to infinity, R_P kept"] == "43.71 mV"
    assert found["columns"]["static_V"][1] == pytest.approx(29.137e-3, rel=1e-4)
    assert found["columns"]["claim_V"][1] == pytest.approx(5 * 29.137e-3, rel=1e-4)
    assert "claim of the paper" in (tmp_path / "linear-range-fig5.html").read_text(encoding="utf-8")


def test_fields_are_written_in_the_units_of_the_field() -> None:
    assert field_along("10 Oe") == pytest.approx(795.7747)
    assert field_along("1 mT") == pytest.approx(795.7747)
    assert field_along("1.6 kA/m") == pytest.approx(1600)
    assert field_along("-5") == -5


def test_values_are_one_a_list_or_a_range_with_both_ends() -> None:
    assert values_of("1ns", "s", "--width") == [1e-9]
    assert values_of("1ns, 2ns", "s", "--width") == [1e-9, 2e-9]
    assert values_of("0.2ns:3ns:15", "s", "--width")[-1] == 3e-9
    assert len(values_of("0.2ns:3ns:15", "s", "--width")) == 15


def test_what_is_left_out_is_varied_while_there_is_room() -> None:
    strain = mechanism_named("strain", None)
    usual = switching_grid(strain, None, None, "0")
    assert [len(usual.widths), len(usual.amplitudes), len(usual.fields)] == [len(USUAL_WIDTHS), 3, 1]
    fields = switching_grid(strain, None, None, "0,1,2")
    assert [len(fields.widths), len(fields.amplitudes), len(fields.fields)] == [len(USUAL_WIDTHS), 1, 3]
    fixed = switching_grid(strain, "1ns", None, "0")
    assert [len(fixed.widths), len(fixed.amplitudes)] == [1, 13]


def test_a_mechanism_may_have_another_junction() -> None:
    assert mechanism_named("strain", "fig5").junction.dipole_field > 0
    with pytest.raises(ParameterError, match="must be one of stt, sot, vcma, strain, gates, but is 'mtj'"):
        mechanism_named("mtj", None)


def test_the_command_can_be_copied_into_a_shell() -> None:
    assert study_command("energy", mechanism=["stt"], points=3, out=Path("my studies")) == (
        "smtjlab study energy --mechanism stt --points 3 --out 'my studies'"
    )
    assert short_name("/some/where/die.toml") == "die"
    assert short_name("fig5") == "fig5"
