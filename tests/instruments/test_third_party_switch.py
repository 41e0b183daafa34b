"""Drivers that nobody here wrote, unmodified, on the virtual 3706A: served over a raw socket, and in process."""

from __future__ import annotations

import warnings

import pytest

from smtjlab.instruments.bench import PACKAGED

PARTS = """[instruments.switch]
driver = "keithley_3706a:Keithley3706A"
role = "switch"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring]
"switch.1.r1" = "bus.one"
"switch.1.r2" = "bus.two"
"""


@pytest.fixture(scope="module")
def bench_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "bench.toml"
    path.write_text((PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("[wiring]", PARTS))
    return path


@pytest.fixture
def place(place_of):
    """Address and VISA library of the 3706A."""
    return place_of("switch")


@pytest.fixture
def qcodes(place):
    address, library = place
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        from qcodes.instrument_drivers.Keithley import Keithley3706A
    driver = Keithley3706A("matrix", address, visalib=library, timeout=30)
    yield driver
    driver.close()


def test_qcodes_knows_mainframe_and_card(qcodes, capsys):
    assert qcodes.get_idn()["model"] == "3706A-S"
    assert qcodes.get_switch_cards() == (
        {"slot_no": "1", "model": "3730", "mtype": "6x16 High Density Matrix", "firmware": "01.40h",
         "serial": "SMTJ0003-1"},
    )  # fmt: skip
    assert qcodes.get_interlock_state()[0]["state"].startswith("Interlock 1 is engaged")
    assert len(qcodes.get_channels()) == 96
    assert set(qcodes.get_available_memory()) == {
        "System Memory  (%)", "Script Memory  (%)", "Pattern Memory (%)", "Config Memory  (%)",
    }  # fmt: skip
    assert qcodes.get_ip_address() == "127.0.0.1"


def test_qcodes_closes_and_opens(qcodes):
    qcodes.close_channel("1101")
    qcodes.close_channel("1203,1911")
    assert qcodes.get_closed_channels("allslots") == ["1101", "1203", "1911"]
    qcodes.open_channel("1101:1116")
    assert qcodes.get_closed_channels("slot1") == ["1203", "1911"]
    qcodes.exclusive_close("1402")
    assert qcodes.get_closed_channels("allslots") == ["1402"]
    qcodes.exclusive_slot_close("1403")
    assert qcodes.connect_row_to_columns(1, 2, [1, 2]) == ["1201", "1202"]
    qcodes.open_channel("allslots")
    assert qcodes.get_closed_channels("allslots") is None


def test_qcodes_forbids_and_warns(qcodes):
    assert qcodes.get_forbidden_channels("allslots") == "nil"
    qcodes.set_forbidden_channels("1101,1102")
    assert qcodes.get_forbidden_channels("allslots") == "1101,1102"
    with pytest.warns(UserWarning, match="forbidden to close"):
        qcodes.close_channel("1101")
    assert qcodes.get_closed_channels("allslots") is None
    qcodes.clear_forbidden_channels("allslots")
    assert qcodes.get_forbidden_channels("allslots") == "nil"


def test_qcodes_sets_rules_delays_and_interfaces(qcodes):
    assert qcodes.channel_connect_rule() == "BREAK_BEFORE_MAKE"
    qcodes.channel_connect_rule("MAKE_BEFORE_BREAK")
    assert qcodes.channel_connect_rule() == "MAKE_BEFORE_BREAK"
    qcodes.set_delay("1101", 0.1)
    assert qcodes.get_delay("1101,1102") == [0.1, 0.0]
    qcodes.set_backplane("1101", "1911,1912")
    assert qcodes.get_backplane("1101") == "1911,1912"
    qcodes.gpib_enabled(False)
    assert qcodes.gpib_enabled() is False
    qcodes.gpib_address(12)
    assert qcodes.gpib_address() == 12
    assert qcodes.lan_enabled() is True
    qcodes.reset_channel("slot1")
    assert qcodes.get_delay("1101") == [0.0]


@pytest.fixture
def vendor(bench_file, tmp_path, monkeypatch):
    package = pytest.importorskip("tm_devices")
    monkeypatch.chdir(tmp_path)  # it writes a log beside wherever it is
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with package.DeviceManager(verbose=False) as devices:
            devices.visa_library = f"{bench_file}@smtj"
            devices.setup_cleanup_enabled = devices.teardown_cleanup_enabled = False
            yield devices.add_ss("switch")


def test_the_vendors_own_package_switches(vendor):
    assert vendor.serial == "SMTJ0003"
    channel = vendor.commands.channel
    vendor.write("*CLS")  # the power-on bit
    channel.connectrule = 1
    channel.close("1101,1202")
    assert channel.getclose("allslots") == "1101;1202"
    assert channel.getstate("1101,1102") == "1,0"
    channel.exclusiveclose("1303")
    assert channel.getcount("1101,1303") == "1,1"
    channel.open("allslots")
    assert channel.getclose("allslots") == "nil"
    assert vendor.expect_esr(0)


def test_the_vendors_own_package_keeps_patterns_and_labels(vendor):
    channel = vendor.commands.channel
    channel.pattern.setimage("1101,1202", "path")
    assert channel.pattern.getimage("path") == "1101,1202"
    channel.setlabel("1101", "start")
    assert channel.getlabel("1101") == "start"
    channel.setpole("1101", 2)
    assert channel.getpole("1101") == "2"
    assert vendor.commands.slot[1].idn.startswith("3730,")
    assert vendor.commands.slot[2].idn == "Empty Slot"
    assert float(vendor.commands.slot[1].rows.matrix) == 6
    assert vendor.commands.memory.available().startswith("99.5")


def test_the_vendors_own_package_hears_of_mistakes(vendor):
    vendor.commands.channel.close("9999")
    assert float(vendor.query("print(errorqueue.count)")) == 1
    assert vendor.query("print(errorqueue.next())").split("\t")[0] == "1.11500e+03"
    vendor.reset()
    assert vendor.commands.channel.getclose("allslots") == "nil"
