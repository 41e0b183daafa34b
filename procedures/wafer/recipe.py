"""What is done with a wafer: which procedures where, in which order, what sorts devices, what ends it early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from smtjlab.instruments.wafer.reticle import Die
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.procedures.procedure import Procedure
from smtjlab.simulation.toml_file import TomlFile

from .conditions import Condition, Figures
from .errors import RecipeError
from .route import Corner, Order, sampled, serpentine, shortest

EVERYWHERE = ("*/*",)
LONG = ("order.dies",)
"""Lists of a recipe's file that may be long."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A procedure at the sites that match, where its condition holds."""

    name: str
    procedure: Procedure | None
    """None in a recipe that was read without looking for its procedures."""
    on: tuple[str, ...] = EVERYWHERE
    """Patterns of `die type/sub-site`, such as `A/j*`."""
    when: Condition | None = None
    """Only where the figures of the steps before say so; where they do not tell, it is skipped and that is said."""
    retest: int = 0
    """Times that it is done anew, with the needles set down again, while `retest_when` holds."""
    retest_when: Condition | None = None
    """None stands for a contact that was not made."""

    def is_on(self, wafer: Wafer, site: Site) -> bool:
        """Return whether a site is among those of the step."""
        name = f"{wafer.type_of(site.die).name}/{site.name}"
        return any(fnmatchcase(name, pattern) for pattern in self.on)


@dataclass(frozen=True, kw_only=True)
class DeviceBin:
    """A bin: devices for which its condition holds and no earlier one's did; the last may take all that are left."""

    number: int
    name: str
    when: Condition | None = None
    good: bool = False


@dataclass(frozen=True, kw_only=True)
class StopRules:
    """What ends a wafer before its last site; None for a rule that is not there."""

    yield_below: float | None = None
    """Fraction of good devices."""
    after: int = 50
    """Devices before the yield is looked at."""
    contact_failures: int | None = None
    """Sites in a row without contact."""
    time: float | None = None
    """s on the bench's clock."""

    def reason(self, *, good: int, measured: int, missed: int, elapsed: float) -> str | None:
        """Return why a wafer ends here, or None: devices that are good and measured, sites missed in a row, s."""
        if self.contact_failures is not None and missed >= self.contact_failures:
            return f"{missed} sites in a row had no contact, and {self.contact_failures} end the wafer"
        if self.yield_below is not None and measured >= self.after and good < self.yield_below * measured:
            return (
                f"{good} of {measured} devices are good, and a yield below {100 * self.yield_below:g} % ends the wafer"
            )
        if self.time is not None and elapsed >= self.time:
            return f"{elapsed:.0f} s have passed, and {self.time:g} s end the wafer"
        return None


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The order of dies."""

    order: Order = Order.SERPENTINE
    start: Corner = Corner.UPPER_LEFT
    sample: int = 0
    seed: int = 0
    dies: tuple[Die, ...] = ()
    """Of a list: as they are visited. Of any other order: those that are left out are not visited; empty for all."""

    def through(self, wafer: Wafer) -> list[Die]:
        """Return the dies of a wafer in the order of visiting. RecipeError where one is not on it."""
        for die in self.dies:
            if die not in wafer:
                raise RecipeError(
                    f"A die of the order must lie on wafer {wafer.name!r}, but {die[0]},{die[1]} does not."
                )
        dies: Sequence[Die] = self.dies or wafer.dies
        match self.order:
            case Order.LISTED:
                return list(dies)
            case Order.SAMPLED:
                return shortest(wafer, sampled(wafer, dies, self.sample, self.seed), self.start)
            case Order.SHORTEST:
                return shortest(wafer, dies, self.start)
            case _:
                return serpentine(dies, self.start)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Whom a wafer tells of its end and of what needs a person: a command that is given the sentence."""

    command: tuple[str, ...]
    on: tuple[str, ...] = ("end", "stop", "attention")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe as its file tells it."""

    name: str
    text: str = ""
    """The file."""
    file: str = field(default="", compare=False)
    """Its path, for sentences; empty for a recipe of no file."""
    walk: Walk = field(default_factory=Walk)
    pretest: Step | None = None
    """Done first at every site; a device that it bins is measured no further."""
    steps: tuple[Step, ...]
    bins: tuple[DeviceBin, ...] = ()
    stops: StopRules = field(default_factory=StopRules)
    touch_again: int = 1
    """Times that needles are set down anew where a contact is not made."""
    notices: tuple[Notice, ...] = ()

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The pre-test, where there is one, and the steps after it."""
        return (self.pretest, *self.steps) if self.pretest is not None else self.steps

    def check(self, wafer: Wafer) -> None:
        """Raise RecipeError where a pattern matches no site of a wafer, or a die of the order is not on it."""
        known = {f"{kind.name}/{site.name}" for kind in wafer.types.values() for site in kind.sites}
        for step in self.all_steps:
            for pattern in step.on:
                if not any(fnmatchcase(name, pattern) for name in known):
                    raise self.mistake(
                        f"A pattern of step {step.name!r} must match a sub-site of wafer {wafer.name!r}, which are "
                        f"{', '.join(sorted(known))}, but {pattern!r} matches none.",
                        f"{self.key_of(step)}.on",
                    )
        self.dies(wafer)

    def dies(self, wafer: Wafer) -> list[Die]:
        """Return the dies that are visited, in order. RecipeError where one is not on the wafer."""
        try:
            return self.walk.through(wafer)
        except RecipeError as problem:
            key = "sample" if self.walk.order is Order.SAMPLED and "sample" in str(problem) else "dies"
            raise self.mistake(str(problem), f"order.{key}") from None

    def key_of(self, step: Step) -> str:
        """Return the key of a step in the file."""
        return "pretest" if step is self.pretest else f"steps.{self.steps.index(step)}"

    def mistake(self, sentence: str, key: str) -> RecipeError:
        """Return the error of a recipe that cannot be, with the line of the key where it comes from a file."""
        where = f" ({TomlFile.parse(self.text, self.file, long=LONG).where(key)})" if self.file else ""
        return RecipeError(f"{sentence.removesuffix('.')}{where}.")

    def sites(self, wafer: Wafer) -> Iterator[Site]:
        """Yield the sites that are visited, in order: those of the dies that a step is on."""
        for die in self.dies(wafer):
            yield from (site for site in wafer.sites(die) if any(step.is_on(wafer, site) for step in self.steps))

    def bin_of(self, figures: Figures) -> DeviceBin | None:
        """Return the bin of a device; None where no bin takes it."""
        for one in self.bins:
            if one.when is None or one.when.holds(figures):
                return one
        return None

    def facts(self) -> Mapping[str, Any]:
        """Return what the record of a wafer run says of its recipe, as plain JSON values."""
        return {
            "name": self.name,
            "order": str(self.walk.order),
            "steps": [one.name for one in self.all_steps],
            "bins": [
                {"number": one.number, "name": one.name, "good": one.good, "if": one.when.text if one.when else ""}
                for one in self.bins
            ],
        }
