"""What can go wrong between a wish and an instrument: one class for each thing a caller treats differently."""

from __future__ import annotations


class InstrumentMistake(ValueError):
    """A wish that cannot be granted as it stands: the user's mistake, found before anything moves."""


class BenchFileError(InstrumentMistake):
    """The bench file is wrong; the sentence names the file and the line."""


class WaferFileError(InstrumentMistake):
    """A wafer file or a map of a wafer is wrong; the sentence names the file and, where it has one, the line."""


class LimitError(InstrumentMistake):
    """A wish lies outside the site limits. It is refused, never clipped."""


class QuantityError(InstrumentMistake):
    """A number, a unit or both cannot be read, or the unit is of the wrong kind."""


class InstrumentFault(OSError):
    """The world's fault: an instrument, a cable or a device did not do what it had to."""


class NotConnected(InstrumentFault):
    """Nothing answers at the address, or the connection was dropped."""


class ForeignIdentity(InstrumentFault):
    """Something answers at the address, but it is another instrument than the bench file says."""


class SessionTimeout(InstrumentFault):
    """No complete answer came before the deadline of the exchange."""


class SessionPoisoned(InstrumentFault):
    """The session cannot tell whose answer it would read next, and asks nothing until it has been healed."""


class BenchTaken(InstrumentFault):
    """Another program drives the instrument, or a guardian is still making it safe."""


class Interrupted(InstrumentFault):
    """Somebody has ended all exchanges of a session, to stop at once; nothing is wrong with the instrument."""


class InstrumentReported(InstrumentFault):
    """The instrument's own error queue held an entry."""

    def __init__(self, sentence: str, *, code: int = 0, text: str = "", sent: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        """Number of the first entry of the queue."""
        self.text = text
        """Text of the first entry of the queue."""
        self.sent = sent
        """What had been sent before the queue was read."""


class LeakageTripped(InstrumentFault):
    """The gate draws more than the site's leakage limit: the dielectric is in danger."""


class PowerTripped(InstrumentFault):
    """The junction takes more than the site's power: its barrier is in danger."""


class ContactFault(InstrumentFault):
    """A lead or a needle does not touch what it has to: nothing is measured over it."""


class UnsafeError(InstrumentFault):
    """A safe state, or a protection that must stand before an output goes on, could not be read back."""
