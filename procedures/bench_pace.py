"""The pace of a served virtual bench, changed while a run may be on: what the run could not know, its journal tells."""

from __future__ import annotations

from contextlib import closing

from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.pace import Pace

from .journal import Journal
from .run import JOURNAL, Run
from .run_queue import read_queue
from .station import Station

BACK = "The instruments of this virtual bench make the noise of their specifications again."


def change_pace(channel: ControlChannel, station: Station, asked: Pace) -> Pace:
    """Let time pass otherwise, and let there be other noise; return how both are, as `ControlChannel.set_pace` does.

    The run that is on is told of other noise, as a warning in its journal. Raises InstrumentMistake, JournalFault.
    """
    before = channel.pace()
    found = channel.set_pace(asked)
    running = read_queue(station.folder).running
    if running is not None and found.noise != before.noise:
        run = Run(station.runs / running.run)
        if not run.status.ended:
            with closing(Journal(run.folder / JOURNAL)) as journal:
                journal.note("warning", text=found.note or BACK)
    return found
