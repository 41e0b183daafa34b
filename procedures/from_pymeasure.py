"""PyMeasure's procedures, run by our engine into our journal: `measure(from_pymeasure(Theirs)(voltage=0.2))`."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from pymeasure.experiment import (
    BooleanParameter,
    FloatParameter,
    IntegerParameter,
    ListParameter,
    Measurable,
    Parameter,
    VectorParameter,
)
from pymeasure.experiment import Procedure as PyMeasureProcedure

from .errors import ParameterError, ProcedureMistake
from .own_loop import OwnLoop, Recorder
from .parameter import parameter
from .procedure import Procedure

if TYPE_CHECKING:
    from smtjlab.instruments.open_bench import OpenBench

ADDRESS = "address:"
"""A parameter `address:gate` becomes the VISA address at which the bench's `gate` really stands."""

UNASKED = (-1e9, 1e9)
"""Limits that PyMeasure gives to a number for which nobody asked for any (0.16)."""

_KINDS = {IntegerParameter: int, BooleanParameter: bool, FloatParameter: float, ListParameter: str}


@cache
def from_pymeasure(theirs: type) -> type[Procedure]:
    """Return a procedure of ours that runs theirs, with their parameters as its fields.

    What they emit becomes the rows of the journal; their progress is the run's; a stop is what `should_stop` tells;
    `shutdown` comes on every path, and the engine's own safe end after it. Where their class has an attribute `bench`,
    it is the open bench, with strict drivers in `bench.drivers`. Engine and command line find the class by the name of
    theirs, so that theirs must stand at the top level of a file.
    """
    if not issubclass(theirs, PyMeasureProcedure):
        raise ProcedureMistake(f"A class to adapt must be a procedure of PyMeasure's, but {theirs.__name__} is not.")
    ours: type[Procedure] | None = getattr(theirs, "_ours", None)
    if ours is not None:  # made by `as_pymeasure`: back to where it came from, or the engine would wait for itself
        return ours
    fields = [_field(name, declared, theirs) for name, declared in _parameters(theirs).items()]
    return make_dataclass(
        theirs.__name__,
        fields,
        bases=(_Adapted,),
        frozen=True,
        kw_only=True,
        namespace={
            "theirs": theirs,
            "__doc__": theirs.__doc__ or f"{theirs.__name__}, a procedure of PyMeasure's.",
            "__module__": theirs.__module__,
            "__qualname__": theirs.__qualname__,
        },
    )


class _Adapted(OwnLoop):
    """What all adapted classes share."""

    theirs: ClassVar[type[Any]]

    @classmethod
    def columns(cls) -> dict[str, str]:
        """Return their DATA_COLUMNS with the unit that stands in each."""
        names = cls.theirs.DATA_COLUMNS or Measurable.DATA_COLUMNS
        known = PyMeasureProcedure.parse_columns(names)
        return {name: re.findall(r"\(([^\s]+)\)", name)[-1] if name in known else "" for name in names}

    def run(self, bench: OpenBench, recorder: Recorder) -> None:
        """Do startup, execute and shutdown as a Worker of PyMeasure's does."""
        procedure = self.theirs()
        procedure.set_parameters({name: _on(bench, value) for name, value in self.parameter_values().items()})
        procedure.emit = _Emitter(recorder, self.columns()).emit
        procedure.should_stop = lambda: recorder.stopping
        procedure.is_last = lambda: True  # each run of ours ends safe: nothing is left standing for a next one
        if hasattr(type(procedure), "bench"):
            procedure.bench = bench
        procedure.check_parameters()
        procedure.status = PyMeasureProcedure.RUNNING
        try:
            procedure.startup()
            if not recorder.stopping:
                procedure.evaluate_metadata()
                recorder.add_facts(metadata=_metadata(procedure))
                procedure.execute()
        except BaseException:
            procedure.status = PyMeasureProcedure.ABORTED if recorder.stopping else PyMeasureProcedure.FAILED
            recorder.wind_down()
            _shut_down_after_error(procedure, recorder)
            raise
        recorder.wind_down()
        procedure.shutdown()


class _Emitter:
    """What their `emit` leads to."""

    def __init__(self, recorder: Recorder, units: Mapping[str, str]) -> None:
        self._recorder = recorder
        self._units = units
        self._topics: dict[str, Callable[[Any], None]] = {
            "results": self._result,
            "batch results": self._batch,
            "progress": recorder.progress,
        }

    def emit(self, topic: str, record: Any) -> None:
        """Record rows and progress; any other topic, which only a window of theirs would hear, becomes an event."""
        if topic in self._topics:
            self._topics[topic](record)
        else:
            self._recorder.note("message", topic=str(topic), text=str(record))

    def _result(self, record: Mapping[str, Any]) -> None:
        self._recorder.add({name: self._number(name, value) for name, value in record.items()})

    def _batch(self, record: Mapping[str, Any]) -> None:
        if len({len(values) for values in record.values()}) != 1:
            lengths = {name: len(values) for name, values in record.items()}
            raise ProcedureMistake(f"Columns of a batch must be equally long, but are {lengths}.")
        for values in zip(*record.values(), strict=True):
            self._result(dict(zip(record, values, strict=True)))

    def _number(self, name: str, value: Any) -> Any:
        """Return a quantity of pint's as a number in its column's unit, or as text where that is of another kind."""
        if not hasattr(value, "m_as"):
            return value
        unit = self._units.get(name, "")
        return value.m_as(unit) if value.is_compatible_with(unit) else str(value)


def _parameters(theirs: type) -> dict[str, Any]:
    return {name: found for name, found in inspect.getmembers(theirs) if isinstance(found, Parameter)}


def _field(name: str, declared: Any, theirs: type) -> tuple[str, type, Any]:
    """Return the field that stands for one of their parameters; kinds of theirs that we lack travel as text."""
    if hasattr(_Adapted, name):
        raise ParameterError(f"A parameter of {theirs.__name__} must not be called `{name}`, which is a verb of ours.")
    default = declared.value if declared.is_set() else None
    kind = next((kind for theirs, kind in _KINDS.items() if isinstance(declared, theirs)), type(default))
    if kind not in (int, float, bool, str):
        kind = str
    if isinstance(declared, ListParameter | VectorParameter) and default is not None:
        default = str(default)
    field = parameter(
        default,
        unit=getattr(declared, "units", None) or "",
        limits=_limits(declared),
        choices=tuple(str(one) for one in declared.choices) if isinstance(declared, ListParameter) else None,
        doc=declared.description or declared.name,
    )
    return name, kind, field


def _limits(declared: Any) -> tuple[float, float] | None:
    """Return the limits of a number of theirs; the thousand million that it has unasked stands for none."""
    if not isinstance(declared, IntegerParameter | FloatParameter):
        return None
    limits = (declared.minimum, declared.maximum)
    return None if limits == UNASKED else limits


def _on(bench: OpenBench, value: Any) -> Any:
    """Return a parameter's value, with the name of an instrument of the bench turned into its address."""
    if not (isinstance(value, str) and value.startswith(ADDRESS)):
        return value
    name = value.removeprefix(ADDRESS)
    if name not in bench.sessions:
        raise ProcedureMistake(f"`{value}` must name one of {', '.join(bench.sessions)}, but does not.")
    return bench.sessions[name].address


def _metadata(procedure: Any) -> dict[str, dict[str, str]]:
    found = procedure.metadata_objects().values()
    return {one.name: {"value": one.fmt % one.value, "unit": one.units or ""} for one in found}


def _shut_down_after_error(procedure: Any, recorder: Recorder) -> None:
    """Let their procedure shut down; what it raises now is noted, and does not hide the error that led here."""
    try:
        procedure.shutdown()
    except Exception:  # noqa: BLE001 - a stranger's code may raise anything
        recorder.note("fault", text=traceback.format_exc())
