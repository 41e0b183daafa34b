"""An instrument on a raw TCP socket: a line in, a line out, and no message exchange."""

from __future__ import annotations

import socket
import threading

from .line_reader import LineReader
from .listener import received
from .message_exchange import Answerer


def serve_raw(client: socket.socket, answerer: Answerer, ended: threading.Event) -> None:
    """Serve one connection until it ends. Raises OSError, ConnectionDropped among them."""
    lines = LineReader()
    answerer.begins_anew()
    while data := received(client):
        for message in lines.feed(data):
            if message is None:
                answerer.overrun()
                continue
            answered = answerer.answer(message)
            if answered is not None:
                answer, late = answered
                if late > 0:
                    ended.wait(late)
                client.sendall(answer)  # one call: two small segments would wait for each other
