import struct

import pytest


@pytest.fixture
def model():
    return "keysight_34461a:Keysight34461A"


def test_initiate_measures_beside_and_fetch_waits(meter):
    meter("CONF:VOLT 1;:SAMP:COUN 3;:INIT")
    assert meter("STAT:OPER:COND?") == "+16"
    assert len(meter("FETC?").split(",")) == 3
    assert meter("FETC?") == meter("FETC?")
    assert meter("DATA:POIN?;:STAT:OPER:COND?") == "+3;+512"


def test_polling_ends_a_measurement_on_imagined_time_but_is_first_answered_busy(meter):
    meter("CONF:VOLT 1;:SAMP:COUN 100;:INIT;*OPC")
    polls = [meter("*ESR?") for _ in range(3)]
    assert [int(poll) & 1 for poll in polls] == [0, 1, 0]


def test_triggers_of_the_bus_release_one_set_of_samples_each(meter):
    meter("CONF:VOLT 1;:TRIG:SOUR BUS;COUN 2;:SAMP:COUN 2;:INIT")
    assert meter("STAT:OPER:COND?;:FETC?") == "+32"
    meter("*TRG;*WAI")
    assert meter("DATA:POIN?;:STAT:OPER:COND?") == "+2;+544"
    meter("*TRG;*WAI")
    assert meter("DATA:POIN?;:STAT:OPER:COND?") == "+4;+512"
    meter("*TRG")
    assert int(meter("SYST:ERR?").split(",")[0]) == -211


def test_an_external_trigger_is_waited_for_without_an_answer(meter):
    meter("CONF:VOLT 1;:TRIG:SOUR EXT")
    assert meter("READ?") is None
    with meter.bench.held():
        meter.twin.external_trigger()
    assert abs(float(meter("FETC?"))) < 1e-4


def test_an_edge_that_comes_too_early_is_kept(meter):
    meter("CONF:VOLT 1;:TRIG:SOUR EXT;COUN 2;:INIT")
    with meter.bench.held():
        meter.twin.external_trigger()
        meter.twin.external_trigger()
    meter("*WAI;*WAI")
    assert meter("DATA:POIN?;:STAT:OPER:COND?") == "+2;+512"


def test_readings_can_be_taken_out_of_the_memory(meter):
    meter("CONF:VOLT 1;:SAMP:COUN 5;:INIT;*WAI")
    assert meter("R? 2").startswith("#231")
    assert len(meter("DATA:REM? 2").split(",")) == 2
    assert meter("DATA:POIN?") == "+1"
    assert meter("DATA:LAST?").endswith(" VDC")


def test_the_memory_holds_ten_thousand_and_loses_the_oldest(meter):
    meter("CONF:VOLT 1;:VOLT:NPLC 0.02;ZERO:AUTO OFF;:SAMP:COUN 10001;:INIT;*WAI")
    assert meter("DATA:POIN?;:STAT:QUES:COND?") == "+10000;+16384"


def test_an_infinite_count_runs_until_it_is_aborted(meter):
    meter("CONF:VOLT 1;:TRIG:COUN INF;:INIT")
    meter.bench.world.sleep(10)
    meter("ABOR")
    assert 15 < int(meter("DATA:POIN?")) < 30
    assert meter("STAT:OPER:COND?") == "+512"


def test_a_poll_of_an_infinite_count_lets_a_second_pass(meter):
    meter("CONF:VOLT 1;:VOLT:NPLC 1;:TRIG:COUN INF;:INIT")
    meter("DATA:POIN?")
    assert 10 < int(meter("DATA:POIN?")) < 50


def test_device_clear_aborts_and_keeps_the_settings(meter):
    meter("CONF:VOLT 1;:SAMP:COUN 100;:INIT")
    with meter.bench.held():
        meter.twin.device_clear()
    assert meter("VOLT:RANG?;:STAT:OPER:COND?;:SAMP:COUN?") == "+1.00000000E+00;+0;+100"


def test_binary_readings_are_the_readings(meter):
    meter("CONF:VOLT 1;:SAMP:COUN 2;:INIT")
    text = [float(one) for one in meter("FETC?").split(",")]
    meter("FORM:DATA REAL,64")
    block = meter("FETC?").encode("latin-1")
    assert block[:4] == b"#216"
    assert list(struct.unpack(">2d", block[4:])) == text
    assert meter("R?").encode("latin-1") == block
