"""The right to drive an instrument: held by one program at a time, and by its guardian until the bench is safe.

A lease is a locked file, one for each physical instrument, in a folder that all users of the computer share. The lock
belongs to the open file, so a guardian that inherits it keeps it when the engine dies, and the system lets go of it
when the last holder has ended, however it ended. What the file says tells people who holds it; it decides nothing.
Another computer on the network is not kept out.
"""

from __future__ import annotations

import errno
import getpass
import hashlib
import os
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from pyvisa import rname

from .bench import Bench
from .errors import BenchTaken, InstrumentFault
from .station_files import lock

PATIENCE = 20.0
"""Seconds for which an engine waits for a lease: a guardian at work lets go of it soon, another engine does not."""
IMPATIENCE = 2.0
"""Seconds for which a script waits."""
ITSELF = {"INST0", "HISLIP0", "HISLIP0,4880", "5025"}
"""Devices and ports of a host that are the host itself: VXI-11, HiSLIP and the usual raw socket of one instrument."""
LONGEST_TEXT = 300
"""Characters of a lease's file that are shown; another user may have written it."""


@dataclass(frozen=True, slots=True)
class Leases:
    """Leases that are held."""

    descriptors: tuple[int, ...] = ()
    """The open files, for a guardian to inherit."""
    left_by: tuple[str, ...] = ()
    """A sentence for each lease whose last holder died without letting go."""


def lease_names(bench: Bench, station: Path | None = None) -> list[str]:
    """Return what must be leased: each instrument of a bench of metal, the station of a served virtual one.

    Instruments imitated inside this process, or served in a folder of its own (None), are nobody else's.
    """
    if bench.in_process:
        return []
    if bench.virtual is not None:
        return [] if station is None else [str(station.resolve())]
    return sorted({instrument_at(entry.address) for entry in bench.instruments.values()})


def instrument_at(address: str) -> str:
    """Return one name for all VISA addresses of an instrument on one interface.

    Of a host on the network that is the host itself for `inst0`, `hislip0` and port 5025; any other device or port may
    be another instrument behind it. A host's name and its number are not known to be one, nor are GPIB and LAN.
    """
    try:
        parsed = rname.ResourceName.from_string(address)
    except rname.InvalidResourceName:
        return address.upper()
    if isinstance(parsed, rname.TCPIPInstr | rname.TCPIPSocket):
        place = (parsed.lan_device_name if isinstance(parsed, rname.TCPIPInstr) else parsed.port).upper()
        host = parsed.host_address.upper().rstrip(".")
        host = "127.0.0.1" if host == "LOCALHOST" else host
        return f"TCPIP::{host}" if place in ITSELF else f"TCPIP::{host}::{place}"
    if isinstance(parsed, rname.USBInstr):
        try:
            maker, model = (int(number, 0) for number in (parsed.manufacturer_id, parsed.model_code))
        except ValueError:
            return address.upper()
        return f"USB::{maker:#06x}::{model:#06x}::{parsed.serial_number}".upper()
    return str(parsed).upper()


@contextmanager
def leases(names: Iterable[str], holder: str, *, patience: float = PATIENCE) -> Iterator[Leases]:
    """Hold the leases of these names. `holder` is told to whoever comes meanwhile.

    Raises BenchTaken when somebody else holds one for longer than `patience` s.
    """
    deadline = time.monotonic() + patience
    with ExitStack() as stack:
        held = [stack.enter_context(_locked(name, holder, deadline)) for name in names]
        yield Leases(tuple(file.fileno() for file, _ in held), tuple(left for _, left in held if left))


@contextmanager
def _locked(name: str, holder: str, deadline: float) -> Iterator[tuple[IO[str], str]]:
    """Hold one lease; yield its file, and what is to be told of the holder before."""
    with _lease_file(name) as file:
        while not lock(file):
            if time.monotonic() > deadline:
                raise BenchTaken(
                    f"{name} must be free, but is held by {_text(file) or 'another program'}: that one goes on, or its "
                    "guardian is still making the bench safe."
                )
            time.sleep(0.05)
        before = _text(file)
        left = before and f"{name} was held by {before}, which ended without letting go of it."
        _write(file, _signature(holder))
        try:
            yield file, left
        finally:
            _write(file, "")


def _signature(holder: str) -> str:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return f"{holder} (process {os.getpid()} of {_user()} on {socket.gethostname()}, since {since})"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return "somebody"


def _text(file: IO[str]) -> str:
    file.seek(0)
    text = file.read(LONGEST_TEXT).strip()
    return "".join(character if character.isprintable() else "?" for character in text)


def _write(file: IO[str], text: str) -> None:
    """Say who holds it, where the file may be written."""
    if file.writable():
        number = file.fileno()  # not by the buffer, whose rest would be written again when the file is closed
        with suppress(OSError):  # a full disk must not keep anybody from an instrument
            os.lseek(number, 0, os.SEEK_SET)
            os.ftruncate(number, 0)
            os.write(number, text.encode("utf-8", "replace"))


def _lease_file(name: str) -> IO[str]:
    """Open the file of a lease, made for all users if it is not there. Raises InstrumentFault."""
    path = _lease_folder() / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.lease"
    for flags, mode in ((os.O_RDWR, "r+"), (os.O_RDONLY, "r"), (os.O_RDWR | os.O_CREAT | os.O_EXCL, "r+")) * 2:
        try:
            # Never with O_CREAT what is there: Linux refuses that in such a folder where it is another user's.
            number = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as problem:
            if problem.errno not in (errno.ENOENT, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EROFS):
                raise _no_lease(path, problem) from problem
            failed = problem
            continue
        if flags & os.O_CREAT and hasattr(os, "fchmod"):
            os.fchmod(number, 0o666)  # whatever the umask
        return os.fdopen(number, mode, encoding="utf-8", errors="replace")
    raise _no_lease(path, failed) from failed


def _lease_folder() -> Path:
    """Return the folder that all users share, made if it is not there. Raises InstrumentFault.

    Not that of TMPDIR, which is one for each user on some systems.
    """
    if sys.platform == "win32":
        folder = Path(os.environ.get("PROGRAMDATA", tempfile.gettempdir())) / "smtjlab-leases"
    else:
        folder = Path("/tmp/smtjlab-leases")  # noqa: S108 - shared on purpose; links are not followed
    try:
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o1777)  # whatever the umask; files of others cannot be taken away
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "it is a link or a file")
    except OSError as problem:
        raise _no_lease(folder, problem) from problem
    return folder


def _no_lease(path: Path, problem: OSError) -> InstrumentFault:
    return InstrumentFault(f"{path} must be usable by all users of this computer, but is not: {problem.strerror}.")
