"""One visit: needles go to a site and down, the steps of the recipe are done there, needles go up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from smtjlab.instruments.clock import Clock
from smtjlab.instruments.errors import LimitError
from smtjlab.instruments.prober_driver import ProberDriver
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.procedures.control import StopNow
from smtjlab.procedures.journal_reader import Event
from smtjlab.procedures.own_loop import Recorder

from .conditions import Figures
from .needles import CLEANED, TOUCHED, touches
from .outcome import OPEN, Outcome, SiteState
from .recipe import DeviceBin, Recipe, Step
from .site_runs import SiteRuns, StepResult


@dataclass
class _Found:
    """What is known of a site so far."""

    figures: dict[str, float | None] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    state: SiteState = SiteState.DONE
    reason: str = ""
    bin: DeviceBin | None = None

    @property
    def is_missed(self) -> bool:
        """Whether the needles may have touched nothing."""
        return self.state is SiteState.NO_CONTACT or self.reason == OPEN

    def take(self, result: StepResult) -> None:
        self.runs.append(result.run)
        self.figures |= {name: value for name, value in result.figures.items() if value is not None}
        if not result.contact:
            self.state, self.reason = SiteState.NO_CONTACT, result.tripped
        elif result.tripped:
            self.state, self.reason = SiteState.FAILED, result.tripped
        else:
            self.state, self.reason = SiteState.DONE, OPEN if result.is_open else ""


@dataclass
class _Left:
    """How often a step may be done again, by what it is done again for."""

    touches: int
    retests: int

    def again(self, step: Step, result: StepResult, figures: Figures) -> bool:
        """Return whether a step is done once more after what came of it, and count that."""
        if not result.contact or result.is_open:
            self.touches -= 1
            return self.touches >= 0
        if result.tripped or step.retest_when is None or not step.retest_when.holds(figures):
            return False
        self.retests -= 1
        return self.retests >= 0


class Visitor:
    """Visits one site after another."""

    def __init__(
        self,
        wafer: Wafer,
        recipe: Recipe,
        prober: ProberDriver,
        runs: SiteRuns,
        clock: Clock,
        recorder: Recorder,
        ask: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        """`ask` is told what needs a person, in a sentence, before the wafer waits for one."""
        self._wafer = wafer
        self._recipe = recipe
        self._prober = prober
        self._runs = runs
        self._clock = clock
        self._recorder = recorder
        self._ask = ask
        self._touched: Counter[Site] = Counter()  # by pads, whose name is that of their first site
        self._down_at: Site | None = None  # pads on which needles were left between two of their devices
        self._known: set[str] = set()
        self._place = (0.0, 0.0)  # of the chuck, as it was read back after it had travelled

    def know(self, outcomes: Sequence[Outcome], events: Sequence[Event]) -> None:
        """Take what earlier executions have touched, cleaned and measured, visits that came to no end among them."""
        for event in events:
            if event.kind == TOUCHED:
                self._prober.since_cleaning = int(event.payload["since_cleaning"])
            elif event.kind == CLEANED:
                self._prober.since_cleaning = 0
        self._touched = touches(self._wafer, outcomes, events)
        for one in outcomes:
            self._known.update(one.runs)
        self._prober.know_pads({self._wafer.from_home(site): count for site, count in self._touched.items()})

    def visit(self, site: Site, following: Site | None = None) -> Outcome:
        """Return what came of a visit; what it raises ends the wafer.

        The needles are up at its end, unless the site that follows lies behind the same pads and nobody asks for a
        pause.
        """
        begun, found = self._clock.now(), _Found()
        if self._down_at is None or self._down_at != self._wafer.pads(site):
            self._go_to(site)
        for step in self._recipe.all_steps:
            if not step.is_on(self._wafer, site):
                continue
            if step.when is not None and not step.when.holds(found.figures):
                found.left_out.append(step.name)
                continue
            self._do(site, step, found)
            found.bin = self._sorted_out(found.figures) if step is self._recipe.pretest else None
            if found.state is not SiteState.DONE or found.bin is not None:
                break
        if found.is_missed or not self._stays_down(site, following):
            self.lift()
        return self._outcome(site, found, self._clock.now() - begun)

    @property
    def is_down(self) -> bool:
        """Whether the needles were left down at the end of a visit."""
        return self._down_at is not None

    def lift(self) -> None:
        """Lift the needles, with every output off."""
        self._runs.switch_off()
        self._down_at = None
        self._prober.separate()

    def _stays_down(self, site: Site, following: Site | None) -> bool:
        """Return whether needles are left where they are, for another device behind the pads of a site."""
        pads, control = self._wafer.pads(site), self._recorder.control
        if following is None or self._wafer.pads(following) != pads or control.paused or control.stopping:
            return False
        self._down_at = pads
        return True

    def _do(self, site: Site, step: Step, found: _Found) -> None:
        """Do a step, again with the needles set down anew while the recipe wants that and the pads allow it."""
        done = self._runs.finished(site, step, self._known, self._touches(site))
        if done is not None and not done.is_open:
            found.take(done)
            return
        before, left = dict(found.figures), _Left(self._recipe.touch_again, step.retest)
        while not (refused := self._touch(site)):
            self._stop_if_asked()
            self._runs.connect(site)
            result = self._runs.carry_out(site, step, self._touches(site))
            found.take(result)
            self._known.add(result.run)
            if not left.again(step, result, found.figures):
                return
            if result.is_open:
                found.figures = dict(before)  # of a touch that was none nothing is kept
            self.lift()
        if found.runs:
            self._recorder.note("warning", text=f"{site} is not touched again: {refused}")
        else:
            found.state, found.reason = SiteState.FAILED, refused

    def _go_to(self, site: Site) -> None:
        self._be_still()
        self._down_at = None
        self._prober.check_ready()
        self._place = self._prober.go_to(*self._wafer.from_home(site))

    def _touch(self, site: Site) -> str:
        """Set the needles down; return why the pads may not be touched once more, or nothing."""
        if self._prober.is_in_contact():
            return ""
        if self._prober.needs_cleaning:
            self._clean()
            self._go_to(site)
        try:
            self._prober.check_pads()
        except LimitError as worn:
            return str(worn)
        self._be_still()
        # Before the movement: nobody learns of a touch later where this process dies in it.
        place = {"column": site.column, "row": site.row, "site": site.name, "x": self._place[0], "y": self._place[1]}
        self._recorder.note(TOUCHED, **place, since_cleaning=self._prober.since_cleaning + 1)
        self._touched[self._wafer.pads(site)] += 1
        self._prober.contact()
        return ""

    def _touches(self, site: Site) -> int:
        return self._touched[self._wafer.pads(site)]

    def _be_still(self) -> None:
        """Let nothing move any more where somebody has asked for a stop, and nothing at all under voltage."""
        self._stop_if_asked()
        self._runs.switch_off()

    def _stop_if_asked(self) -> None:
        if self._recorder.stopping:
            raise StopNow

    def _sorted_out(self, figures: Figures) -> DeviceBin | None:
        """Return the bin of a device that a pre-test sorts out: one that is not good, and says why."""
        found = self._recipe.bin_of(figures)
        return found if found is not None and not found.good and found.when is not None else None

    def _clean(self) -> None:
        """Clean the needles, or hold until a person has: who ends the wafer instead has not."""
        self._be_still()
        limits = self._prober.limits
        if limits is not None and limits.cleaning is not None:
            self._prober.clean()
        else:
            text = "Needles must be cleaned by hand; the wafer waits until it is resumed."
            self._recorder.note("warning", text=text)
            self._ask(text)
            self._recorder.control.pause()
            self._recorder.hold()
            self._stop_if_asked()
            self._prober.cleaned()
        self._recorder.note(CLEANED, contacts=self._prober.contacts)

    def _outcome(self, site: Site, found: _Found, seconds: float) -> Outcome:
        figures = found.figures | {"touchdowns": float(self._touches(site))}
        taken = found.bin
        if taken is None and found.runs and found.state is not SiteState.NO_CONTACT:
            taken = self._recipe.bin_of(figures)
        if taken is not None and taken.good and found.state is not SiteState.DONE:
            taken = None  # what tripped is not good, whatever it had read before
        good = taken is not None and taken.good
        self._known.update(found.runs)
        return Outcome(
            site=site,
            die_type=self._wafer.type_of(site.die).name,
            device=self._wafer.sub_site(site).device.name,
            state=found.state,
            reason=found.reason,
            bin=None if taken is None else taken.number,
            bin_name="" if taken is None else taken.name,
            good=good,
            runs=tuple(found.runs),
            left_out=tuple(found.left_out),
            seconds=seconds,
            figures=figures,
        )
