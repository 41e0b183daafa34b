"""Keithley 3706A, and 707B by data: one strict matrix of relays, spoken to in TSP (manuals 3700AS-901-01, 707B-901-01).

A relay that moves under current wears or welds. The mainframe cannot know whether one flows; who does can be asked
(`no_current`), and then nothing moves while it does. The way into the safe state asks nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from .clock import Clock
from .errors import ForeignIdentity, InstrumentMistake, InstrumentReported, LimitError, UnsafeError
from .keithley_3706a_specification import K707B, K3706A, SwitchSpecification
from .roles import Role
from .safe_state import SafeStep
from .session import Session
from .tsp_driver import ECHO, TspDriver

BREAK_BEFORE_MAKE = 1
OPEN_ALL = "channel.open('allslots')"
ANY_CLOSED = "print(channel.getclose('allslots') == nil and 0 or 1)"
"""Question that is answered 0 where every relay is open."""
STATE = "print(channel.getclose('allslots'), channel.getforbidden('allslots'), channel.connectrule)"

Crosspoint = tuple[int, int]


class Keithley3706A(TspDriver):
    """A 3706A with a 3730 card in `slot`. Nothing is sent on construction; every move is read back.

    `no_current` tells whether no current flows through the matrix; it is asked before a relay moves.
    """

    role: ClassVar[Role] = Role.SWITCH
    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.?)?,\s*MODEL 3706A(-S|-NFP|-SNFP)?,"
    specification: ClassVar[SwitchSpecification] = K3706A

    def __init__(
        self,
        session: Session,
        *,
        clock: Clock | None = None,
        slot: int = 1,
        no_current: Callable[[], bool] | None = None,
    ) -> None:
        self.stand_on(session, clock)
        self.slot = slot
        self.no_current = no_current

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument does not speak TSP as its model, or holds another card."""
        answer = self.session.query(f"print(localnode.model, slot[{self.slot}].idn)")
        model, _, card = answer.partition("\t")
        wanted = self.specification
        if model.partition("-")[0] != wanted.model:
            raise ForeignIdentity(
                f"`{self.name}` must be a {wanted.model} that speaks TSP, but says that it is {model!r}."
            )
        if not re.match(rf"{wanted.card.model}\b", card):
            raise ForeignIdentity(
                f"Slot {self.slot} of `{self.name}` must hold a {wanted.card.model} card, but holds {card!r}."
            )

    # Relays

    def close(self, *crosspoints: Crosspoint) -> None:
        """Close crosspoints beside those closed already, and read back.

        Raises InstrumentMistake for what the card does not have, LimitError for what is forbidden and UnsafeError while
        a current flows, all before anything moves.
        """
        wanted = self._names(crosspoints)
        before = self._ready_to_close(wanted)
        self._close("close", wanted, before | wanted)

    def close_only(self, *crosspoints: Crosspoint) -> None:
        """Open everything else in the slot, then close crosspoints (break before make), and read back."""
        wanted = self._names(crosspoints)
        closed = self._ready_to_close(wanted)
        others = frozenset(name for name in closed if not name.startswith(str(self.slot)))
        if wanted:
            self._close("exclusiveslotclose", wanted, others | wanted)
        else:
            self.open(*self.closed())

    def open(self, *crosspoints: Crosspoint) -> None:
        """Open crosspoints and read back."""
        wanted = self._names(crosspoints)
        before, _, _ = self._state()
        self._ask_for_current()
        if wanted:
            self.set_up(f"channel.open('{_listed(wanted)}')")
        self._expect(before - wanted)

    def open_all(self) -> None:
        """Open every relay of every slot and read back."""
        self._ask_for_current()
        self.set_up(OPEN_ALL)
        self._expect(frozenset())

    def closed(self) -> frozenset[Crosspoint]:
        """Return the crosspoints of the slot that are closed."""
        return self._crosspoints(self._state()[0])

    # Crosspoints that must never close

    def forbid(self, *crosspoints: Crosspoint) -> None:
        """Let the instrument itself refuse to close crosspoints, and read back; what is closed stays so."""
        self._mark("setforbidden", crosspoints)
        if missing := self._names(crosspoints) - self._state()[1]:
            raise UnsafeError(f"{_listed(missing)} of `{self.name}` must read as forbidden, but does not.")

    def allow(self, *crosspoints: Crosspoint) -> None:
        """Let crosspoints close again, and read back."""
        self._mark("clearforbidden", crosspoints)
        if left := self._names(crosspoints) & self._state()[1]:
            raise UnsafeError(f"{_listed(left)} of `{self.name}` must read as allowed, but reads as forbidden.")

    def forbidden(self) -> frozenset[Crosspoint]:
        """Return the crosspoints of the slot that the instrument refuses to close."""
        return self._crosspoints(self._state()[1])

    def closures(self, *crosspoints: Crosspoint) -> list[int]:
        """Return how often relays have closed in their life, in the order asked for."""
        names = [self._name(one) for one in crosspoints]
        if not names:
            return []
        counts = self.session.query(f"print(channel.getcount('{','.join(names)}'))")
        return [int(word) for word in counts.split(",")]

    # Safety

    def safe_step(self, name: str, limits: Any) -> SafeStep:
        """Return the safe state: every relay open. It is taken under current too: an open path is the lesser evil."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            off=(OPEN_ALL,),
            settle=self.specification.card.settling,
            expected={ANY_CLOSED: 0.0},
            echo=ECHO,
        )

    # What the role stands on

    def _name(self, crosspoint: Crosspoint) -> str:
        row, column = crosspoint
        card = self.specification.card
        if not (row in range(1, card.rows + 1) and column in range(1, card.columns + 1)):
            raise InstrumentMistake(
                f"Crosspoints of `{self.name}` must lie within {card.rows} rows and {card.columns} columns, "
                f"but row {row}, column {column} was asked for."
            )
        return self.specification.channel(self.slot, row, column)

    def _names(self, crosspoints: Iterable[Crosspoint]) -> frozenset[str]:
        return frozenset(self._name(one) for one in crosspoints)

    def _crosspoints(self, names: Iterable[str]) -> frozenset[Crosspoint]:
        """Return those of some channels that are crosspoints of the slot: relays of the backplane are none."""
        found = (self.specification.crosspoint(name) for name in names)
        return frozenset((one[1], one[2]) for one in found if one is not None and one[0] == self.slot)

    def _state(self) -> tuple[frozenset[str], frozenset[str], float]:
        """Return the channels that are closed, those that are forbidden, and the rule of connections."""
        answer = self.session.query(STATE)
        fields = answer.split("\t")
        try:
            closed, forbidden, rule = _names_in(fields[0]), _names_in(fields[1]), float(fields[2])
        except (IndexError, ValueError):
            self.session.poison(f"the state of the relays was answered {answer!r}.")
            raise InstrumentReported(
                f"`{self.name}` must tell closed and forbidden channels, but answered {answer!r}."
            ) from None
        return closed, forbidden, rule

    def _ask_for_current(self) -> None:
        if self.no_current is not None and not self.no_current():
            raise UnsafeError(f"Relays of `{self.name}` must move without current, but one flows; nothing was moved.")

    def _ready_to_close(self, wanted: frozenset[str]) -> frozenset[str]:
        """Return what is closed, once it is sure that `wanted` may close too."""
        closed, forbidden, _ = self._state()
        if held := wanted & forbidden:
            raise LimitError(
                f"Crosspoints of `{self.name}` that close must not be forbidden, but {_listed(held)} is; "
                "nothing was moved."
            )
        self._ask_for_current()
        return closed

    def _close(self, verb: str, wanted: frozenset[str], expected: frozenset[str]) -> None:
        move = f" channel.{verb}('{_listed(wanted)}')" if wanted else ""
        self.set_up(f"channel.connectrule = channel.BREAK_BEFORE_MAKE{move}")
        rule = self._expect(expected)
        if rule != BREAK_BEFORE_MAKE:
            raise UnsafeError(f"Relays of `{self.name}` must break before they make, but connectrule reads {rule:g}.")

    def _expect(self, wanted: frozenset[str]) -> float:
        """Return the rule of connections; UnsafeError where other channels are closed than `wanted`."""
        closed, _, rule = self._state()
        if closed != wanted:
            raise UnsafeError(
                f"`{self.name}` must have closed {_listed(wanted) or 'nothing'}, "
                f"but {_listed(closed) or 'nothing'} reads as closed."
            )
        return rule

    def _mark(self, verb: str, crosspoints: Iterable[Crosspoint]) -> None:
        if names := self._names(crosspoints):
            self.set_up(f"channel.{verb}('{_listed(names)}')")


class Keithley707B(Keithley3706A):
    """A 707B with a 7174A card in `slot`: eight rows, named by letters, and twelve columns."""

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.?)?,\s*MODEL 707B\b"
    specification: ClassVar[SwitchSpecification] = K707B


def _listed(names: Iterable[str]) -> str:
    return ",".join(sorted(names))


def _names_in(answer: str) -> frozenset[str]:
    """Return the channels of an answer; a pair of a four-pole setting, `3003(3033)`, counts by its first."""
    if answer.strip() in ("nil", ""):
        return frozenset()
    names = frozenset(re.sub(r"\(\d+\)", "", word.strip()) for word in re.split("[,;]", answer))
    if not all(re.fullmatch(r"\w{4,5}", name, re.ASCII) for name in names):
        raise ValueError(answer)
    return names
