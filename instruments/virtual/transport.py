"""The ways to reach a served instrument, and how a VISA address says which: raw socket, HiSLIP or VXI-11."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Transport(StrEnum):
    """A protocol between a client and an instrument."""

    SOCKET = "socket"
    """Bytes over TCP, a line feed at the end of each message."""
    HISLIP = "hislip"
    """High-Speed LAN Instrument Protocol, IVI-6.1."""
    VXI11 = "vxi11"
    """TCP/IP Instrument Protocol of the VXIbus Consortium, VXI-11."""


FORMS = {
    Transport.SOCKET: "TCPIP::127.0.0.1::{port}::SOCKET",
    Transport.HISLIP: "TCPIP::127.0.0.1::hislip0,{port}::INSTR",
    Transport.VXI11: "TCPIP::127.0.0.1,{port}::inst0::INSTR",
}
"""Addresses with their ports named: nobody needs a port mapper, and nobody needs to be root."""
PATTERNS = {
    transport: re.compile(r"TCPIP\d*" + re.escape(form[5:]).replace(r"\{port\}", r"(\d{1,5})"), re.IGNORECASE)
    for transport, form in FORMS.items()
}
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an instrument is served, on loopback unless told otherwise."""

    transport: Transport
    port: int
    """0 is any free one."""
    host: str = "127.0.0.1"

    @classmethod
    def parse(cls, address: str) -> Endpoint | None:
        """Return the endpoint that a VISA address names; None where it is not one of loopback in one of the forms."""
        for transport, pattern in PATTERNS.items():
            found = pattern.fullmatch(address)
            if found and int(found[1]) <= HIGHEST_PORT:
                return cls(transport, int(found[1]))
        return None

    @property
    def address(self) -> str:
        """Return the VISA address."""
        return FORMS[self.transport].format(port=self.port).replace("127.0.0.1", self.host, 1)
