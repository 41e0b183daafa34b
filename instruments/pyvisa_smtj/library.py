"""The VISA library whose instruments are a virtual bench in this very process."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from pyvisa import constants, rname
from pyvisa.constants import EventMechanism, EventType, ResourceAttribute, StatusCode
from pyvisa.highlevel import VisaLibraryBase
from pyvisa.util import DebugInfo, LibraryPath

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.virtual.message_exchange import Answerer, BusExchange, ConnectionDropped
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.instruments.virtual.world import World

from .sessions import Resource, Session, VisaFault

PACKAGED_BENCH = "virtual"
SLICES = 100
"""Parts into which a wait for an event is cut, to look whether it has come."""


class SmtjVisaLibrary(VisaLibraryBase):
    """A virtual bench as a VISA library. Each resource manager finds a fresh world, switched on just now.

    The library path is a bench file or the name of a packaged bench. `bench` is the virtual bench behind the open
    resource manager, `clock` its clock.
    """

    bench: VirtualBench
    clock: World
    at_hand: ClassVar[WeakValueDictionary[str, VirtualBench]] = WeakValueDictionary()
    """Benches that are switched on already, by library path: whoever opens that path finds them as they are."""

    @staticmethod
    def get_library_paths() -> Iterable[LibraryPath]:
        """Return the packaged bench, which `@smtj` alone stands for."""
        return (LibraryPath(PACKAGED_BENCH, "packaged bench"),)

    @staticmethod
    def get_debug_info() -> DebugInfo:
        """Return what `pyvisa-info` prints."""
        from importlib.metadata import version

        return {"Version": version("smtjlab")}

    def _init(self) -> None:
        self._numbers = itertools.count(1)
        self._resources: dict[str, Resource] = {}
        self._sessions: dict[int, Session] = {}
        self._contexts: dict[int, EventType] = {}

    # Sessions

    def open_default_resource_manager(self) -> tuple[Any, StatusCode]:
        """Switch a fresh bench on and return the manager's session."""
        self._sessions.clear()
        self.bench = self.fresh_bench()
        self.clock = self.bench.clock
        self._resources = {}
        for name in self.bench.instruments:
            address = str(rname.ResourceName.from_string(f"TCPIP::{name}::INSTR"))
            self._resources[address] = Resource(address, name, BusExchange(Answerer(self.bench, name)))
            self.bench.instruments[name].status.on_service_request = self._service_of(address)
        return next(self._numbers), self.handle_return_value(None, StatusCode.success)

    def fresh_bench(self) -> VirtualBench:
        """Return the bench that a resource manager finds, switched on."""
        found = self.at_hand.get(str(self.library_path))
        return VirtualBench(Bench.load(f"{self.library_path}@smtj")) if found is None else found

    def open(
        self,
        session: Any,
        resource_name: str,
        access_mode: constants.AccessModes = constants.AccessModes.no_lock,
        open_timeout: int = constants.VI_TMO_IMMEDIATE,
    ) -> tuple[Any, StatusCode]:
        """Open a session with an instrument, `TCPIP::gate::INSTR`."""
        wanted = _canonical(resource_name).lower()  # resource names know no case (VPP-4.3, 4.3.1)
        resource = next((found for name, found in self._resources.items() if name.lower() == wanted), None)
        if resource is None:
            self.handle_return_value(None, StatusCode.error_resource_not_found)
            raise AssertionError
        opened = Session(next(self._numbers), resource)
        self._sessions[opened.number] = opened
        if access_mode != constants.AccessModes.no_lock:
            exclusive = access_mode == constants.AccessModes.exclusive_lock
            self._do(opened.number, lambda client: client.resource.lock(client.number, exclusive, None))
        number: Any = opened.number
        return number, self.handle_return_value(number, StatusCode.success)

    def close(self, session: Any) -> StatusCode:
        """Close a session, a manager's or an event's; nothing on the bench changes."""
        closed = self._sessions.pop(session, None)
        if closed is not None:
            closed.resource.release(session)
        self._contexts.pop(session, None)
        return self.handle_return_value(None, StatusCode.success)

    def list_resources(self, session: Any, query: str = "?*::INSTR") -> tuple[str, ...]:
        """Return the instruments that match a VISA search expression."""
        return tuple(rname.filter(list(self._resources), query))

    # Messages

    def write(self, session: Any, data: bytes) -> tuple[int, StatusCode]:
        """Send bytes; they end a message where END is enabled or where they end with LF."""
        with self._visa(session) as client:
            end = bool(client.attributes[ResourceAttribute.send_end_enabled])
            try:
                client.resource.exchange.write(bytes(data), end)
            except ConnectionDropped:
                raise VisaFault(StatusCode.error_connection_lost) from None
        return len(data), self.handle_return_value(session, StatusCode.success)

    def read(self, session: Any, count: int) -> tuple[bytes, StatusCode]:
        """Return up to `count` bytes of an answer."""
        with self._visa(session) as client:
            data, status = client.read(count)
        return data, self.handle_return_value(session, status)

    def clear(self, session: Any) -> StatusCode:
        """Do a device clear."""
        return self._do(session, lambda client: client.resource.exchange.clear())

    def flush(self, session: Any, mask: constants.BufferOperation) -> StatusCode:
        """Discard what was read ahead, where that is asked for."""
        return self._do(session, lambda client: client.resource.exchange.forget() if mask & 0x05 else None)

    def read_stb(self, session: Any) -> tuple[int, StatusCode]:
        """Do a serial poll."""
        with self._visa(session) as client:
            byte = client.resource.exchange.serial_poll()
        return byte, self.handle_return_value(session, StatusCode.success)

    def assert_trigger(self, session: Any, protocol: constants.TriggerProtocol) -> StatusCode:
        """Trigger, as `*TRG` would."""
        return self._do(session, lambda client: client.resource.exchange.trigger())

    def gpib_control_ren(self, session: Any, mode: constants.RENLineOperation) -> StatusCode:
        """Accept remote and local; the virtual front panel has no keys."""
        return self._do(session, lambda client: None)

    # Attributes

    def get_attribute(self, session: Any, attribute: Any) -> tuple[Any, StatusCode]:
        """Return an attribute of a session, or of an event."""
        if session in self._contexts:
            return self._contexts[session], self.handle_return_value(None, StatusCode.success)
        with self._visa(session, unlocked=True) as client:
            if attribute == ResourceAttribute.resource_lock_state:
                value: Any = client.resource.lock_state
            elif attribute in client.attributes:
                value = client.attributes[attribute]
            else:
                raise VisaFault(StatusCode.error_nonsupported_attribute)
        return value, self.handle_return_value(session, StatusCode.success)

    def set_attribute(self, session: Any, attribute: Any, attribute_state: Any) -> StatusCode:
        """Set an attribute of a session."""
        with self._visa(session, unlocked=True) as client:
            if attribute not in client.attributes:
                raise VisaFault(StatusCode.error_nonsupported_attribute)
            client.attributes[attribute] = attribute_state
        return self.handle_return_value(session, StatusCode.success)

    # Locks

    def lock(
        self, session: Any, lock_type: constants.Lock, timeout: int, requested_key: str | None = None
    ) -> tuple[str, StatusCode]:
        """Lock a resource, shared or for this session alone; refused at once where it cannot be had."""
        with self._visa(session, unlocked=True) as client:
            key = client.resource.lock(session, lock_type == constants.Lock.exclusive, requested_key)
        return key, self.handle_return_value(session, StatusCode.success)

    def unlock(self, session: Any) -> StatusCode:
        """Give a lock back."""
        return self._do(session, lambda client: client.resource.unlock(session))

    # Events

    def enable_event(
        self, session: Any, event_type: EventType, mechanism: EventMechanism, context: None = None
    ) -> StatusCode:
        """Let service requests reach this session, by queue or handler."""
        with self._visa(session, unlocked=True) as client:
            if event_type not in (EventType.service_request, EventType.all_enabled):
                raise VisaFault(StatusCode.error_invalid_event)
            client.enabled = mechanism
        return self.handle_return_value(session, StatusCode.success)

    def disable_event(self, session: Any, event_type: EventType, mechanism: EventMechanism) -> StatusCode:
        """Keep service requests away from this session."""
        return self._do(session, lambda client: setattr(client, "enabled", None), unlocked=True)

    def discard_events(self, session: Any, event_type: EventType, mechanism: EventMechanism) -> StatusCode:
        """Forget the events that wait."""
        return self._do(session, lambda client: client.events.clear(), unlocked=True)

    def wait_on_event(self, session: Any, in_event_type: EventType, timeout: int) -> tuple[EventType, Any, StatusCode]:
        """Return the next event; wait for it on the bench's clock."""
        with self._visa(session, unlocked=True) as client:
            for _ in range(SLICES):
                if client.events:
                    break
                self.clock.sleep(timeout / 1e3 / SLICES)
            if not client.events:
                raise VisaFault(StatusCode.error_timeout)
            event = client.events.popleft()
        context = next(self._numbers)
        self._contexts[context] = event
        return event, context, self.handle_return_value(session, StatusCode.success)

    def install_handler(
        self, session: Any, event_type: EventType, handler: Callable[..., Any], user_handle: Any
    ) -> tuple[Callable[..., Any], Any, Callable[..., Any], StatusCode]:
        """Have a function called at each service request, once the call that brought it has returned."""
        with self._visa(session, unlocked=True) as client:
            client.handlers.append((handler, user_handle))
        return handler, user_handle, handler, self.handle_return_value(session, StatusCode.success)

    def uninstall_handler(
        self, session: Any, event_type: EventType, handler: Callable[..., Any], user_handle: Any = None
    ) -> StatusCode:
        """Call a function no more."""

        def remove(client: Session) -> None:
            client.handlers = [entry for entry in client.handlers if entry[0] != handler]

        return self._do(session, remove, unlocked=True)

    def _service_of(self, address: str) -> Callable[[], None]:
        def request() -> None:
            for client in list(self._sessions.values()):
                if client.resource.name == address:
                    client.request_service()

        return request

    def _do(self, session: Any, work: Callable[[Session], object], *, unlocked: bool = False) -> StatusCode:
        with self._visa(session, unlocked=unlocked) as client:
            work(client)
        return self.handle_return_value(session, StatusCode.success)

    @contextmanager
    def _visa(self, session: Any, *, unlocked: bool = False) -> Iterator[Session]:
        """Yield the session's client; VISA faults inside become PyVISA's errors, handlers are called at the end."""
        try:
            yield self._client(session, unlocked)
        except VisaFault as fault:
            self.handle_return_value(session, fault.code)
        self._tell_handlers()

    def _client(self, session: Any, unlocked: bool) -> Session:
        client = self._sessions.get(session)
        if client is None:
            raise VisaFault(StatusCode.error_invalid_object)
        if not unlocked:
            client.resource.check(session)
        return client

    def _tell_handlers(self) -> None:
        for client in list(self._sessions.values()):
            while client.calls:
                client.calls -= 1
                for handler, user_handle in client.handlers:
                    context = next(self._numbers)
                    self._contexts[context] = EventType.service_request
                    handler(client.number, EventType.service_request, context, user_handle)


def _canonical(name: str) -> str:
    try:
        return str(rname.ResourceName.from_string(name))
    except rname.InvalidResourceName:
        return name
