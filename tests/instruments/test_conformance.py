"""Every driver of the bench `full` does what its role asks; drivers that do not are found out."""

import json

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.conformance import Outcome, checks_of, sentence
from smtjlab.instruments.conformance_any import ERROR_QUEUE, EVERY_DRIVER
from smtjlab.instruments.conformance_run import conform
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.limits_file import limited_names
from smtjlab.instruments.roles import Role

VIRTUAL = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
PARTS = [
    part
    for name, entry in Bench.load("full").instruments.items()
    for part in limited_names(name, entry.role) or (name,)
]


@pytest.fixture(scope="module")
def full():
    return {driver.instrument: driver for driver in conform(Bench.load("full")).drivers}


@pytest.mark.parametrize("part", PARTS)
def test_a_driver_of_the_full_bench_conforms_to_its_role(full, part):
    assert [f"{finding.check}: {finding.seen}" for finding in full[part].failed] == []
    assert full[part].conforms


def test_every_role_has_checks_of_its_own():
    generic = len(EVERY_DRIVER) + len(ERROR_QUEUE)
    played = [role for role in Role if role is not Role.SOURCE_METER_PAIR]  # each of its channels is a source meter
    assert [role for role in played if len(list(checks_of(role))) <= generic] == []


BAD = """
from smtjlab.instruments.keithley_2450 import READ, Keithley2450 as Good
from smtjlab.instruments.roles import SourceReading


class Keithley2450(Good):
    {defect}
"""
DEFECTS = {
    "construction": "def __init__(self, line, clock=None): super().__init__(line, clock=clock); self.write('*CLS')",
    "identity": "identity_pattern = 'MODEL'",
    "limits": "def set_level(self, volts): return super().set_level(min(max(volts, 0.0), self.limits.voltage[1]))",
    "level": "def set_level(self, volts): super().set_level(0.0); self.write(f':SOUR:VOLT {volts}'); return volts",
    "compliance": "def verify(self, expected): pass",
    "range": "def verify(self, expected): pass",
    "four wires": "def verify(self, expected): pass",
    "errors raised": "def check_errors(self): return []",
    "errors emptied": "def check_errors(self): return self._reported([self.oldest_error()], '') and []",
    "unconfigured": "def switch_on(self): self._switch(1)",
    "level while on": "def switch_on(self): self._switch(1)",
    "configured while on": "def output_is_on(self): return False",
    "safe state": "def ramp_off(self, limits): self.session.write(':SOUR:VOLT 0'); self.switch_off()",
    "broken ramp": "def ramp_off(self, limits): self.set_level(0.0); self.switch_off()",
    "deaf ramp": "def ramp_off(self, limits): self.set_level(0.0); self.switch_off()",
    "abandoned": "def shutdown(self): pass",
    "overflow": (
        "def read_source(self): i, v, *_ = self.session.query_numbers(READ, 4); return SourceReading(v, i, False)"
    ),
    "reading": "def read_source(self): return SourceReading(1.0, 0.0, False)",
    "garbled reading": "def read_source(self): self.session.query(READ); return SourceReading(0.0, 0.0, False)",
    "sweep": "def sweep(self, levels, *, delay): return [SourceReading(0.0, 0.0, False) for _ in levels]",
    "sweep limits": (
        "def sweep(self, levels, *, delay): "
        "return super().sweep([min(max(volts, 0.0), self.limits.voltage[1]) for volts in levels], delay=delay)"
    ),
    "guardian": "def safe_step(self, name, limits): return super().safe_step(name, limits).__class__(instrument=name, "
    "address=self.session.address, identity='2400')",
}


@pytest.fixture
def bad(tmp_path, monkeypatch, request):
    """A bench whose gate has a driver with one defect, in a package of its own, and the twin of the good one."""

    def make(number: int, defect: str) -> Bench:
        package = tmp_path / f"bad_driver_{number}"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "keithley_2450.py").write_text(BAD.format(defect=defect), encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        path = tmp_path / "bench.toml"
        path.write_text(
            VIRTUAL.replace("keithley_2450:Keithley2450", f"{package.name}.keithley_2450:Keithley2450", 1),
            encoding="utf-8",
        )
        return Bench.load(path)

    return make


@pytest.mark.parametrize(("number", "check"), list(enumerate(DEFECTS)), ids=list(DEFECTS))
def test_a_driver_with_a_defect_is_found_out(bad, number, check):
    report = conform(bad(number, DEFECTS[check]), only="gate")
    [driver] = report.drivers
    assert check in [finding.check for finding in driver.failed]
    assert not report.conforms


def test_what_a_defect_did_is_told(bad):
    report = conform(bad(100, DEFECTS["limits"]), only="gate")
    [finding] = [finding for finding in report.drivers[0].failed if finding.check == "limits"]
    assert finding.must == "A level just inside the limits must be taken, one outside be refused unsent."
    assert finding.seen == "-1e-07 V was not refused, but returned 0.0."


def test_a_driver_without_a_twin_does_not_conform(tmp_path, monkeypatch):
    (tmp_path / "package_of_lamps").mkdir()
    (tmp_path / "package_of_lamps" / "lamp.py").write_text(
        BAD.format(defect="pass").replace("class Keithley2450", "class Lamp")
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "bench.toml"
    path.write_text(VIRTUAL.replace("keithley_2450:Keithley2450", "package_of_lamps.lamp:Lamp", 1), encoding="utf-8")
    report = conform(Bench.load(path))
    assert [driver.conforms for driver in report.drivers] == [False, True]
    assert "must have a twin such as" in report.drivers[0].findings[0].seen


def test_faults_of_the_bench_file_do_not_await_the_twins(tmp_path):
    fault = '[[faults]]\ninstrument = "{name}"\nkind = "timeout"\nat = "0 s"\ncount = 99\n\n'
    path = tmp_path / "bench.toml"
    path.write_text(VIRTUAL.replace("[truth.device]", fault.format(name="gate") + "[truth.device]"), encoding="utf-8")
    assert conform(Bench.load(path), only="gate").conforms
    path.write_text(VIRTUAL + "\n" + fault.format(name="junction"), encoding="utf-8")
    assert conform(Bench.load(path), only="gate").conforms


def test_a_report_is_plain_json():
    told = json.loads(json.dumps(conform(Bench.load("virtual"), only="gate").to_dict()))
    assert told["conforms"] is True
    assert told["sentence"] == "1 of 1 drivers conform to their roles: 26 checks, none failed, 0 skipped."
    assert told["drivers"][0]["findings"][0]["outcome"] == "conforms"


def test_twins_conform_over_tcp_as_well():
    report = conform(Bench.load("virtual"), only="gate", served=True)
    assert (report.conforms, report.transport) == (True, "TCP")


def metal(tmp_path, addresses) -> Bench:
    """Return the packaged bench as a bench of metal, at these addresses."""
    text = VIRTUAL.partition("\n[virtual]\n")[0]
    for address in addresses:
        text = text.replace("TCPIP::127.0.0.1::0::SOCKET", address, 1)
    path = tmp_path / "metal.toml"
    path.write_text(text, encoding="utf-8")
    return Bench.load(path)


def test_the_drivers_of_a_bench_of_metal_are_tried_on_twins_without_asking_the_metal(tmp_path):
    bench = metal(tmp_path, [f"TCPIP::192.0.2.1::{port}::SOCKET" for port in (1, 2)])
    assert conform(bench, only="gate").conforms


def test_metal_is_tried_with_consent_and_made_safe_after_each_check(served_bench, tmp_path):
    report = conform(metal(tmp_path, served_bench.addresses.values()), hardware=True, consent=True, only="gate")
    outcomes = {finding.check: finding.outcome for finding in report.drivers[0].findings}
    assert report.conforms
    assert outcomes["safe state"] is Outcome.CONFORMS
    assert outcomes["broken ramp"] is Outcome.SKIPPED
    assert not any(served_bench.outputs().values())


def test_without_consent_no_output_of_metal_goes_on(served_bench, tmp_path, monkeypatch):
    twin, switched = type(served_bench.virtual.instruments["gate"]), []
    execute = twin.execute
    monkeypatch.setattr(twin, "execute", lambda self, message: switched.append(message) or execute(self, message))
    report = conform(metal(tmp_path, served_bench.addresses.values()), hardware=True, only="gate")
    assert not [message for message in switched if ":OUTP 1" in message]
    assert {finding.check for finding in report.drivers[0].findings if "consent" in finding.seen} >= {"safe state"}


def test_metal_whose_output_is_on_is_left_alone(served_bench, tmp_path):
    served_bench.ask("gate", ":OUTP 1")
    report = conform(metal(tmp_path, served_bench.addresses.values()), hardware=True, consent=True, only="gate")
    assert report.drivers[0].findings[0].seen == "Output of `gate` must be off before its driver is tried, but is on."
    assert served_bench.outputs()["gate"]


def test_a_virtual_bench_is_no_metal():
    with pytest.raises(InstrumentMistake, match=r"of metal must have no \[virtual\] table, but virtual.toml has one"):
        conform(Bench.load("virtual"), hardware=True)


def test_an_instrument_that_the_bench_has_not_is_a_mistake():
    with pytest.raises(InstrumentMistake, match="must be one of gate, junction, but is 'lamp'"):
        conform(Bench.load("virtual"), only="lamp")


@pytest.mark.parametrize(
    ("only", "tried"), [("dual", ["dual.a", "dual.b"]), ("dual.b", ["dual.b"]), ("gate", ["dual.a"])]
)
def test_a_channel_can_be_tried_alone_by_its_own_name_or_by_its_part(only, tried):
    report = conform(Bench.load("two_channel"), only=only)
    assert [driver.instrument for driver in report.drivers] == tried
    assert report.conforms


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("it went off", "It went off."), ("`gate` is on.", "`gate` is on."), ("smua.sense must", "smua.sense must.")],
)
def test_what_was_seen_is_a_sentence(text, wanted):
    assert sentence(text) == wanted
