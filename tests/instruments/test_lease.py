import errno
import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from smtjlab.instruments import conformance_run, lease
from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchTaken, InstrumentFault, UnsafeError
from smtjlab.instruments.lease import instrument_at, lease_names, leases

HOLD = """
import sys
from smtjlab.instruments.lease import leases
with leases([sys.argv[1]], "run of somebody else"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds a lease."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=-1, stdout=-1)
    with holder:
        assert holder.stdout.readline() == b"held\n"
        yield holder
        holder.kill()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of leases of this test alone."""
    monkeypatch.setattr(lease, "_lease_folder", lambda: tmp_path)
    return tmp_path


def test_an_instrument_is_driven_by_one_program_at_a_time(other, tmp_path):
    with (
        pytest.raises(BenchTaken, match=rf"is held by run of somebody else \(process {other.pid} of .* since 20"),
        leases([str(tmp_path)], "us", patience=0.1),
    ):
        pass


class Full(io.FileIO):
    """A file on a disk that is full."""

    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_hides_no_other_error(tmp_path, monkeypatch):
    (tmp_path / "one.lease").touch()
    file = io.TextIOWrapper(io.BufferedRandom(Full(tmp_path / "one.lease", "r+")), encoding="utf-8")
    monkeypatch.setattr(lease, "_lease_file", lambda name: file)
    with pytest.raises(UnsafeError, match="still on"), leases(["one"], "us"):
        raise UnsafeError("still on")


@pytest.mark.parametrize("address", ["USB0::05E6::2450::04000001::INSTR", "USB0::1510::9296::04::INSTR"])
def test_the_address_of_usb_may_be_written_in_any_way(address):
    assert instrument_at(address).startswith("USB")


def test_two_in_one_process_exclude_each_other_too(tmp_path):
    with (
        leases([str(tmp_path)], "us"),
        pytest.raises(BenchTaken, match=f"held by us .process {os.getpid()}"),
        leases([str(tmp_path)], "us again", patience=0),
    ):
        pass


def test_a_dead_holder_holds_nothing_and_is_told_of(other, tmp_path):
    other.kill()
    other.wait()
    with leases([str(tmp_path)], "us", patience=0) as held:
        assert len(held.descriptors) == 1
        assert [f"run of somebody else (process {other.pid}" in left for left in held.left_by] == [True]
        assert held.left_by[0].endswith("which ended without letting go of it.")


def test_a_holder_that_let_go_is_not_told_of(other, tmp_path):
    other.communicate()
    with leases([str(tmp_path)], "us", patience=0) as held:
        assert held.left_by == ()


def test_a_guardian_that_inherits_a_lease_keeps_it(tmp_path):
    with leases([str(tmp_path)], "us", patience=0) as held:
        heir = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, pass_fds=held.descriptors)
    with heir:
        with pytest.raises(BenchTaken, match="its guardian"), leases([str(tmp_path)], "next", patience=0):
            pass
        heir.communicate(b"\n")
    with leases([str(tmp_path)], "next", patience=0):
        pass


def test_what_another_user_wrote_is_shown_printable_and_short(folder):
    with leases(["gate"], "us"):
        next(folder.iterdir()).write_text("\x1b[2J" + "x" * 10_000)
        with (
            pytest.raises(BenchTaken, match=r"held by \?\[2Jx{296}: that") as caught,
            leases(["gate"], "us", patience=0),
        ):
            pass
    assert "\x1b" not in str(caught.value)


def test_the_file_of_a_lease_is_for_every_user_whatever_the_umask(folder):
    before = os.umask(0o077)
    try:
        with leases(["gate"], "us"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(next(folder.iterdir()).stat().st_mode) == 0o666


def test_a_lease_whose_file_may_only_be_read_still_excludes(folder, monkeypatch):
    with leases(["gate"], "us"):
        pass
    forbid_writing(monkeypatch)
    with leases(["gate"], "us") as held:
        assert len(held.descriptors) == 1
        with pytest.raises(BenchTaken, match="another program"), leases(["gate"], "us", patience=0):
            pass


def forbid_writing(monkeypatch) -> None:
    """Refuse to open anything for writing, as another user is refused (a test may run as root)."""
    opened = os.open

    def refuse(path, flags, *mode):
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, *mode)

    monkeypatch.setattr(os, "open", refuse)


def test_a_folder_that_cannot_be_used_is_told(folder, monkeypatch):
    forbid_writing(monkeypatch)
    with (
        pytest.raises(InstrumentFault, match=r"\.lease must be usable by all users .* is not: Permission denied"),
        leases(["gate"], "us"),
    ):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="there it is another folder")
def test_the_folder_is_shared_by_all_users_and_takes_nothing_away(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    found = lease._lease_folder()
    assert found == Path("/tmp/smtjlab-leases")
    assert stat.S_IMODE(found.stat().st_mode) == 0o1777


def test_a_link_is_not_followed(folder):
    with leases(["gate"], "us"):
        pass
    file = next(folder.iterdir())
    file.unlink()
    (folder / "precious").write_text("data")
    file.symlink_to(folder / "precious")
    with pytest.raises(InstrumentFault, match="must be usable"), leases(["gate"], "us"):
        pass
    assert (folder / "precious").read_text() == "data"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("TCPIP::k2450.Lab::5025::SOCKET", "TCPIP0::K2450.lab.::hislip0::INSTR", True),
        ("TCPIP::10.0.0.2::INSTR", "tcpip1::10.0.0.2::hislip0,4880::INSTR", True),
        ("TCPIP::localhost::4001::SOCKET", "TCPIP::127.0.0.1::4001::SOCKET", True),
        ("GPIB::18", "GPIB0::18::INSTR", True),
        ("USB::0x5e6::9296::0441::INSTR", "USB0::0x05E6::0x2450::0441::0::INSTR", True),
        ("TCPIP::gateway::gpib0,18::INSTR", "TCPIP::gateway::gpib0,19::INSTR", False),
        ("TCPIP::moxa::4001::SOCKET", "TCPIP::moxa::4002::SOCKET", False),
        ("TCPIP::10.0.0.2::5025::SOCKET", "TCPIP::10.0.0.3::5025::SOCKET", False),
        ("GPIB0::18::INSTR", "GPIB1::18::INSTR", False),
        ("TCPIP::[::1]::5025::SOCKET", "tcpip::[::1]::5025::socket", True),
    ],
)
def test_addresses_of_one_instrument_are_one_and_of_others_are_not(one, other, same):
    assert (instrument_at(one) == instrument_at(other)) is same


@pytest.fixture
def metal(tmp_path) -> Bench:
    """A bench of two instruments at addresses where none is."""
    text = (PACKAGED / "virtual.toml").read_text().partition("\n[virtual]")[0]
    text = text.replace("127.0.0.1::0::", "10.0.0.2::5025::", 1).replace("::0::", "::4002::", 1)
    (tmp_path / "metal.toml").write_text(text)
    return Bench.load(tmp_path / "metal.toml")


def test_a_bench_of_metal_is_leased_by_instrument_and_a_virtual_one_by_station(metal, tmp_path):
    assert lease_names(metal, tmp_path) == ["TCPIP::10.0.0.2", "TCPIP::127.0.0.1::4002"]
    assert lease_names(Bench.load("virtual"), tmp_path) == [str(tmp_path.resolve())]
    assert lease_names(Bench.load("virtual")) == []
    assert lease_names(Bench.load("virtual@smtj"), tmp_path) == []


def test_drivers_are_tried_only_on_metal_that_nobody_else_drives(metal, monkeypatch):
    monkeypatch.setattr(conformance_run, "IMPATIENCE", 0.0)
    with leases(lease_names(metal), "run 7"), pytest.raises(BenchTaken, match="held by run 7"):
        conformance_run.conform(metal, hardware=True)
