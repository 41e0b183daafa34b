import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymeasure.adapters import ProtocolAdapter, VISAAdapter
from pymeasure.instruments.keithley import Keithley2450 as PyMeasureKeithley2450
from pyvisa.errors import VisaIOError

from smtjlab.instruments.errors import InstrumentFault, SessionPoisoned, SessionTimeout
from smtjlab.instruments.keithley_2450 import Keithley2450
from smtjlab.instruments.transcript import Sign, Transcript, TranscriptError, escaped, plain
from smtjlab.instruments.transcript_adapter import RecordingAdapter, ReplayAdapter
from smtjlab.instruments.transcript_parity import Kind, parity
from smtjlab.instruments.transcript_player import TranscriptDiffers, failure
from smtjlab.instruments.transcript_session import ReplayedSession, recording

HEAD = "# transcript of `gate`, recorded 2026-03-01T10:00:00+00:00 with smtjlab 0.1.0\n"
SHORT = f"""{HEAD}# identity: ACME,1
0.000000 > *IDN?
0.000431 < ACME,1
0.100000 > :OUTP 1
"""


def configured(session, bench):
    gate = Keithley2450(session)
    gate.configure(bench.bench.limits["gate"], largest_voltage=0.1, nplc=0.1, four_wire=True)
    gate.switch_on()
    return gate, gate.set_level(0.05), gate.read_source()


def test_what_a_strict_driver_does_is_recorded_and_replayed(virtual_bench, tmp_path):
    path = tmp_path / "gate.transcript"
    session = virtual_bench.session("gate")
    with recording(session, path):
        session.identify("2450")
        seen = configured(session, virtual_bench)[1:]
    with ReplayedSession.of(path) as replay:
        replay.identify("2450")
        assert configured(replay, virtual_bench)[1:] == seen


def test_a_transcript_says_at_its_top_who_and_when(virtual_bench, tmp_path):
    session = virtual_bench.session("gate")
    session.identify("2450")
    with recording(session, tmp_path / "gate.transcript"):
        session.query(":OUTP?")
    first, second, third, *lines = (tmp_path / "gate.transcript").read_text().splitlines()
    assert first.startswith("# transcript of `gate`, recorded 20")
    assert second == f"# identity: {session.identity}"
    assert third == "# address: TCPIP::gate::INSTR"
    assert [line.split(" ", 1)[1] for line in lines] == ["> :OUTP?", "< 0"]


def test_recording_ends_with_its_block(virtual_bench):
    session = virtual_bench.session("gate")
    with recording(session) as transcript:
        session.query(":OUTP?")
    session.heal()
    session.query("*IDN?")
    assert len(transcript.events) == 2


def test_another_message_is_refused_with_the_line_of_the_file(replayed, tmp_path):
    path = tmp_path / "gate.transcript"
    path.write_text(SHORT)
    session = ReplayedSession.of(path)
    session.query("*IDN?")
    with pytest.raises(TranscriptDiffers, match=r"':OUTP 1' must be sent next \(line 5 of .*\), but ':OUTP 0' was"):
        session.write(":OUTP 0")


def test_the_first_difference_stays():
    session = ReplayedSession(Transcript.parse(SHORT))
    for _ in range(2):
        with pytest.raises(TranscriptDiffers, match=r"'\*IDN\?' must be sent next .* but ':FIRST' was sent"):
            session.write(":FIRST")
    with pytest.raises(TranscriptDiffers, match="':FIRST' was sent"):
        session.player.finish()


def test_what_is_left_over_is_a_difference():
    with (
        pytest.raises(TranscriptDiffers, match=r"':OUTP 1' must be sent next \(line 5 of text\), but the replay ended"),
        ReplayedSession(Transcript.parse(SHORT)) as session,
    ):
        session.query("*IDN?")


def test_more_than_was_recorded_is_a_difference():
    session = ReplayedSession(Transcript.parse(SHORT))
    session.query("*IDN?")
    session.write(":OUTP 1")
    with pytest.raises(TranscriptDiffers, match="Nothing must come after the last line of text, but ':MORE' was sent"):
        session.write(":MORE")


def test_an_answer_that_was_read_must_be_read_again():
    session = ReplayedSession(Transcript.parse(SHORT))
    session.player.expect(Sign.SENT, "*IDN?")
    with pytest.raises(TranscriptDiffers, match=r"'ACME,1' must be read next .* but ':OUTP 1' was sent"):
        session.write(":OUTP 1")


def test_no_handler_of_faults_swallows_a_difference(virtual_bench):
    gate = Keithley2450(ReplayedSession(Transcript.parse(SHORT)))
    with pytest.raises(TranscriptDiffers, match="was sent"):
        gate.ramp_off(virtual_bench.bench.limits["gate"])


def test_the_fixture_replays_a_file(replayed, tmp_path):
    path = tmp_path / "gate.transcript"
    path.write_text(SHORT)
    session = replayed(path)
    assert session.query("*IDN?") == "ACME,1"
    session.write(":OUTP 1")


def test_a_failure_and_the_cure_are_recorded_and_replayed(virtual_bench, tmp_path):
    session = virtual_bench.session("gate", timeout=0.5)
    session.identify("2450")
    virtual_bench.fail("gate", "timeout", after=2)

    def ask(session):
        session.query(":OUTP?")
        with pytest.raises(SessionTimeout, match=r"`gate` must answer ':OUTP\?' within 0.5 s, but did not"):
            session.query(":OUTP?")
        with pytest.raises(SessionPoisoned, match="must be healed"):
            session.query(":OUTP?")
        session.heal()
        return session.query(":OUTP?")

    with recording(session, tmp_path / "gate.transcript") as transcript:
        assert ask(session) == "0"
    assert [event.text for event in transcript.events if event.sign is Sign.RENEWED] == ["cleared"]
    with ReplayedSession.of(tmp_path / "gate.transcript") as replay:
        assert ask(replay) == "0"


def test_a_reopened_line_is_recorded_and_replayed(served_bench, tmp_path):
    session = served_bench.session("gate")
    with recording(session, tmp_path / "gate.transcript") as transcript:
        session.heal()
    assert [event.text for event in transcript.events[:2]] == ["could not be cleared", "reopened"]
    with ReplayedSession.of(tmp_path / "gate.transcript") as replay:
        replay.heal()


def play(adapter):
    keithley = PyMeasureKeithley2450(adapter)
    keithley.source_voltage = 0.05
    return keithley.source_voltage, keithley.id


def test_a_driver_of_pymeasure_is_recorded_and_replayed(virtual_bench, tmp_path):
    adapter = VISAAdapter(
        virtual_bench.addresses["gate"], visa_library=virtual_bench.visa_library, read_termination="\n"
    )
    recorder = RecordingAdapter(adapter, name="gate", address=virtual_bench.addresses["gate"])
    seen = play(recorder)
    path = recorder.transcript.save(tmp_path / "gate.transcript")
    transcript = Transcript.load(path)
    assert transcript.identity == seen[1].strip()
    with ReplayAdapter(transcript) as replay:
        assert play(replay) == seen


def test_bytes_go_through_an_adapter_as_they_are():
    recorder = RecordingAdapter(ProtocolAdapter([(b"\x00BIN", b"#12\xff\n")]), name="scope")
    recorder.write_bytes(b"\x00BIN")
    assert recorder.read_bytes(-1) == b"#12\xff\n"
    with ReplayAdapter(Transcript.parse(recorder.transcript.text)) as replay:
        replay.write_bytes(b"\x00BIN")
        assert replay.read_bytes(-1) == b"#12\xff\n"


def test_a_time_out_of_visa_comes_back_as_one(virtual_bench):
    adapter = VISAAdapter(virtual_bench.addresses["gate"], visa_library=virtual_bench.visa_library, timeout=100)
    recorder = RecordingAdapter(adapter, name="gate")
    with pytest.raises(VisaIOError, match="VI_ERROR_TMO"):
        recorder.read()
    with pytest.raises(VisaIOError, match="VI_ERROR_TMO"), ReplayAdapter(recorder.transcript) as replay:
        replay.read()


def test_a_foreign_failure_comes_back_as_a_fault():
    assert isinstance(failure("SomeError: of theirs"), InstrumentFault)
    assert str(failure("SomeError: of theirs")) == "SomeError: of theirs"


@given(st.text(st.characters(max_codepoint=255)))
def test_every_text_of_bytes_survives_a_file(text):
    assert plain(escaped(text)) == text
    assert escaped(text).isascii()
    assert escaped(text) == escaped(text).rstrip()


@given(st.lists(st.tuples(st.sampled_from(list(Sign)), st.text(st.characters(max_codepoint=255)))))
def test_every_transcript_survives_its_file(events):
    transcript = Transcript(instrument="gate", identity="A\nB", recorded="2026-03-01T10:00:00+00:00")
    for number, (sign, text) in enumerate(events):
        transcript.note(float(number), sign, text)
    found = Transcript.parse(transcript.text)
    assert [(event.time, event.sign, event.text) for event in found.events] == [
        (event.time, event.sign, event.text) for event in transcript.events
    ]
    assert (found.identity, found.recorded) == ("A\nB", transcript.recorded)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hello", r"must begin with '# transcript of', but does not \(text, line 1\)"),
        (f"{HEAD}0.0 > A\n\nfrom then on nothing\n", r"but is 'from then on nothing' \(text, line 4\)"),
        (f"{HEAD}0.0 = A\n", r"a time, one of > < >> << ! ~ and a text, but is '0.0 = A' \(text, line 2\)"),
    ],
)
def test_a_damaged_transcript_is_told_with_its_line(text, sentence):
    with pytest.raises(TranscriptError, match=sentence):
        Transcript.parse(text)


def test_a_missing_transcript_is_a_mistake(tmp_path):
    with pytest.raises(TranscriptError, match=r"must be a readable file, but .*nothing.* is not"):
        Transcript.load(tmp_path / "nothing")


def test_a_bench_is_its_own_equal(virtual_bench, tmp_path):
    session = virtual_bench.session("gate")
    with recording(session) as transcript:
        session.identify("2450")
        configured(session, virtual_bench)
    virtual_bench.ask("gate", "*RST")
    found = parity(transcript, virtual_bench.virtual, "gate", absolute=1e-6)
    assert (found.alike, found.messages, found.differences) == (found.messages, len(list(transcript.exchanges())), [])


METAL = f"""{HEAD}# identity: KEITHLEY INSTRUMENTS,MODEL 2450,04000001,1.7.12b
0.000000 > *IDN?
0.000431 < KEITHLEY INSTRUMENTS,MODEL 2450,04000001,1.7.12b
0.100000 > :SOUR:VOLT 0.1;:SOUR:VOLT?
0.100431 < 1.00005E-01
0.200000 > :SENS:CURR:NPLC?
0.200431 < 1.2
0.300000 > :SENS:FUNC?
0.300431 < "VOLT:DC"
0.400000 > :OUTP 0
0.400431 < 0
0.500000 > :OUTP?
5.500000 ! SessionTimeout: `gate` must answer ':OUTP?' within 5 s, but did not
"""


def test_what_metal_and_twin_answer_otherwise_is_listed(virtual_bench):
    found = parity(Transcript.parse(METAL), virtual_bench.virtual, "gate")
    assert [(one.line, one.kind) for one in found.differences] == [
        (3, Kind.IDENTITY),
        (7, Kind.NUMBER),
        (9, Kind.WORDS),
        (11, Kind.SILENCE),
        (13, Kind.FAILURE),
    ]
    assert (found.messages, found.alike) == (6, 1)
    assert "1 of 6 messages to `gate`" in str(found)
    assert "line 7, number: ':SENS:CURR:NPLC?' was answered '1.2', here '1" in str(found)


def test_bench_time_passes_between_messages_as_it_did_on_metal(virtual_bench):
    parity(Transcript.parse(METAL), virtual_bench.virtual, "gate")
    assert virtual_bench.clock.now() == pytest.approx(0.5, abs=0.1)
