"""One client of an instrument on HiSLIP (IVI-6.1): its two channels, in synchronized mode.

```
synchronous   Data, DataEnd, Trigger ->             <- Data, DataEnd, Interrupted
asynchronous  status query, lock, device clear ->   <- their responses, service requests, AsyncInterrupted
```

Each session has a message exchange of its own. The server sends an answer unasked, to the client that asked, and
learns only from that client's next message whether it was read (RMT-delivered, section 3.1.1): there is no output
queue that another session could read from or interrupt. For the same reason nobody can read without a question, so
-420 does not exist here. The instrument behind the exchanges does one message after the other.
"""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from .errands import Errands
from .hislip_messages import (
    FIRST_ID,
    FIRST_VENDOR_TYPE,
    LARGEST_MESSAGE,
    Complaint,
    Fatal,
    FatalHislipError,
    HislipError,
    Message,
    MessageType,
    next_message,
    response,
)
from .listener import HungUp, Incoming
from .message_exchange import GLANCE, Answerer, BusExchange
from .status import MESSAGE_AVAILABLE, SERVICE

SMALLEST_MESSAGE = 256
"""Bytes to which a client can have the server's messages cut at most."""
LONGEST_KEY = 256
"""Characters of the key of a shared lock."""
REMOTE_LOCAL_CODES = range(7)
PROGRAM = (MessageType.DATA, MessageType.DATA_END, MessageType.TRIGGER)


class Channel:
    """One of the two connections of a session."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.stream = Incoming(client)
        self.sending = threading.Lock()

    def send(self, data: bytes) -> None:
        """Send whole messages in one call: two small segments would wait for each other."""
        with self.sending:
            self.client.sendall(data)

    def close(self) -> None:
        """Hang up; whoever reads the channel is told."""
        with suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)


class HislipSession:
    """A client's session with an instrument."""

    def __init__(self, number: int, answerer: Answerer, synchronous: Channel, errands: Errands) -> None:
        self.number = number
        self.synchronous = synchronous
        self.asynchronous: Channel | None = None
        self.ended = threading.Event()
        self._answerer = answerer
        self._exchange = BusExchange(answerer)
        self._errands = errands
        self._largest = LARGEST_MESSAGE
        self._last_id = FIRST_ID - 2
        self._answer_expected: bool | None = False
        """Whether an answer was sent that the client has not said to have read; None just after a clear."""
        self._ahead: Message | None = None
        self._busy = False
        self._clearing = threading.Event()
        self._requesting = False
        answerer.listen(self._request_service)

    def join(self, channel: Channel, greeting: Message) -> None:
        """Take the asynchronous channel; nothing leaves on it before the greeting. Raises OSError."""
        with channel.sending:
            self.asynchronous = channel
            channel.client.sendall(greeting.packed())

    def close(self) -> None:
        """End the session: both channels hang up, locks are given back.

        Each channel's thread calls it when it has done its last: only then it can leave no lock and no answer behind.
        """
        with self._answerer.bench.world.lock:
            first = not self.ended.is_set()
            self.ended.set()
        self._clearing.set()
        self._answerer.lock.forget(self)
        self._exchange.forget()
        if first:
            self._answerer.unlisten(self._request_service)
        for channel in (self.synchronous, self.asynchronous):
            if channel is not None:
                channel.close()

    # The synchronous channel

    def serve_synchronous(self, greeting: Message) -> None:
        """Take program messages and answer them until the client hangs up. Raises OSError."""
        self.synchronous.send(greeting.packed())
        self._serve(self.synchronous, self._next_program, self._take)

    def _next_program(self) -> Message:
        ahead, self._ahead = self._ahead, None
        return ahead or next_message(self.synchronous.stream)

    def _take(self, message: Message) -> Message | None:
        if self.asynchronous is None:
            raise FatalHislipError(Fatal.ONE_CHANNEL, "Both channels must be established before a message is sent.")
        if message.type == MessageType.DEVICE_CLEAR_COMPLETE:
            return self._end_clear()
        if message.type not in PROGRAM:
            raise _unknown(message)
        clears = self._exchange.clears
        if not self._clearing.is_set():
            self._busy = True
            try:
                self._program(message, clears)
            finally:
                self._busy = False
        return None

    def _program(self, message: Message, clears: int) -> None:
        if message.control & ~1:
            raise HislipError(Complaint.UNKNOWN_CONTROL_CODE, "The control code must be 0 or 1, RMT delivered.")
        self._last_id = message.parameter
        self._was_read(bool(message.control))
        if not self._answerer.lock.admits(self, math.inf, self._clearing.is_set):
            return
        if message.type == MessageType.TRIGGER:
            self._exchange.trigger()
        else:
            self._exchange.write(message.payload, message.type == MessageType.DATA_END, clears)
        if self._exchange.unread:
            self._respond(message.parameter)

    def _was_read(self, delivered: bool) -> None:
        """Compare what the client says to have read with what was sent (section 3.1.1, second rule)."""
        expected, self._answer_expected = self._answer_expected, False
        if expected in (None, delivered):
            self._exchange.forget()
        elif expected:
            self._exchange.interrupt()
        else:
            self._answerer.report(-410)

    def _respond(self, message_id: int) -> None:
        """Send the answer, unless something else was sent before it was ready (section 3.1.1, first rule)."""
        self._clearing.wait(self._exchange.lateness)
        if self.synchronous.stream.waiting():
            self._ahead = next_message(self.synchronous.stream)
            if self._ahead.type in PROGRAM and not self._clearing.is_set():
                return self._interrupt(self._ahead.parameter)
        answer = self._exchange.unread
        if answer and not self._clearing.is_set():
            self._answer_expected = True
            self.synchronous.send(response(answer, message_id, self._largest))
        return None

    def _interrupt(self, by: int) -> None:
        self._exchange.interrupt()
        if self.asynchronous is not None:
            self.asynchronous.send(Message(MessageType.ASYNC_INTERRUPTED, 0, by).packed())
        self.synchronous.send(Message(MessageType.INTERRUPTED, 0, by).packed())

    def _end_clear(self) -> Message:
        self._exchange.clear(device=False)
        self._last_id = FIRST_ID - 2
        # The client's own flag may be a leftover from before the clear: the first message is not held to it.
        self._answer_expected = None
        if not self.ended.is_set():
            self._clearing.clear()
        return Message(MessageType.DEVICE_CLEAR_ACKNOWLEDGE)  # feature bit 0 stays 0: no overlap mode

    # The asynchronous channel

    def serve_asynchronous(self, channel: Channel) -> None:
        """Answer what goes past the program messages until the client hangs up. Raises OSError."""
        self._serve(channel, lambda: next_message(channel.stream), self._take_asynchronous)

    def _take_asynchronous(self, message: Message) -> Message | None:
        answers: dict[int, Callable[[Message], Message]] = {
            MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE: self._agree_on_size,
            MessageType.ASYNC_LOCK: self._lock,
            MessageType.ASYNC_LOCK_INFO: self._lock_info,
            MessageType.ASYNC_REMOTE_LOCAL_CONTROL: self._remote_local,
            MessageType.ASYNC_STATUS_QUERY: self._status,
            MessageType.ASYNC_DEVICE_CLEAR: self._begin_clear,
        }
        if message.type not in answers:
            raise _unknown(message)
        return answers[MessageType(message.type)](message)

    def _agree_on_size(self, message: Message) -> Message:
        if len(message.payload) != 8:
            raise HislipError(Complaint.UNIDENTIFIED, "A maximum message size must have 8 bytes.")
        self._largest = max(SMALLEST_MESSAGE, *struct.unpack("!Q", message.payload))
        return Message(MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE, payload=struct.pack("!Q", LARGEST_MESSAGE))

    def _lock(self, message: Message) -> Message:
        lock = self._answerer.lock
        if message.control == 1:
            if len(message.payload) > LONGEST_KEY:
                raise HislipError(Complaint.TOO_LARGE, f"A key must have at most {LONGEST_KEY} characters.")
            outcome = lock.request(self, message.payload, message.parameter / 1e3, self._has_more_to_say)
        elif message.control == 0:
            self._finish_program()
            outcome = lock.release(self)
        else:
            raise HislipError(Complaint.UNKNOWN_CONTROL_CODE, "A lock must be requested (1) or released (0).")
        return Message(MessageType.ASYNC_LOCK_RESPONSE, outcome)

    def _finish_program(self) -> None:
        """Wait for what the client has sent before it gives its lock back."""
        while (self._busy or self.synchronous.stream.waiting()) and not self._has_more_to_say():
            time.sleep(GLANCE)

    def _has_more_to_say(self) -> bool:
        """Return whether the client does not wait for its lock any longer: a device clear, or its end."""
        return self.ended.is_set() or self.asynchronous is None or self.asynchronous.stream.waiting()

    def _lock_info(self, message: Message) -> Message:
        exclusive, holders = self._answerer.lock.holders()
        return Message(MessageType.ASYNC_LOCK_INFO_RESPONSE, int(exclusive), holders)

    def _remote_local(self, message: Message) -> Message:
        if message.control not in REMOTE_LOCAL_CODES:
            raise HislipError(Complaint.UNKNOWN_CONTROL_CODE, "Remote and local must be asked for by 0 to 6.")
        return Message(MessageType.ASYNC_REMOTE_LOCAL_RESPONSE)  # the virtual front panel has no keys

    def _status(self, message: Message) -> Message:
        """Do a serial poll. MAV only where the client's last message is the one that was answered (section 6.14.1)."""
        if message.control & 1:
            self._exchange.forget()
            self._answer_expected = self._answer_expected and False
        available = bool(self._exchange.unread) and self._is_last(message.parameter)
        with self._answerer.bench.world.lock:
            requesting, self._requesting = self._requesting, False
        return Message(MessageType.ASYNC_STATUS_RESPONSE, self._exchange.own_byte(available, requesting))

    def _is_last(self, message_id: int) -> bool:
        """Return whether a client means its last message. PyVISA-py names the one that it will send next."""
        ahead = message_id == (self._last_id + 2) & 0xFFFF_FFFF
        return message_id == self._last_id or (ahead and not self._busy and not self.synchronous.stream.waiting())

    def _begin_clear(self, message: Message) -> Message:
        """Abort and empty everything; program messages are ignored from here to DeviceClearComplete."""
        self._clearing.set()
        self._exchange.clear(device=self._answerer.lock.admits(self))
        return Message(MessageType.ASYNC_DEVICE_CLEAR_ACKNOWLEDGE)

    def _request_service(self) -> None:
        first, self._requesting, channel = not self._requesting, True, self.asynchronous
        if not first or channel is None:
            return
        available = MESSAGE_AVAILABLE if self._exchange.unread else 0
        byte = self._answerer.status.byte & ~MESSAGE_AVAILABLE | SERVICE | available
        request = Message(MessageType.ASYNC_SERVICE_REQUEST, byte).packed()
        self._errands.run(lambda: channel.send(request))

    def _serve(
        self, channel: Channel, following: Callable[[], Message], take: Callable[[Message], Message | None]
    ) -> None:
        while not self.ended.is_set():
            try:
                answer = take(following())
            except HislipError as problem:
                answer = Message(MessageType.ERROR, problem.code, payload=str(problem).encode())
            if answer is not None:
                channel.send(answer.packed())


def _unknown(message: Message) -> HislipError | HungUp:
    if message.type == MessageType.FATAL_ERROR:
        return HungUp("the client has met a fatal error")
    if message.type >= FIRST_VENDOR_TYPE:
        return HislipError(Complaint.UNKNOWN_VENDOR_MESSAGE, f"No message of type {message.type} is known here.")
    return HislipError(Complaint.UNKNOWN_TYPE, f"A message of type {message.type} must not come on this channel.")
