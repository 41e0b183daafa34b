import threading

from smtjlab.procedures.scribe import Scribe


def test_nobody_waits_for_a_disk_that_stalls_until_the_end():
    disk, written = threading.Event(), []

    def write(kind, **payload):
        assert disk.wait(10)
        written.append((kind, payload))

    with Scribe(write) as scribe:
        scribe.note("state", state="making_safe")
        scribe.note("ramp", text="down")
        assert not written
        disk.set()
    assert written == [("state", {"state": "making_safe"}), ("ramp", {"text": "down"})]
