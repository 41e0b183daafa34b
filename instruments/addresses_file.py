"""The addresses of instruments in a bench file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn, Protocol

from .bench import InstrumentEntry
from .virtual.transport import Endpoint

ADDRESS = re.compile(r"(TCPIP|GPIB|USB|ASRL|VXI|PXI|PRLGX-\w+|SMTJ)\S*::\S+", re.IGNORECASE)


class Reader(Protocol):
    """What reads a bench file, as far as addresses need that."""

    def text(self, key: str, value: Any, *, empty: bool = False) -> str:
        """Return a text."""
        ...

    def fail(self, key: str, sentence: str) -> NoReturn:
        """Raise BenchFileError at a key."""
        ...


def read_address(reader: Reader, key: str, value: Any, *, virtual: bool) -> str:
    """Return the address of an instrument; a virtual bench is served on this computer. Raises BenchFileError."""
    address = reader.text(f"{key}.address", value)
    served = Endpoint.parse(address)
    if not ADDRESS.fullmatch(address):
        reader.fail(
            f"{key}.address",
            f"`address` must be a VISA resource name such as 'TCPIP::192.0.2.10::5025::SOCKET', but is {address!r}",
        )
    if virtual and served is None:
        reader.fail(
            f"{key}.address",
            "`address` on a virtual bench must be 'TCPIP::127.0.0.1::<port or 0>::SOCKET', or with HiSLIP "
            f"'TCPIP::127.0.0.1::hislip0,<port or 0>::INSTR', or with VXI-11 "
            f"'TCPIP::127.0.0.1,<port or 0>::inst0::INSTR', but is {address!r}",
        )
    if served is not None and served.port == 0 and not virtual:
        reader.fail(f"{key}.address", "`address` must name a port; 0, any free one, is for benches with [virtual]")
    return address


def check_addresses(reader: Reader, entries: Mapping[str, InstrumentEntry]) -> None:
    """Refuse two instruments at one address. Raises BenchFileError."""
    seen: dict[object, str] = {}
    for name, entry in entries.items():
        served = Endpoint.parse(entry.address)
        place = entry.address.upper() if served is None else served.port
        if place in seen and place != 0:
            reader.fail(
                f"instruments.{name}.address",
                f"Each instrument must have an address of its own, but {seen[place]!r} and {name!r} share "
                f"{entry.address!r}",
            )
        seen[place] = name
