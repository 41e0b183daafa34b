import json
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smtjlab.cli.bench import _facts
from smtjlab.cli.main import execute
from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import Interrupted
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.virtual.launch import ensure_served, stop_served
from smtjlab.procedures.station import Station

VIRTUAL = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")


@pytest.fixture
def metal(tmp_path: Path) -> Path:
    """Write the file of a bench of metal at which nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [one.getsockname()[1], other.getsockname()[1]]
    text = VIRTUAL.partition("\n[virtual]\n")[0]
    for port in ports:
        text = text.replace("127.0.0.1::0::", f"127.0.0.1::{port}::", 1)
    path = tmp_path / "metal.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_bench_file_is_fine(capsys) -> None:
    assert execute(["bench", "check"]) == 0
    assert "is fine: `virtual bench`, 2 instruments (gate, junction)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("good", "bad", "sentence"),
    [
        ('slew = "0.5 V/s"', 'slew = "0.5 kg"', "line 2"),
        ('preset = "fig5"', 'preset = "fig6"', "`fig6`"),
        ('role = "source_meter"', 'role = "source_metre"', "'source_meter'"),
    ],
)
def test_a_wrong_bench_file_is_told_with_its_line(good, bad, sentence, tmp_path: Path, capsys) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(VIRTUAL.replace(good, bad, 1), encoding="utf-8")
    assert execute(["bench", "check", str(path)]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert "wrong.toml, line" in err


def test_a_bench_is_shown_with_limits_and_wiring(tmp_path: Path, capsys) -> None:
    assert execute(["bench", "show", "--json", "--out", str(tmp_path / "runs")]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["limits"]["gate"]["voltage"] == [0.0, 0.6]
    assert shown["wiring"]["junction.hi"] == "device.top"
    assert shown["served"] is False
    assert not (tmp_path / "runs").exists()


def test_a_bench_of_two_channels_is_shown_with_their_parts_and_limits(capsys) -> None:
    assert execute(["bench", "check", "two_channel"]) == 0
    assert "`two-channel virtual bench`, 1 instrument (dual)." in capsys.readouterr().out
    assert execute(["bench", "show", "two_channel"]) == 0
    shown = capsys.readouterr().out
    assert "plays gate, 0 V to 600 mV, compliance 100 nA" in shown
    assert "plays junction, -300 mV to 300 mV" in shown


def test_every_address_of_a_served_bench_is_shown() -> None:
    facts = _facts(Bench.load("virtual"), {"gate": "here", "gate.hislip": "there", "junction": "elsewhere"})
    assert [value for name, value in facts if name == "  address"] == ["here", "there", "elsewhere"]


def test_a_driver_of_ones_own_is_found_in_the_current_folder(tmp_path: Path, monkeypatch, capsys) -> None:
    driver = "from smtjlab.instruments.keithley_2450 import Keithley2450\n\n\nclass Mine(Keithley2450):\n    pass\n"
    (tmp_path / "source_of_mine.py").write_text(driver, encoding="utf-8")
    named = 'driver = "source_of_mine:Mine"\ntwin = "keithley_2450:Keithley2450"'
    bench = VIRTUAL.replace('driver = "keithley_2450:Keithley2450"', named, 1)
    (tmp_path / "own.toml").write_text(bench, encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    assert execute(["bench", "check", "own.toml"]) == 0
    with open_bench("own.toml") as opened:  # the process that serves it finds the module too
        assert type(opened.drivers["gate"]).__name__ == "Mine"


def test_a_bench_of_metal_is_not_served(metal: Path, capsys) -> None:
    assert execute(["bench", "serve", str(metal)]) == 2
    assert "must have a [virtual] table" in capsys.readouterr().err


def test_what_cannot_be_reached_is_not_called_safe(metal: Path, tmp_path: Path, capsys) -> None:
    assert execute(["bench", "safe", str(metal), "--out", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "junction: `junction` must be reachable" in out
    assert "gate: `gate` must be reachable" in out
    assert "is NOT SAFE" in out


class Odd(socketserver.StreamRequestHandler):
    """Answers nonsense so many times, and then as a 2450 that is off."""

    def handle(self) -> None:
        server: Any = self.server
        for line in self.rfile:
            message = line.decode().strip()
            server.received.append(message)
            units = [unit for unit in message.split(";") if "?" in unit]
            answers = {"*IDN?": "KEITHLEY INSTRUMENTS,MODEL 2450,04000001,1.7", "*LANG?": "SCPI"}
            if units and server.nonsense > 0:
                server.nonsense -= 1
                self.wfile.write(b"\xff\n")
            elif units:
                echoed = (re.findall(r"ESE (\d+)", message) or ["0"])[0]
                self.wfile.write(";".join(answers.get(unit, echoed) for unit in units).encode() + b"\n")


@contextmanager
def odd_instrument(nonsense: int) -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Odd) as server:
        server.nonsense, server.received = nonsense, []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_what_answers_nonsense_is_told_to_switch_off_all_the_same(
    metal: Path, tmp_path: Path, capsys, wait_until
) -> None:
    with odd_instrument(10**6) as gate, odd_instrument(1) as junction:
        ports = iter((gate.server_address[1], junction.server_address[1]))
        text = re.sub(r"::\d+::SOCKET", lambda _: f"::{next(ports)}::SOCKET", metal.read_text(encoding="utf-8"))
        metal.write_text(text, encoding="utf-8")
        assert execute(["bench", "safe", str(metal), "--out", str(tmp_path)]) == 1
        wait_until(lambda: ":OUTP 0" in gate.received)
    out = capsys.readouterr().out
    assert "junction: Read back safe" in out
    assert "gate: Output told to switch off, unheard." in out


def test_a_virtual_bench_that_is_not_served_has_nothing_on(tmp_path: Path, capsys) -> None:
    assert execute(["bench", "safe", "--out", str(tmp_path)]) == 0
    assert "nothing of it is on" in capsys.readouterr().out


def test_a_served_bench_is_shown_made_safe_and_stopped(tmp_path: Path, capsys) -> None:
    out = ["--out", str(tmp_path)]
    command = [sys.executable, "-m", "smtjlab.cli.main", "bench", "serve", "--json", *out]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        addresses = json.loads(server.stdout.readline())
        switch_on(addresses["gate"])
        assert execute(["bench", "show", "--json", *out]) == 0
        shown = json.loads(capsys.readouterr().out)["instruments"]
        assert {name: entry["address"] for name, entry in shown.items()} == addresses
        may_move = Station(next(tmp_path.glob(".stations/*"))).until_called()
        may_move()
        assert execute(["bench", "safe", *out]) == 0
        assert "gate: Ramped from 0.1 V to 0 V." in capsys.readouterr().out
        with pytest.raises(Interrupted):
            may_move()
        assert execute(["bench", "stop", *out]) == 0
        assert server.wait(20) == 0


def test_time_and_noise_of_a_served_bench_are_told_and_changed(tmp_path: Path, capsys) -> None:
    out, bench = ["--out", str(tmp_path)], Bench.load("virtual")
    station = Station.of(tmp_path.resolve(), bench.name, bench.path).folder
    ensure_served(bench.path, station)
    try:
        assert execute(["bench", "pace", "--noise", "3", "--speed", "10", *out]) == 0
        assert "10 times as fast as ours; noise is 3 times" in capsys.readouterr().out
        assert execute(["bench", "pace", "--noise", "-1", *out]) == 2
        assert "`noise` must be 0 to 1000" in capsys.readouterr().err
    finally:
        stop_served(station)


def test_serving_ends_quietly_when_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "smtjlab.cli.main", "bench", "serve", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("gate")
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=20)
    assert (server.returncode, err) == (0, "")


def switch_on(address: str) -> None:
    """Switch a 2450 on at 0.1 V as any client would, without a driver of this house."""
    port = int(address.split("::")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line, line.makefile("rw") as stream:
        stream.write(":SOUR:VOLT 0.1\n:OUTP ON\n:OUTP?\n")
        stream.flush()
        assert stream.readline().strip() == "1"


def test_whom_a_bench_is_served_to_is_said(tmp_path: Path) -> None:
    for words, told in (([], "this computer only"), (["--host", "0.0.0.0"], "everybody who reaches 0.0.0.0")):
        command = [sys.executable, "-m", "smtjlab.cli.main", "bench", "serve", *words, "--out", str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            last = next(line for line in server.stdout if line.startswith("Serving"))
            server.send_signal(signal.SIGINT)
            _, err = server.communicate(timeout=20)
        assert told in last
        assert ("nobody is asked for a password" in err) == bool(words)


def test_an_address_to_serve_at_must_be_one(tmp_path: Path, capsys) -> None:
    assert execute(["bench", "serve", "--host", "nonsense", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "`host` must be an IPv4 address such as 127.0.0.1, but is 'nonsense'.\n"
