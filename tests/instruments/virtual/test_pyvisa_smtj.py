from __future__ import annotations

import pytest
import pyvisa
from pyvisa.constants import EventMechanism, EventType, ResourceAttribute, StatusCode

from smtjlab.instruments.errors import BenchFileError


@pytest.fixture
def manager(write_bench):
    found = pyvisa.ResourceManager(f"{write_bench()}@smtj")
    yield found
    found.close()


@pytest.fixture
def smu(manager):
    return manager.open_resource("TCPIP::junction::INSTR", read_termination="\n")


def status_of(error):
    return error.value.error_code


def test_the_packaged_bench_needs_no_name():
    manager = pyvisa.ResourceManager("@smtj")
    assert manager.list_resources() == ("TCPIP0::gate::inst0::INSTR", "TCPIP0::junction::inst0::INSTR")
    manager.close()


def test_each_manager_finds_a_fresh_world(write_bench):
    def first_reading():
        manager = pyvisa.ResourceManager(f"{write_bench()}@smtj")
        smu = manager.open_resource("TCPIP::junction::INSTR")
        answer = smu.query(":SOUR:VOLT?;:SOUR:VOLT 0.1;:OUTP ON;:READ?")
        manager.close()
        return answer

    assert first_reading() == first_reading()


def test_all_users_of_an_open_manager_share_its_world(manager, smu, write_bench):
    smu.write(":SOUR:VOLT 0.1")
    again = pyvisa.ResourceManager(f"{write_bench()}@smtj").open_resource("TCPIP::junction::INSTR")
    assert float(again.query(":SOUR:VOLT?")) == 0.1


def test_the_bench_and_its_clock_can_be_reached(manager, smu):
    manager.visalib.clock.sleep(5.0)
    assert manager.visalib.bench.clock.now() == 5.0


def test_an_unknown_instrument_is_not_found(manager):
    with pytest.raises(pyvisa.VisaIOError) as error:
        manager.open_resource("TCPIP::oven::INSTR")
    assert status_of(error) == StatusCode.error_resource_not_found


def test_a_missing_bench_file_is_told():
    with pytest.raises(BenchFileError, match="must exist"):
        pyvisa.ResourceManager("/nowhere/bench.toml@smtj")


def test_a_read_without_a_question_times_out_at_once_and_costs_bench_time(manager, smu):
    smu.timeout = 3000
    with pytest.raises(pyvisa.VisaIOError) as error:
        smu.read()
    assert status_of(error) == StatusCode.error_timeout
    assert manager.visalib.clock.now() == 3.0
    assert smu.query("SYST:ERR?").startswith("-420")


def test_long_answers_come_in_pieces(smu):
    smu.write("*IDN?")
    assert smu.read_bytes(8) == b"KEITHLEY"
    assert smu.read() == " INSTRUMENTS,MODEL 2450,SMTJ0002,1.7.12b"
    smu.chunk_size = 5
    assert smu.query("*LANG?") == "SCPI"


def test_binary_answers_are_read_whatever_bytes_they_hold(smu):
    smu.read_termination = None
    smu.write(":FORM:DATA REAL;:SENS:COUN 20;:TRAC:TRIG")
    assert len(smu.query_binary_values(":TRAC:DATA? 1,20", datatype="d")) == 20


def test_the_status_byte_and_the_trigger_work(smu):
    smu.write("*IDN?")
    assert smu.read_stb() & 16
    smu.clear()
    assert smu.read_stb() == 0
    smu.assert_trigger()
    assert smu.query("SYST:ERR?").startswith("-211")


def test_a_service_request_reaches_the_queue(smu):
    smu.enable_event(EventType.service_request, EventMechanism.queue)
    smu.write("*CLS;*ESE 1;*SRE 32;:SOUR:SWE:VOLT:LIN 0,0.1,3,0.5;:INIT;*OPC")
    answer = smu.wait_on_event(EventType.service_request, 10_000)
    assert not answer.timed_out
    assert smu.read_stb() & 64
    assert smu.wait_on_event(EventType.service_request, 100, capture_timeout=True).timed_out


def test_a_service_request_calls_the_handler(smu):
    calls = []
    handle = smu.wrap_handler(lambda resource, event, user: calls.append(event.event_type))
    smu.install_handler(EventType.service_request, handle, 7)
    smu.enable_event(EventType.service_request, EventMechanism.handler)
    smu.write("*SRE 4;:FOO")
    assert calls == [EventType.service_request]
    smu.uninstall_handler(EventType.service_request, handle, 7)


def test_a_locked_resource_keeps_others_out(manager, smu):
    other = manager.open_resource("TCPIP::junction::INSTR")
    with smu.lock_context(requested_key=None):
        with pytest.raises(pyvisa.VisaIOError) as error:
            other.query("*IDN?")
        assert status_of(error) == StatusCode.error_resource_locked
    smu.lock_excl()
    with pytest.raises(pyvisa.VisaIOError):
        other.lock()
    smu.close()
    assert other.query("*LANG?") == "SCPI\n"


def test_a_shared_lock_is_shared_by_its_key(manager, smu):
    other = manager.open_resource("TCPIP::junction::INSTR")
    other.lock(requested_key=smu.lock())
    assert other.query("*OPC?") == "1\n"
    other.unlock()


def test_attributes_are_kept_and_unknown_ones_refused(smu):
    smu.set_visa_attribute(ResourceAttribute.user_data, 5)
    assert smu.get_visa_attribute(ResourceAttribute.user_data) == 5
    assert (smu.resource_class, smu.interface_number) == ("INSTR", 0)
    with pytest.raises(pyvisa.VisaIOError) as error:
        smu.get_visa_attribute(ResourceAttribute.asrl_baud_rate)
    assert status_of(error) == StatusCode.error_nonsupported_attribute


def test_a_dropped_connection_is_a_lost_one(write_bench):
    path = write_bench('\n[[faults]]\ninstrument = "junction"\nkind = "drop"\nafter = 0\n')
    manager = pyvisa.ResourceManager(f"{path}@smtj")
    with pytest.raises(pyvisa.VisaIOError) as error:
        manager.open_resource("TCPIP::junction::INSTR").query("*IDN?")
    assert status_of(error) == StatusCode.error_connection_lost
    manager.close()


def test_closed_sessions_are_invalid(smu):
    smu.close()
    with pytest.raises(pyvisa.errors.InvalidSession, match="Invalid session"):
        smu.query("*IDN?")
