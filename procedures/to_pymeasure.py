"""Our procedures as PyMeasure's, for its Worker and its ManagedWindow: `as_pymeasure(TransferCurve)`."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import Any, ClassVar

from pymeasure.experiment import BooleanParameter, FloatParameter, IntegerParameter, ListParameter, Metadata, Parameter
from pymeasure.experiment import Procedure as PyMeasureProcedure

from .errors import EngineFault, ParameterError
from .frame import BAND, UNITS, row_of, title
from .own_loop import OwnLoop
from .parameter import Parameter as OurParameter
from .parameter import parameters_of
from .plan import Plan, Request
from .procedure import Procedure
from .run import Run
from .start import LOOK, RunFailed, Started, follow, runs_folder, submit
from .status import State

COLUMNS = {title(name, unit): name for name, unit in UNITS.items() if name not in BAND}
"""Columns of a reading as PyMeasure writes them (`Gate (V)`), with their names in `Run.frame()`."""


def as_pymeasure(
    procedure: type[Procedure],
    *,
    bench: str = "virtual",
    junction: str = "fig5-die",
    model: str = "sllg",
    out: str | os.PathLike[str] | None = None,
    hazardous: bool = False,
) -> type[Any]:
    """Return a PyMeasure procedure with the parameters of ours, their units and limits.

    It hands the run to the engine of the bench's station and relays readings and progress from the journal, so that
    limits, guardian, safe end, record and model are those of every run; its stop asks the engine to stop. Subclass it
    where PyMeasure must find it by name, to load a file of results: `class Curve(as_pymeasure(TransferCurve)): ...`
    `hazardous` allows voltages above 42 V.
    """
    declared = parameters_of(procedure)
    taken = _Bridge()
    for name in declared:
        if hasattr(taken, name):
            raise ParameterError(
                f"A parameter of {procedure.__name__} must not be called `{name}`: PyMeasure uses that name itself."
            )
    namespace = {name: _parameter_of(one) for name, one in declared.items()}
    columns = list(procedure.columns()) if issubclass(procedure, OwnLoop) else list(COLUMNS)
    options = {"bench": bench, "junction": junction, "model": model, "hazardous": hazardous}
    about = {
        "__doc__": procedure.__doc__,
        "__module__": sys._getframe(1).f_globals["__name__"],  # as a named tuple: it belongs to whoever asked for it
        "DATA_COLUMNS": columns,
        "_ours": procedure,
        "_options": options,
        "_out": out,
    }
    return type(procedure.__name__, (_Bridge,), {**namespace, **about})


class _Bridge(PyMeasureProcedure):  # type: ignore[misc]  # PyMeasure ships no types
    """What all bridged classes share: startup submits, execute relays, shutdown sees the run to its safe end."""

    _ours: ClassVar[type[Procedure]]
    _options: ClassVar[dict[str, Any]]
    _out: ClassVar[str | os.PathLike[str] | None]

    journal = Metadata("Journal", fget="_folder")
    identities = Metadata("Instruments", fget="_identities")

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._started: Started | None = None
        self._ended = False
        self._relayed = 0

    def get_estimates(self) -> float:
        """Return the time of the run on the instruments' clock, in s, for PyMeasure's estimator."""
        request = Request.of(self._procedure(), **self._options, runs=runs_folder(self._out))
        return Plan.of(request).estimated_time()

    def startup(self) -> None:
        """Check parameters and limits, hand the run to the engine, and return when it has opened the bench."""
        self._started = submit(self._procedure(), **self._options, out=self._out)
        while not (self._begun(self._started) or self.should_stop()):
            time.sleep(LOOK)

    def execute(self) -> None:
        """Relay what comes until the run has ended; raises RunFailed where it did not end well."""
        assert self._started is not None
        asked = False

        def watch(run: Run, state: State) -> None:
            nonlocal asked
            self._relay(run)
            if self.should_stop() and not asked and self._started is not None:
                asked = True
                with suppress(EngineFault):  # a dead engine shows in the status
                    self._started.stop()

        state, reason = follow(self._started, watch)
        self._relay(self._started.run)
        self._ended = True
        if state is State.STOPPED and not self.should_stop():  # by another face: here it looks like an abort
            self._tell(PyMeasureProcedure.ABORTED)
        elif state not in (State.DONE, State.STOPPED):
            raise RunFailed(self._started.run, reason)

    def shutdown(self) -> None:
        """See the run to its safe end, also after an error; an unsafe end is told as an error and as failed."""
        if self._started is None:
            return
        with self._started:
            if self._ended:
                return
            with suppress(EngineFault):  # a dead engine shows in the status
                self._started.stop(now=True)
            state, reason = follow(self._started, lambda *_: None)
            if state not in (State.DONE, State.STOPPED):
                self.emit("error", reason)
                self._tell(PyMeasureProcedure.FAILED)

    def _procedure(self) -> Procedure:
        """Return our procedure with the present values; raises ParameterError where they cannot be."""
        return self._ours.from_values(self.parameter_values())

    def _begun(self, started: Started) -> bool:
        """Return whether the engine has begun with the run, or ended it."""
        if started.run.status not in (State.IDLE, State.WAITING, State.CHECKING):
            return True
        return started.end() is not None

    def _relay(self, run: Run) -> None:
        """Emit what the journal holds beyond what has been emitted, and the progress."""
        news = _emitted(run, after=self._relayed - 1)
        for record in news:
            self.emit("results", record)
            self._relayed += 1
        if news:
            self.emit("progress", 100 * self._relayed / max(run.points_planned, self._relayed))

    def _tell(self, status: int) -> None:
        """Set another end than the Worker would conclude, as it would."""
        self.status = status
        self.emit("status", status)

    def _folder(self) -> str:
        assert self._started is not None
        return str(self._started.run.folder)

    def _identities(self) -> str:
        """Return what the instruments answer to `*IDN?`: an imitation says there that it is one."""
        assert self._started is not None
        found = self._started.run.meta.get("identities") or {}
        return "; ".join(f"{name}: {identity}" for name, identity in found.items()) or "none were reached"


def _emitted(run: Run, after: int) -> list[dict[str, Any]]:
    """Return the readings or rows above `after` by PyMeasure's columns, with nan for what is missing."""
    lines = [
        {column: row_of(number, reading)[name] for column, name in COLUMNS.items()}
        for number, reading in enumerate(run.readings(after), after + 1)
    ]
    lines += [dict(row.values) for row in run.rows(after)]
    return [{name: float("nan") if value is None else value for name, value in line.items()} for line in lines]


def _parameter_of(declared: OurParameter) -> Any:
    """Return PyMeasure's parameter for one of ours."""
    common = {"default": declared.default, "description": declared.doc or None}
    name, units = title(declared.name), declared.unit or None
    if declared.choices is not None:
        return ListParameter(name, choices=declared.choices, units=units, **common)
    if declared.kind is bool:
        return BooleanParameter(name, **common)
    kinds = {int: IntegerParameter, float: FloatParameter}
    if declared.kind not in kinds:
        return Parameter(name, **common)
    low_high = dict(zip(("minimum", "maximum"), declared.limits, strict=True)) if declared.limits else {}
    return kinds[declared.kind](name, units=units, **low_high, **common)
