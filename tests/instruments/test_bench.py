import re
from pathlib import Path

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench, BenchClock, packaged_benches
from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.errors import BenchFileError

METAL = """name = "probe station 1"
visa_library = ""

[instruments.gate]
driver = "keithley_2450:Keithley2450"
role = "source_meter"
address = "TCPIP::192.0.2.10::5025::SOCKET"
calibrated = 2026-03-01

[instruments.junction]
driver = "smtjlab.instruments.keithley_2450:Keithley2450"
role = "source_meter"
address = "GPIB0::24::INSTR"

[wiring]
"gate.hi" = "device.gate"
"gate.lo" = "device.back"
"junction.hi" = "device.top"
junction.lo = "device.bottom"

[limits.gate]
voltage = ["0 V", "60 V"]
slew = "500 mV/s"
current = "100 nA"
leakage = 20e-9

[limits.junction]
voltage = [-0.3, "0.3"]
current = "200 uA"
"""


@pytest.fixture
def station(tmp_path):
    def write(old: str = "", new: str = "") -> Path:
        assert old in METAL
        path = tmp_path / "station.toml"
        path.write_text(METAL.replace(old, new, 1))
        return path

    return write


def test_a_bench_is_read_in_SI(station):
    bench = Bench.load(station())
    assert bench.limits["gate"].voltage == (0, 60)
    assert bench.limits["gate"].slew == 0.5
    assert bench.limits["junction"].current == 2e-4
    assert bench.instruments["gate"].calibrated.isoformat() == "2026-03-01"
    assert (bench.name, bench.visa_library, bench.virtual) == ("probe station 1", "", None)
    assert bench.text == METAL


@pytest.mark.parametrize("name", packaged_benches())
def test_every_packaged_bench_is_in_order(name):
    assert Bench.load(name).name
    assert Bench.load(f"{name}@smtj").in_process


def test_the_virtual_bench_has_a_clock_of_its_own_and_hides_its_truth():
    bench = Bench.load("virtual")
    assert bench.virtual is not None
    assert bench.virtual.clock is BenchClock.VIRTUAL
    assert not hasattr(bench, "truth")


def test_in_process_each_instrument_has_a_resource_of_its_name():
    bench = Bench.load("virtual@smtj")
    assert bench.instruments["gate"].address == "TCPIP::gate::INSTR"
    assert bench.visa_library == f"{bench.path}@smtj"


@pytest.mark.parametrize("name", ["virtul", "nowhere"])
def test_an_unknown_bench_is_refused_with_the_known_ones(name):
    with pytest.raises(BenchFileError, match=f"must be a TOML file or one of .*virtual.* but is '{name}'"):
        Bench.load(name)


def test_a_missing_file_is_told_with_where_it_was_looked_for(tmp_path):
    with pytest.raises(BenchFileError, match=r"there is no '.*none.toml' \(looked at .*none.toml\)"):
        Bench.load(tmp_path / "none.toml")


def test_metal_cannot_be_imitated_in_process(station):
    with pytest.raises(BenchFileError, match=r"in process must have a \[virtual\] table"):
        Bench.load(f"{station()}@smtj")


WRONG = [
    ('name = "probe', 'nam = "probe', "A key of the bench file must be 'name' or", 1),
    ('name = "probe station 1"', "name = 3", "`name` must be text, but is 3", 1),
    ("[wiring]", "[wirings]", "must be 'wiring' or .*, but is 'wirings'", 15),
    ("role = ", "rol = ", r"A key of \[instruments.gate\] must be 'role' or .*, but is 'rol'", 6),
    ('role = "source_meter"\n', "", r"\[instruments.gate\] must have 'role', but has not", 4),
    ('"source_meter"', '"voltmeter"', "`role` must be 'source_meter', but is 'voltmeter'", 6),
    (
        '"keithley_2450:',
        '"keithley_2451:',
        "must be in a file that exists, but there is no 'smtjlab.instruments.keithley_2451'",
        5,
    ),
    ('"keithley_2450:Keithley2450"', '"my_keithley:X"', "no 'smtjlab.instruments.my_keithley'", 5),
    (":Keithley2450", ":Keithley245", "keithley_2450.py, but it has no 'Keithley245'; did you mean 'Keithley2450'", 5),
    ('"keithley_2450:Keithley2450"', '"2450"', "`driver` must be 'file:Class'", 5),
    ('"keithley_2450:Keithley2450"', '"nowhere.at.all:X"', "there is no 'nowhere.at.all'", 5),
    ("TCPIP::192.0.2.10::5025::SOCKET", "192.0.2.10", "`address` must be a VISA resource name", 7),
    ("TCPIP::192.0.2.10::5025::SOCKET", "TCPIP::127.0.0.1::0::SOCKET", "`address` must name a port", 7),
    ("GPIB0::24::INSTR", "tcpip::192.0.2.10::5025::socket", "'gate' and 'junction' share", 13),
    ("2026-03-01", '"March"', "`calibrated` must be a date such as 2026-03-01, but is 'March'", 8),
    ("[instruments.junction]", "[instruments.other]", r"\[instruments\] must have 'junction', but has not", None),
    ('"gate.hi" = ', '"gat.hi" = ', "Wiring must start at 'gate' or 'junction', but starts at 'gat.hi'", 16),
    ('"gate.hi"', '"gate.high"', "A terminal of 'gate' must be 'hi', .*, but is 'high'", 16),
    ('"device.gate"', '"device.gates"', "Wiring of 'gate.hi' must be 'device.gate' or .*, but is 'device.gates'", 16),
    ('"device.top"', '"device.back"', 'Wiring must say "junction.hi" = "device.top", but says .device.back.', 18),
    ('"gate.lo" = "device.back"\n', "", 'Wiring must say "gate.lo" = "device.back", but says .nothing', 15),
    ('"gate.hi" = "device.gate"', '"gate.hi" = 3', "Wiring of 'gate.hi' must be .*, but is 3", 16),
    ('["0 V", "60 V"]', '"60 V"', "`voltage` must be a pair", 22),
    (
        '["0 V", "60 V"]',
        '["0 V", "60 A"]',
        "`voltage` must be in V: A unit must be of the kind of V, but is '60 A'",
        22,
    ),
    ('["0 V", "60 V"]', '["10 V", "60 V"]', "with 0 V between them, but are 10 V and 60 V", 22),
    ('slew = "500 mV/s"\n', "", r"\[limits.gate\] must have 'slew', but has not", 21),
    ('"500 mV/s"', '"500 mV"', "`slew` must be in V/s", 23),
    ('"500 mV/s"', '"-1 V/s"', "`slew` limit must be above 0", 23),
    ("leakage = 20e-9", 'leakage = "1 uA"', "`leakage` must not exceed `current`", 25),
    ("leakage = 20e-9", "leak = 20e-9", "must be 'leakage' or .*, but is 'leak'", 25),
    ("[limits.junction]", "[limits.junktion]", "Limits must be of 'junction' or 'gate', but are of 'junktion'", 27),
    (
        '\n[limits.junction]\nvoltage = [-0.3, "0.3"]\ncurrent = "200 uA"',
        "",
        r"but \[limits.junction\] is missing",
        10,
    ),
    ("[limits.junction]", "[limits.junction", "must be valid TOML", 27),
    ("[wiring]", "[truth.device]\n[wiring]", r"\[truth\] must stand below a \[virtual\] table", 15),
    ("[wiring]", "[virtual]\n[wiring]", "`address` on a virtual bench must be", 7),
    ("[wiring]", "[virtual]\nclock = 'fast'\n[wiring]", "`clock` must be .*, but is 'fast'", 16),
    ("[wiring]", "[virtual]\nclock = 'scaled'\n[wiring]", "`factor` must be given exactly where", 15),
    ("[wiring]", "[virtual]\nclock = 'scaled'\nfactor = 0\n[wiring]", "`factor` must be a number above 0", 17),
    ("[wiring]", "[virtual]\nseed = -1\n[wiring]", "`seed` must be a whole number", 16),
]


@pytest.mark.parametrize(("old", "new", "sentence", "line"), WRONG)
def test_a_wrong_bench_file_is_told_with_its_line(station, old, new, sentence, line):
    place = f", line {line}" if line else ""
    with pytest.raises(BenchFileError, match=rf"{sentence}.*station\.toml{place}\W") as caught:
        Bench.load(station(old, new))
    assert str(caught.value).endswith(".")
    assert re.match(r"[A-Z`\[]", str(caught.value))


@pytest.mark.parametrize("driver", ["json.decoder:JSONDecoder", "pymeasure.instruments.keithley:Keithley2450"])
def test_a_driver_may_live_anywhere_on_the_path(station, driver):
    assert Bench.load(station("keithley_2450:Keithley2450", driver)).instruments["gate"].driver == driver


def test_a_driver_of_ones_own_may_lie_in_a_module_without_a_package(station, tmp_path, monkeypatch):
    (tmp_path / "my_keithley.py").write_text("class Keithley2450: ...")
    monkeypatch.syspath_prepend(tmp_path)
    bench = Bench.load(station("keithley_2450:Keithley2450", "my_keithley:Keithley2450"))
    assert DriverName.parse(bench.instruments["gate"].driver).load().__module__ == "my_keithley"


def test_limits_of_power_and_leads_are_read(tmp_path):
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    more = '[limits.junction]\npower = "20 uW"\ncontact_resistance = "50 ohm"\nlead_resistance = "1 ohm"'
    (tmp_path / "bench.toml").write_text(text.replace("[limits.junction]", more), encoding="utf-8")
    limits = Bench.load(tmp_path / "bench.toml").source_limits["junction"]
    assert (limits.power, limits.contact_resistance, limits.lead_resistance) == (2e-5, 50, 1)


@pytest.mark.parametrize(
    ("name", "key"),
    [("gate", "contact_resistance"), ("gate", "lead_resistance"), ("lockin", "power"), ("gates", "power")],
)
def test_a_limit_that_nothing_would_obey_is_refused(tmp_path, name, key):
    text = (PACKAGED / "full.toml").read_text(encoding="utf-8")
    text = text.replace(f"[limits.{name}]", f"[limits.{name}]\n{key} = 1.0")
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BenchFileError, match=rf"A key of \[limits.{name}\] must be .*, but is '{key}'"):
        Bench.load(tmp_path / "bench.toml")


def test_a_bench_tells_the_limits_of_all_that_a_setpoint_may_ask_for():
    bench = Bench.load("full")
    assert bench.device_limits == {
        "gate": bench.limits["gate"],
        "junction": bench.limits["junction"],
        "field": bench.limits["field"],
        "temperature": bench.limits["thermometer"],
    }


TWO_CHANNELS = (PACKAGED / "two_channel.toml").read_text(encoding="utf-8")


def test_a_channel_may_play_gate_or_junction(tmp_path):
    bench = Bench.load("two_channel")
    assert list(bench.instruments) == ["dual"]
    assert bench.parts == {"gate": "dual.a", "junction": "dual.b"}
    assert bench.wiring["dual.a.hi"] == bench.wiring["gate.hi"] == "device.gate"
    assert set(bench.device_limits) == {"gate", "junction"}
    assert bench.limits_of("dual.a") == bench.limits_of("gate") == bench.limits["gate"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("dual.b", "dual.c", r"`part_of` must be 'dual.b' or 'dual.a', but is 'dual.c'.*line 15"),
        ('part_of = "dual.b"', 'part_of = "dual.b"\ndriver = "x"', r"A key of .* must be 'part_of', but is 'driver'"),
        ("[limits.gate]", "[limits.dual.a]", r"must stand under the part .*\[limits.gate\], but stand in .*line 23"),
        ("[virtual]", "[limits.dual.b]\ncurrent = 1e-6\n[virtual]", r"\[limits.junction\], but stand in .*dual.b"),
        ("[virtual]", "[limits.dual.c]\n[virtual]", r"A key of \[limits.dual\] must be 'a' or 'b', but is 'c'"),
        ("[limits.gate]", "[limits.nobody]", r"but are of 'nobody'"),
        ("dual.b", "dual.a", r"must play one part, but 'dual.a' plays 'gate' and 'junction'.*line 15"),
        ('"gate.hi"', '"gate.high"', r"A terminal of 'gate' must be 'hi', .*, but is 'high'"),
    ],
)
def test_a_wrong_part_is_told_with_its_line(tmp_path, old, new, sentence):
    (tmp_path / "two.toml").write_text(TWO_CHANNELS.replace(old, new), encoding="utf-8")
    with pytest.raises(BenchFileError, match=sentence):
        Bench.load(tmp_path / "two.toml")


SURROUNDED = """
magnets = ["main"]
[components.load]
resistance = "1 kohm"
between = ["device.bottom", "circuit.out"]
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SURROUNDED.replace("circuit.out", "out"), r"have a name of its own with a dot.*but is 'out'"),
        (SURROUNDED.replace("device.bottom", "device.botom"), r"must be a device's pin.*but is 'device.botom'"),
        (SURROUNDED.replace("1 kohm", "0 ohm"), r"`resistance` must be above 0 ohm"),
        (SURROUNDED.replace("1 kohm", "1 kV"), r"`resistance` must be in ohm"),
        (SURROUNDED.replace('["main"]', '["main", "main"]'), r"`magnets` must be a list of different names"),
        (
            SURROUNDED.replace('["main"]', '["device"]'),
            r"must not be that of a device or of the stage, but is 'device'",
        ),
        (SURROUNDED.replace('["main"]', '["stage"]'), r"must not be that of a device or of the stage, but is 'stage'"),
    ],
)
def test_wrong_components_and_magnets_are_told(tmp_path, text, sentence):
    named = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace('visa_library = "@py"', text.split("[c")[0])
    (tmp_path / "b.toml").write_text(named + "[c" + text.split("[c")[1], encoding="utf-8")
    with pytest.raises(BenchFileError, match=sentence):
        Bench.load(tmp_path / "b.toml")
