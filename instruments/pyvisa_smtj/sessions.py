"""VISA sessions of the in-process backend: attributes, events and locks of one client of one instrument."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyvisa import constants
from pyvisa.constants import AccessModes, EventMechanism, EventType, InterfaceType, ResourceAttribute, StatusCode

from smtjlab.instruments.virtual.message_exchange import BusExchange, Ending

DEFAULT_TIMEOUT = 2000
"""Milliseconds, as VISA has it."""
LONGEST_EVENT_QUEUE = 50
"""Events that wait for a client; VISA's own default."""


class VisaFault(Exception):
    """A VISA status code on its way to the caller."""

    def __init__(self, code: StatusCode) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Resource:
    """One instrument of the bench, with the lock that its clients share."""

    name: str
    """Canonical resource name."""
    instrument: str
    exchange: BusExchange
    owner: int | None = None
    """Session that holds the exclusive lock."""
    key: str = ""
    sharers: set[int] = field(default_factory=set)
    """Sessions that hold the shared lock."""

    def check(self, session: int) -> None:
        """Refuse a session that somebody else's lock keeps out."""
        if self.owner not in (None, session) or (self.sharers and session not in self.sharers):
            raise VisaFault(StatusCode.error_resource_locked)

    def lock(self, session: int, exclusive: bool, key: str | None) -> str:
        """Lock, and return the key under which others may share; refused at once where it cannot be had."""
        if self.owner not in (None, session) or (exclusive and self.sharers - {session}):
            raise VisaFault(StatusCode.error_timeout)
        if exclusive:
            self.owner = session
            return ""
        if self.sharers and key != self.key:
            raise VisaFault(StatusCode.error_timeout)
        self.key = self.key if self.sharers else key or str(uuid.uuid4())
        self.sharers.add(session)
        return self.key

    def unlock(self, session: int) -> None:
        """Give the lock back."""
        if self.owner != session and session not in self.sharers:
            raise VisaFault(StatusCode.error_session_not_locked)
        self.release(session)

    def release(self, session: int) -> None:
        """Forget whatever lock a session has."""
        self.owner = None if self.owner == session else self.owner
        self.sharers.discard(session)

    @property
    def lock_state(self) -> AccessModes:
        """Return the lock in force."""
        if self.owner is not None:
            return AccessModes.exclusive_lock
        return AccessModes.shared_lock if self.sharers else AccessModes.no_lock


Handler = tuple[Callable[..., Any], Any]


@dataclass(slots=True)
class Session:
    """One client's session with one resource."""

    number: int
    resource: Resource
    attributes: dict[int, Any] = field(default_factory=dict)
    enabled: EventMechanism | None = None
    """How service requests reach the client; None where they do not."""
    events: deque[EventType] = field(default_factory=lambda: deque(maxlen=LONGEST_EVENT_QUEUE))
    handlers: list[Handler] = field(default_factory=list)
    calls: int = 0
    """Service requests that the handlers have not been told of."""

    def __post_init__(self) -> None:
        self.attributes = default_attributes(self.resource) | self.attributes

    @property
    def timeout(self) -> float:
        """Return the time-out in s."""
        return float(self.attributes[ResourceAttribute.timeout_value]) / 1e3

    @property
    def terminator(self) -> bytes | None:
        """Return the byte that ends a read beside END, or None."""
        if not self.attributes[ResourceAttribute.termchar_enabled]:
            return None
        return bytes([int(self.attributes[ResourceAttribute.termchar])])

    def request_service(self) -> None:
        """Note a service request, in the ways that are enabled."""
        if self.enabled in (EventMechanism.queue, EventMechanism.all):
            self.events.append(EventType.service_request)
        if self.enabled in (EventMechanism.handler, EventMechanism.all):
            self.calls += 1

    def read(self, count: int) -> tuple[bytes, StatusCode]:
        """Return up to `count` bytes of the answer, and why it ends there."""
        piece = self.resource.exchange.take(self.timeout, count, self.terminator)
        if piece is None:
            raise VisaFault(StatusCode.error_timeout)
        data, ending = piece
        if ending & Ending.TERMINATOR:
            return data, StatusCode.success_termination_character_read
        return data, StatusCode.success if ending & Ending.END else StatusCode.success_max_count_read


def default_attributes(resource: Resource) -> dict[int, Any]:
    """Return the attributes of a fresh session."""
    return {
        ResourceAttribute.timeout_value: DEFAULT_TIMEOUT,
        ResourceAttribute.termchar: 10,
        ResourceAttribute.termchar_enabled: constants.VI_FALSE,
        ResourceAttribute.send_end_enabled: constants.VI_TRUE,
        ResourceAttribute.suppress_end_enabled: constants.VI_FALSE,
        ResourceAttribute.io_prot: constants.IOProtocol.normal,
        ResourceAttribute.interface_type: InterfaceType.tcpip,
        ResourceAttribute.interface_number: 0,
        ResourceAttribute.resource_class: "INSTR",
        ResourceAttribute.resource_name: resource.name,
        ResourceAttribute.resource_manufacturer_name: "smtjlab",
        ResourceAttribute.resource_impl_version: 1,
        ResourceAttribute.resource_spec_version: 0x00500800,
        ResourceAttribute.tcpip_address: resource.instrument,
        ResourceAttribute.tcpip_hostname: resource.instrument,
        ResourceAttribute.tcpip_device_name: "inst0",
        ResourceAttribute.user_data: 0,
        ResourceAttribute.trigger_id: constants.VI_TRIG_SW,
        ResourceAttribute.max_queue_length: LONGEST_EVENT_QUEUE,
    }
