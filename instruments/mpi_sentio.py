"""MPI SENTIO wafer prober over its TCP port 35555: a thin client of remote commands, native command set.

The maker's Python package is proprietary; of it only what goes over the wire is used here. Each command is answered
`number,identifier,text`: the ten lowest bits of the number are an error, the others a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .clock import Clock
from .errors import ForeignIdentity, InstrumentReported, UnsafeError
from .limits import ContactLimits
from .prober_driver import MOVEMENT_TIMEOUT, ProberDriver
from .prober_specification import SPECIFICATION_SENTIO, ProberSpecification
from .session import Session

ERROR_BITS = 1023
END_OF_ROUTE = 11
"""Error of a step beyond the last die of the route."""
MICROMETRE = 1e-6


class MpiSentio(ProberDriver):
    """A SENTIO whose wafer map, home and contact height an operator has set. Nothing is sent on construction."""

    identity_pattern: ClassVar[str] = r"(?i)\bSENTIO\b"
    specification: ClassVar[ProberSpecification] = SPECIFICATION_SENTIO
    separation: ClassVar[str] = "move_chuck_separation"
    separated: ClassVar[Mapping[str, str]] = {"get_chuck_z Contact": r"^0,-?\d+,-[1-9]\d"}
    """Heights above that of contact are positive; 10 um below it are the least that count as lifted."""

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        self.stand_on(session, clock)

    def verify_language(self) -> None:
        """Choose the native command set and see that it is spoken; ForeignIdentity where it is not."""
        self.session.write("*RCS 1")
        try:
            self.ask("status:get_version")
        except InstrumentReported as problem:
            raise ForeignIdentity(f"`{self.name}` must speak SENTIO's native command set, but: {problem}") from None

    def configure(self, limits: ContactLimits) -> None:
        """Take the limits, see that home, contact height, vacuum and overtravel are as they must, step separated."""
        self.check_ready()
        self.check_overtravel(limits)
        self.ask("set_stepping_contact_mode StepToSeparation")
        self.limits = limits

    def check_ready(self) -> None:
        """Raise UnsafeError where home, contact height or vacuum are gone."""
        words = self.ask("get_chuck_site_status Wafer").split(",")
        states = dict(zip(("home", "contact height", "overtravel", "vacuum"), words, strict=False))
        for name in ("home", "contact height", "vacuum"):
            if states.get(name) != "1":
                raise UnsafeError(
                    f"The {name} of `{self.name}` must be set at the prober, but reads {states.get(name)}."
                )

    def position(self) -> tuple[float, float]:
        """Return where the chuck is, in m from home."""
        x, y = self._numbers("get_chuck_xy Wafer, Home", 2)
        return x * MICROMETRE, y * MICROMETRE

    def angle(self) -> float:
        """Return the angle of the chuck in degrees from that of the alignment."""
        aligned = self._numbers("get_chuck_site_pos Wafer", 3)[2]
        return self._numbers("get_chuck_theta Wafer", 1)[0] - aligned

    def overtravel(self) -> float:
        """Return how far contact goes beyond first touch, in m; 0 where it is not enabled."""
        enabled = self.ask("get_chuck_site_status Wafer").split(",")[2:3] == ["1"]
        return self._numbers("get_chuck_site_heights Wafer", 4)[2] * MICROMETRE if enabled else 0.0

    def die(self) -> tuple[int, int]:
        """Return column and row of the die that was stepped to last."""
        _, column, row = self._numbers("map:die:get_current_index", 3)
        return int(column), int(row)

    def step_first_die(self) -> tuple[int, int]:
        """Separate, go to the first die of the route and return it."""
        self.separate()
        return self._die_of("map:step_first_die 0")

    def step_next_die(self) -> tuple[int, int] | None:
        """Separate, go to the next die of the route and return it; None at its end."""
        self.separate()
        try:
            return self._die_of("map:step_next_die 0")
        except InstrumentReported as problem:
            if problem.code == END_OF_ROUTE:
                return None
            raise

    def ask(self, command: str) -> str:
        """Return the text of the answer to a remote command; InstrumentReported where it tells an error."""
        answer = self.session.query(command, timeout=MOVEMENT_TIMEOUT)
        number, _, rest = answer.partition(",")
        identifier, comma, text = rest.partition(",")
        if not (number.strip().isdigit() and identifier.strip().lstrip("-").isdigit() and comma):
            self.session.poison(f"{command!r} was answered {answer!r}.")
            raise InstrumentReported(f"`{self.name}` must answer in three fields, but answered {answer!r}.")
        if error := int(number) & ERROR_BITS:
            raise self.reported(error, text.strip(), command)
        return text.strip()

    def _numbers(self, command: str, count: int) -> list[float]:
        text = self.ask(command)
        try:
            numbers = [float(word) for word in text.split(",")]
        except ValueError:
            numbers = []
        if len(numbers) != count:
            self.session.poison(f"{command!r} was answered {text!r}.")
            raise InstrumentReported(f"`{self.name}` must answer {command!r} with {count} numbers, but said {text!r}.")
        return numbers

    def _die_of(self, command: str) -> tuple[int, int]:
        column, row, _ = self._numbers(command, 3)
        return int(column), int(row)

    def _step(self, column: int, row: int) -> tuple[int, int]:
        return self._die_of(f"map:step_die {column}, {row}, 0")

    def _travel(self, x: float, y: float) -> None:
        self.ask(f"move_chuck_xy Home, {x / MICROMETRE:.3f}, {y / MICROMETRE:.3f}")

    def _turn(self, degrees: float) -> None:
        self.ask(f"move_chuck_theta Align, {degrees:.5f}")

    def _set_overtravel(self, metres: float) -> None:
        self.ask(f"set_chuck_site_overtravel_gap Wafer, {metres / MICROMETRE:.3f}")
        self.ask("enable_chuck_site_overtravel Wafer, 1")

    def _raise(self) -> None:
        self.ask("move_chuck_contact")

    def _lower(self) -> None:
        self.ask(self.separation)

    def _heights(self) -> tuple[float, float, float]:
        height = self._numbers("get_chuck_z Z", 1)[0]
        contact, separation, *_ = self._numbers("get_chuck_site_heights Wafer", 4)
        if contact <= 0:
            raise UnsafeError(f"The contact height of `{self.name}` must be set at the prober, but is not.")
        return height * MICROMETRE, contact * MICROMETRE, separation * MICROMETRE
