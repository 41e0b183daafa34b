import subprocess
import sys
import threading

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import (
    BenchFileError,
    BenchTaken,
    ForeignIdentity,
    Interrupted,
    NotConnected,
    UnsafeError,
)
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Setpoint

GATE = "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001,1.7.12b"
JUNCTION = "KEITHLEY INSTRUMENTS INC.,MODEL 2450,SMTJ0002,1.6.4c"


class Quiet2450:
    """Answers what connecting asks; remembers its output."""

    def __init__(self, identity: str, output: int = 0, language: str = "SCPI", stuck: bool = False) -> None:
        self.answers = {"*IDN?": identity, "*LANG?": language, ":SOUR:VOLT?": "0"}
        self.output, self.stuck = output, stuck

    def __call__(self, message: str) -> str | None:
        said = []
        for unit in message.split(";"):
            if unit == ":OUTP 0" and not self.stuck:
                self.output = 0
            if unit.startswith("*ESE "):
                self.answers["*ESE?"] = unit[5:]
            if unit.endswith("?"):
                said.append(str(self.output) if unit == ":OUTP?" else self.answers[unit])
        return ";".join(said) + "\n" if said else None


@pytest.fixture
def station(fake, tmp_path):
    """A bench of metal, as far as the software can tell, with two instruments at sockets."""

    def make(gate: Quiet2450 | None = None, junction: Quiet2450 | None = None, driver: str = ""):
        at_gate, at_junction = fake(gate or Quiet2450(GATE)), fake(junction or Quiet2450(JUNCTION))
        text = (PACKAGED / "virtual.toml").read_text().partition("\n[virtual]")[0]
        for instrument in (at_gate, at_junction):
            text = text.replace("TCPIP::127.0.0.1::0::SOCKET", instrument.address, 1)
        path = tmp_path / "station.toml"
        path.write_text(text.replace("keithley_2450:Keithley2450", driver or "keithley_2450:Keithley2450", 1))
        return Bench.load(path), at_gate, at_junction

    return make


def test_connecting_asks_and_changes_nothing(station):
    bench, gate, junction = station()
    with open_bench(bench) as opened:
        assert opened.identities == {"gate": GATE, "junction": JUNCTION}
        assert (opened.simulated, opened.found_on) == (True, [])
    assert set(gate.received) | set(junction.received) == {"*IDN?", "*LANG?", ":OUTP?"}


def test_an_output_found_on_is_reported_and_left_alone(station):
    bench, _, junction = station(junction=Quiet2450(JUNCTION, output=1))
    with open_bench(bench) as opened:
        assert opened.found_on == ["junction"]
    assert junction.answer.output == 1


def test_metal_says_that_it_is_metal(station):
    bench, _, _ = station(*(Quiet2450(f"KEITHLEY INSTRUMENTS,MODEL 2450,0400000{n},1.7") for n in (1, 2)))
    with open_bench(bench) as opened:
        assert not opened.simulated


def test_metal_and_imitation_are_not_mixed(station):
    bench, _, _ = station(Quiet2450("KEITHLEY INSTRUMENTS,MODEL 2450,04000001,1.7"))
    with pytest.raises(
        ForeignIdentity, match="all of metal or all simulated, but 'gate' is metal, 'junction' is simulated"
    ):
        open_bench(bench)


def test_another_model_is_refused_with_name_and_address(station):
    bench, gate, _ = station(Quiet2450("KEITHLEY INSTRUMENTS INC.,MODEL 2400,1234567,C30"))
    with pytest.raises(ForeignIdentity, match=rf"`gate` must be .*, but {gate.address} answers .*MODEL 2400"):
        open_bench(bench)


def test_another_command_language_is_refused(station):
    bench, _, _ = station(Quiet2450(GATE, language="SCPI2400"))
    with pytest.raises(ForeignIdentity, match="is set to 'SCPI2400'"):
        open_bench(bench)


def test_an_unreachable_instrument_is_told_with_name_and_address(station):
    bench, _, junction = station()
    junction.close()
    with pytest.raises(NotConnected, match=f"`junction` must be reachable at {junction.address}, but is not"):
        open_bench(bench)


def test_a_driver_must_play_the_role_it_is_given(station):
    bench, gate, _ = station(driver="json.decoder:JSONDecoder")
    with pytest.raises(
        BenchFileError, match=r"must play the role 'source_meter', but .* plays none \(station.toml, line 7\)"
    ):
        open_bench(bench)
    assert gate.received == []


def test_a_driver_must_have_what_every_driver_has(station, tmp_path, monkeypatch):
    (tmp_path / "half_a_driver.py").write_text("class Half:\n    role = 'source_meter'\n    identity_query = '*IDN?'\n")
    monkeypatch.syspath_prepend(tmp_path)
    bench, gate, _ = station(driver="half_a_driver:Half")
    with pytest.raises(BenchFileError, match=r"lacks identity_pattern, .*, safe_step \(station.toml, line 7\)"):
        open_bench(bench)
    assert gate.received == []


def test_the_safe_plan_takes_the_junction_first_and_the_gate_at_its_slew_limit(station):
    bench, _, _ = station()
    with open_bench(bench) as opened:
        assert [(step.instrument, step.slew) for step in opened.safe_plan.steps] == [("junction", None), ("gate", 0.5)]


def test_leaving_makes_safe_what_the_device_switched_on(station):
    bench, _, junction = station(junction=Quiet2450(JUNCTION, output=1))
    with open_bench(bench) as opened:
        opened.device.prepared = True
    assert junction.answer.output == 0


def test_leaving_an_output_that_stays_on_is_unsafe(station):
    bench, _, _ = station(junction=Quiet2450(JUNCTION, output=1, stuck=True))
    with pytest.raises(UnsafeError, match="NOT SAFE: junction"), open_bench(bench) as opened:
        opened.device.prepared = True


def test_what_closing_says_does_not_hide_that_a_bench_is_unsafe(station):
    bench, _, _ = station(junction=Quiet2450(JUNCTION, output=1, stuck=True))
    opened = open_bench(bench)
    opened._stack.callback(lambda: 1 / 0)
    opened.device.prepared = True
    with pytest.raises(UnsafeError, match="NOT SAFE: junction"):
        opened.__exit__(None, None, None)


def test_two_channels_of_one_instrument_measure_a_conductance():
    with open_bench("two_channel@smtj") as bench:
        bench.device.prepare(bias=0.1)
        bench.device.apply(Setpoint(gate=0.3))
        reading = bench.device.conductance()
        assert reading.gate == pytest.approx(0.3, abs=2e-3)
        assert reading.value == pytest.approx(5.2e-4, rel=0.1)
        assert [step.instrument for step in bench.safe_plan.steps] == ["junction", "gate"]
        assert bench.make_safe().safe


@pytest.fixture(params=["sockets", "in process"])
def opened(request, station):
    """A bench, by either way."""
    bench = station()[0] if request.param == "sockets" else "virtual@smtj"
    with open_bench(bench) as found:
        yield found


def test_a_bench_is_interrupted_as_a_whole_and_goes_on(opened):
    opened.interrupt("the run was stopped")
    for session in opened.sessions.values():
        with pytest.raises(Interrupted, match="but was: the run was stopped"):
            session.query("*IDN?")
    opened.go_on()
    assert [session.query("*IDN?") for session in opened.sessions.values()] == list(opened.identities.values())


def test_an_interrupted_bench_is_made_safe_and_that_is_not_interrupted(opened):
    opened.interrupt("the run was stopped")
    report = opened.make_safe(say=lambda _: opened.interrupt("again"))
    assert report.safe
    assert {found["text"] for found in report.findings if found["action"] == "connect"} == {
        f"Answers as {identity}." for identity in opened.identities.values()
    }
    assert opened.sessions["gate"].interrupted is None


def test_a_bench_that_was_cut_in_the_middle_of_a_question_is_made_safe(station):
    bench, gate, junction = station(junction=Quiet2450(JUNCTION, output=1))
    with open_bench(bench) as opened:
        gate.may_answer.clear()
        asked = len(gate.received)

        def interrupt() -> None:
            while len(gate.received) == asked:
                pass
            opened.interrupt("stop")
            gate.may_answer.set()

        other = threading.Thread(target=interrupt)
        other.start()
        with pytest.raises(Interrupted):
            opened.sessions["gate"].query("*LANG?")
        other.join()
        assert opened.sessions["gate"].poisoned
        assert opened.make_safe().safe
        assert opened.sessions["gate"].poisoned is None
    assert junction.answer.output == 0


def test_a_bench_that_is_open_cannot_be_opened_by_another_but_made_safe_beside_it(station):
    bench, _, _ = station()
    with open_bench(bench, holder="run 7") as opened:
        assert (len(opened.leases), opened.notes) == (2, [])
        with pytest.raises(BenchTaken, match=r"must be free, but is held by run 7 \(process"):
            open_bench(bench, patience=0)
        with open_bench(bench, holder=None) as beside:
            assert beside.leases == ()
            assert beside.make_safe().safe
    with open_bench(bench, patience=0):
        pass


def test_a_bench_that_does_not_open_keeps_no_lease(station):
    bench, _, _ = station(Quiet2450(GATE, language="SCPI2400"))
    for _ in range(2):
        with pytest.raises(ForeignIdentity, match="SCPI2400"):
            open_bench(bench, patience=0)


HOLD = """
import sys
from smtjlab.instruments.open_bench import open_bench
with open_bench(sys.argv[1], holder="a script of somebody"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_held_a_bench_and_died_is_told_to_the_next(station):
    bench, _, _ = station()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(bench.path)], stdin=-1, stdout=-1) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BenchTaken, match="held by a script of somebody"):
            open_bench(bench, patience=0)
        holder.kill()
    with open_bench(bench, patience=0) as opened:
        assert len(opened.notes) == 2
        assert f"was held by a script of somebody (process {holder.pid} of" in opened.notes[0]
    with open_bench(bench, patience=0) as opened:
        assert opened.notes == []
