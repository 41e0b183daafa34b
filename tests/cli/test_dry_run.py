"""What a dry run tells of its ranges."""

from smtjlab.cli.main import execute


def test_what_does_not_move_is_told_as_one_value(capsys, tmp_path):
    assert execute(["run", "transfer-curve", "-p", "stop=300mV", "--dry-run", "--out", str(tmp_path)]) == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (told["gate"], told["bias"]) == ("0 V to 300 mV", "100 mV")
