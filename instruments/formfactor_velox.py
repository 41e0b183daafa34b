"""FormFactor Velox wafer prober: PyMeasure's class made strict. Bare commands, answered `0: data`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pymeasure.instruments import Instrument
from pymeasure.instruments.formfactor.velox import Chuck as PyMeasureChuck
from pymeasure.instruments.formfactor.velox import Velox
from pymeasure.instruments.formfactor.velox import WaferMap as PyMeasureWaferMap

from .clock import Clock
from .errors import ForeignIdentity, InstrumentReported, UnsafeError
from .limits import ContactLimits
from .prober_driver import MOVEMENT_TIMEOUT, ProberDriver
from .prober_specification import SPECIFICATION_VELOX, ProberSpecification
from .session import Session
from .session_adapter import SessionAdapter
from .strict_driver import sealed

END_OF_WAFER = 703
"""Error of a step beyond the last die of the route."""
MICROMETRE = 1e-6
OVERTRAVEL, AUTO_Z, INTERLOCK, CONTACT_IS_SET = 1, 2, 4, 16
"""Bits of the flags of mode in `ReadChuckStatus`."""


class _AnsweredAdapter(SessionAdapter):
    """An adapter for an instrument that answers everything, questions or not."""

    def _write(self, command: str, **kwargs: Any) -> None:
        self._answer = self.session.query(command, timeout=MOVEMENT_TIMEOUT)


def _through_role(verb: str) -> Any:
    """Return a channel's method that leads to the role's verb of its prober."""

    def act(self: Any, velocity: float = 100) -> None:
        getattr(self.parent, verb)()

    return act


class Chuck(PyMeasureChuck):  # type: ignore[misc]  # PyMeasure ships no types
    """PyMeasure's chuck, whose needles go down only as the role counts and limits it."""

    move_contact = _through_role("contact")
    move_separation = _through_role("separate")

    def move(self, *arguments: Any, **named: Any) -> Any:
        """Separate, then move."""
        self.parent.separate()
        return super().move(*arguments, **named)

    def move_index(self, *arguments: Any, **named: Any) -> Any:
        """Separate, then move by dies."""
        self.parent.separate()
        return super().move_index(*arguments, **named)


class WaferMap(PyMeasureWaferMap):  # type: ignore[misc]  # PyMeasure ships no types
    """PyMeasure's wafer map, which forgets no sub-die 0 and steps separated."""

    def step_first_die(self) -> Any:
        """Separate, then step."""
        self.parent.separate()
        return super().step_first_die()

    def step_next_die(self) -> Any:
        """Separate, then step."""
        self.parent.separate()
        return super().step_next_die()

    def step_to_die(self, x_pos: int, y_pos: int, s_pos: int | None = None) -> None:
        """Separate, then step to a sub-die, 0 where none is named."""
        self.parent.separate()
        self.parent.tell(f"StepNextDie {x_pos} {y_pos} {s_pos or 0}")


@sealed
class FormfactorVelox(ProberDriver, Velox):  # type: ignore[misc]  # PyMeasure ships no types
    """A Velox whose wafer map, home and contact height an operator has set. Nothing is sent on construction."""

    identity_pattern: ClassVar[str] = r"(?i)\b(VELOX|CASCADE|FORMFACTOR|SUSS)"
    specification: ClassVar[ProberSpecification] = SPECIFICATION_VELOX
    separation: ClassVar[str] = "MoveChuckSeparation 100"
    separated: ClassVar[Mapping[str, str]] = {"ReadChuckStatus": r"^0:\s*(\S+ ){6}S\b"}
    """Its seventh word is the preset height: S is separation."""

    chuck = Instrument.ChannelCreator(Chuck)
    wafermap = Instrument.ChannelCreator(WaferMap)

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(_AnsweredAdapter(session), name=session.name)
        self.stand_on(session, clock)

    def verify_language(self) -> None:
        """Raise ForeignIdentity where no wafer map is there to be stepped through."""
        if self.tell("IsAppRegistered WaferMap") != ["1"]:
            raise ForeignIdentity(f"`{self.name}` must have its application WaferMap open, but has not.")

    def configure(self, limits: ContactLimits) -> None:
        """Take the limits, and see that home, contact height, vacuum and overtravel are as they must.

        Auto Z and Interlock go on: without both a movement in contact drags the needles across the wafer.
        """
        self.tell("SetChuckMode 2 1 1 2 2 2")
        self.check_ready()
        self.check_overtravel(limits)
        self.limits = limits

    def check_ready(self) -> None:
        """Raise UnsafeError where home, contact height, Auto Z, Interlock or vacuum are gone."""
        self.tell("ReadChuckPosition Y H")  # an error where no home is set
        status = self.tell("ReadChuckStatus")
        flags = int(status[1]) if len(status) > 5 and status[1].isdigit() else 0
        for name, is_set in (
            ("contact height", flags & CONTACT_IS_SET),
            ("Auto Z", flags & AUTO_Z),
            ("Interlock", flags & INTERLOCK),
            ("vacuum", status[5:6] == ["1"]),
        ):
            if not is_set:
                raise UnsafeError(f"The {name} of `{self.name}` must be set at the prober, but reads {status}.")

    def position(self) -> tuple[float, float]:
        """Return where the chuck is, in m from home."""
        x, y, _ = self._numbers("ReadChuckPosition Y H", 3)
        return x * MICROMETRE, y * MICROMETRE

    def angle(self) -> float:
        """Return the angle of the chuck in degrees from that of the alignment."""
        return self._numbers("ReadThetaPosition D H", 1)[0]

    def overtravel(self) -> float:
        """Return how far contact goes beyond first touch, in m; 0 where it is not enabled."""
        flags = self.tell("ReadChuckStatus")[1:2]
        enabled = bool(flags and flags[0].isdigit() and int(flags[0]) & OVERTRAVEL)
        return self._numbers("ReadChuckHeights Y", 5)[1] * MICROMETRE if enabled else 0.0

    def die(self) -> tuple[int, int]:
        """Return column and row of the die that was stepped to last."""
        return self._die_of("ReadMapPosition2", 10)

    def step_first_die(self) -> tuple[int, int]:
        """Separate, go to the first die of the route and return it; the bins stay."""
        self.separate()
        return self._die_of("StepFirstDie 0 1", 4)

    def step_next_die(self) -> tuple[int, int] | None:
        """Separate, go to the first sub-die of the next die and return the die; None at the end of the route."""
        self.separate()
        try:
            return self._die_of("StepNextDie 0 0 -1", 4)
        except InstrumentReported as problem:
            if problem.code == END_OF_WAFER:
                return None
            raise

    def tell(self, command: str) -> list[str]:
        """Return the words of the answer to a command; InstrumentReported where it tells an error."""
        answer = self.session.query(command, timeout=MOVEMENT_TIMEOUT)
        code, colon, text = answer.partition(":")
        if not (colon and code.strip().isdigit()):
            self.session.poison(f"{command!r} was answered {answer!r}.")
            raise InstrumentReported(f"`{self.name}` must answer with a number and a colon, but answered {answer!r}.")
        if int(code):
            raise self.reported(int(code), text.strip(), command)
        return text.split()

    def _numbers(self, command: str, count: int) -> list[float]:
        words = self.tell(command)
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            numbers = []
        if len(numbers) != count:
            self.session.poison(f"{command!r} was answered {words!r}.")
            raise InstrumentReported(f"`{self.name}` must answer {command!r} with {count} numbers, but said {words}.")
        return numbers

    def _die_of(self, command: str, count: int) -> tuple[int, int]:
        column, row, *_ = self._numbers(command, count)
        return int(column), int(row)

    def _step(self, column: int, row: int) -> tuple[int, int]:
        return self._die_of(f"StepNextDie {column} {row} 0", 4)

    def _travel(self, x: float, y: float) -> None:
        self.tell(f"MoveChuck {x / MICROMETRE:.3f} {y / MICROMETRE:.3f} H Y 100")

    def _turn(self, degrees: float) -> None:
        self.tell(f"MoveTheta {degrees:.5f} H D 100")

    def _set_overtravel(self, metres: float) -> None:
        self.tell(f"SetChuckHeight O V Y {metres / MICROMETRE:.3f}")
        self.tell("SetChuckMode 1 2 2 2 2 2")

    def _raise(self) -> None:
        self.tell("MoveChuckContact 100")

    def _lower(self) -> None:
        self.tell(self.separation)

    def _heights(self) -> tuple[float, float, float]:
        height = self._numbers("ReadChuckPosition Y Z", 3)[2]
        contact, _, _, separation, _ = self._numbers("ReadChuckHeights Y", 5)
        if contact <= 0:
            raise UnsafeError(f"The contact height of `{self.name}` must be set at the prober, but is not.")
        return height * MICROMETRE, contact * MICROMETRE, separation * MICROMETRE
