"""A prober without a wire and runs of sites as a test wants them: what happens is in one list, in its order."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from smtjlab.instruments.clock import RealClock
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.pad_counts import PadCounts
from smtjlab.instruments.prober_driver import ProberDriver
from smtjlab.procedures.control import Control
from smtjlab.procedures.own_loop import Recorder
from smtjlab.procedures.pre_test import PreTest
from smtjlab.procedures.wafer.recipe import Recipe, Step
from smtjlab.procedures.wafer.site_runs import StepResult
from smtjlab.procedures.wafer.visit import Visitor

from .test_route import WAFER

CONTACT, SEPARATION = 16e-3, 250e-6
GOOD = StepResult("good", {"resistance": 1e4, "flags": 0.0})
OPEN = StepResult("open", {"resistance": 1e9, "slope": 1.0}, is_open=True)
NO_CONTACT = StepResult("none", {}, contact=False, tripped="The needles must touch, but do not.")


class ScriptedProber(ProberDriver):
    name = "prober"

    def __init__(self, limits: ContactLimits, happened: list[str]) -> None:
        self.limits, self.happened, self.pads = limits, happened, PadCounts()
        self.place, self.height = (0.0, 0.0), CONTACT - SEPARATION

    def _raise(self):
        self.happened.append("down")
        self.height = CONTACT

    def _lower(self):
        if self.height == CONTACT:
            self.happened.append("up")
        self.height = CONTACT - SEPARATION

    def _heights(self):
        return self.height, CONTACT, SEPARATION

    def _travel(self, x, y):
        self.happened.append("go")
        self.place = (x, y)

    def position(self):
        return self.place

    def check_ready(self):
        pass

    def overtravel(self):
        return 0.0

    def _nothing(self, *_):
        raise NotImplementedError

    _step = _turn = _set_overtravel = angle = _nothing


ScriptedProber.__abstractmethods__ = frozenset()


class ScriptedRuns:
    """Each step has the next of some results; a function among them is called for one."""

    def __init__(self, results, happened, wafer):
        self.results, self.happened, self.wafer = list(results), happened, wafer

    def finished(self, *_):
        return None

    def switch_off(self):
        self.happened.append("off")

    def connect(self, site):
        if self.wafer.sub_site(site).route:
            self.happened.append(self.wafer.sub_site(site).route)

    def carry_out(self, site, step, touchdowns):
        self.happened.append("run")
        found = self.results.pop(0)
        return found() if callable(found) else found


class Scene:
    """A visitor with a step `read` on every device; `between` is what happens while the wafer is held."""

    def __init__(
        self, *results, limits=None, between=lambda: None, again=1, step=None, bins=(), pretest=None, wafer=WAFER
    ):
        self.happened: list[str] = []
        self.notes: list[tuple[str, dict]] = []
        self.control = Control()
        self.journal = SimpleNamespace(path=Path("nowhere/journal"), note=self.note)
        self.recorder = Recorder(self.journal, lambda: 0.0, control=self.control, between=between)
        self.prober = ScriptedProber(limits or ContactLimits(), self.happened)
        self.runs = ScriptedRuns(results, self.happened, wafer)
        steps = (step or Step(name="read", procedure=PreTest()),)
        recipe = Recipe(name="r", steps=steps, touch_again=again, bins=bins, pretest=pretest)
        self.asked: list[str] = []
        self.visitor = Visitor(wafer, recipe, self.prober, self.runs, RealClock(), self.recorder, self.asked.append)

    def note(self, kind, **payload):
        self.notes.append((kind, payload))
        self.happened.append(kind)

    def of(self, kind):
        return [payload for found, payload in self.notes if found == kind]
