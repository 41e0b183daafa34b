"""What every driver must do, whatever its role: identity, language, errors, and answers that never change places."""

from __future__ import annotations

import json
import re

from .conformance import Check, Fails, Skip
from .conformance_candidate import Candidate
from .errors import ForeignIdentity, InstrumentFault, InstrumentReported, SessionPoisoned, SessionTimeout
from .safe_state import SafePlan, carry_out

STRANGER = "ACME INSTRUMENTS,MODEL 1,0,0"
"""Identity of an instrument that nobody has a driver for."""
NONSENSE = "SMTJ:NONSENSE 1"
"""What no instrument understands, in any language."""
NONCE = 17


def construction(c: Candidate) -> str:
    """Look at what a fresh driver sends."""
    messages = c.sent_by(lambda: type(c.case)(c.session, clock=c.clock))
    if messages:
        raise Fails(f"{messages[0]!r} was sent")
    return "nothing was sent"


def identity(c: Candidate) -> str:
    """Look at whom the identity pattern lets pass."""
    pattern, question = c.case.identity_pattern, c.case.identity_query
    c.watch.other_answer = lambda answer: STRANGER
    try:
        c.refused(f"{STRANGER!r}", lambda: c.session.identify(pattern, question), ForeignIdentity)
    finally:
        c.watch.other_answer = None
    others = {name: other for name, other in c.others.items() if _model(other) != _model(c.identity)}
    taken = [name for name, other in others.items() if re.search(pattern, other)]
    if taken:
        raise Fails(f"its pattern takes {taken[0]!r}, {others[taken[0]]!r}, for its own")
    return f"it took {c.identity!r}, and refused a stranger and {len(others)} instruments of other models"


def _model(identity: str) -> list[str]:
    """Return maker and model of an identity."""
    return [word.strip() for word in identity.split(",")[:2]]


def language(c: Candidate) -> str:
    """Look at what becomes of an instrument that is set to another command language."""
    messages = c.sent_by(c.case.verify_language)
    if not messages:
        raise Skip("the instrument speaks one language only, and nothing was asked")
    c.watch.other_answer = lambda answer: "ANOTHER LANGUAGE"
    try:
        c.refused("another language", c.case.verify_language, InstrumentFault)
    finally:
        c.watch.other_answer = None
    return f"its own was found by {messages[-1]!r}, another was refused"


def errors_are_raised(c: Candidate) -> str:
    """Look at what becomes of a command that the instrument does not understand."""
    c.session.write(NONSENSE)
    try:
        c.case.check_errors()
    except InstrumentReported as reported:
        if not reported.code:
            raise Fails(f"it was raised without a number: {reported}") from None
        return f"{reported.code}, {reported.text!r} was raised after {NONSENSE!r}"
    raise Fails(f"nothing was raised after {NONSENSE!r}")


def errors_are_emptied(c: Candidate) -> str:
    """Look at whether old errors are told twice."""
    for _ in range(3):
        c.session.write(NONSENSE)
    c.refused("an error queue that holds entries", c.case.check_errors, InstrumentReported)
    left = c.case.check_errors()
    if left:
        raise Fails(f"{left!r} was left")
    return "after three errors the first was raised, and the queue was empty"


def timeout(c: Candidate) -> str:
    """Look at a session whose answer was lost."""
    c.twin_fails("timeout")
    c.refused("a lost answer", lambda: c.session.query(c.case.identity_query), SessionTimeout)
    c.refused("the next question", lambda: c.session.query(c.case.identity_query), SessionPoisoned, silent=True)
    c.refused("the next message", lambda: c.session.write(NONSENSE), SessionPoisoned, silent=True)
    return _healed(c, "a lost answer poisoned the session, nothing more was sent, and it healed")


def late(c: Candidate) -> str:
    """Look at what becomes of an answer that comes after its deadline."""
    c.twin_fails("late", delay=2 * c.session.timeout)
    c.refused("a late answer", lambda: c.session.query(c.case.identity_query), SessionTimeout)
    c.clock.sleep(2 * c.session.timeout)
    c.refused("the next question", lambda: c.session.query(c.case.identity_query), SessionPoisoned, silent=True)
    return _healed(c, "it was not read, and the next question got its own answer")


def _healed(c: Candidate, seen: str) -> str:
    c.session.heal()
    _ask_another(c)
    again = c.session.query(c.case.identity_query)
    if again != c.identity:
        raise Fails(f"after it had healed it answered {again!r}")
    return seen


def foreign(c: Candidate) -> str:
    """Look at answers that come twice, garbled, or one behind."""
    question = c.case.identity_query
    c.twin_fails("duplicated")
    if c.session.query(question) != c.identity:
        raise Fails("a duplicated answer was not its own")
    try:
        _ask_another(c)
    except SessionPoisoned:
        c.session.heal()
    c.twin_fails("garbled")
    c.refused("a garbled identity", lambda: c.session.identify(c.case.identity_pattern, question), InstrumentFault)
    c.session.heal()
    c.twin_fails("one_behind")
    c.refused("an answer that is one behind", lambda: c.session.query(question), SessionTimeout)
    return _healed(c, "duplicated, garbled and one behind, none was taken for another question's")


def _ask_another(c: Candidate) -> None:
    """Ask something whose answer cannot be the identity; Fails where the answer is not its own."""
    if c.session.echo is None:
        c.driver.is_in_contact()  # numbers, or it raises
        return
    answer = c.session.query(c.session.echo.format(nonce=NONCE))
    try:
        own = float(answer) == NONCE
    except ValueError:
        own = False
    if not own:
        raise Fails(f"the next question was answered {answer!r}")


def guardian(c: Candidate) -> str:
    """Look at the way into the safe state as somebody walks it who knows no driver."""
    plan = SafePlan(visa_library=c.visa_library, steps=(c.driver.safe_step(c.name, c.limits),))
    told = SafePlan.from_dict(json.loads(json.dumps(plan.to_dict())))
    own = {} if c.virtual is not None else {c.name: c.session}  # metal may allow one connection only
    report = carry_out(told, sessions=own, clock=c.clock)
    if not report.safe:
        raise Fails(str(report))
    return str(report.findings[-1]["text"])


EVERY_DRIVER = (
    Check("construction", "Construction must send nothing.", construction),
    Check("identity", "The identity pattern must take its own instrument, and refuse every stranger.", identity),
    Check("language", "A foreign command language must be refused.", language),
    Check("timeout", "A lost answer must poison the session until it has healed.", timeout, virtual_only=True),
    Check("late answer", "A late answer must never be taken for the next.", late, virtual_only=True),
    Check("foreign answer", "A foreign answer must never be taken for its own.", foreign, virtual_only=True),
    Check("guardian", "The safe state must be data that a bare session can walk along.", guardian),
)
ERROR_QUEUE = (
    Check("errors raised", "What the instrument reports must be raised with its number.", errors_are_raised),
    Check("errors emptied", "`check_errors` must empty the queue.", errors_are_emptied),
)
