"""A characterisation: runs of one junction, the plan that strings them together, and the belief that they end in.

Its folder, `<date>-characterisation-<id>/`, stands among the runs that it names:

    plan.json       bench, junction, model; each step with its state and the folder of its run
    before.toml     what was believed at the start
    belief-N.toml   what was believed when step N began: the junction file of its run
    junction.toml   what is believed now, with covariance and provenance
    report.html     the page

Everything but the plan can be made again from the journals of the runs.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.bench import Bench
from smtjlab.simulation.belief import Belief

from .characterise_steps import STEPS, Step, opened
from .errors import JournalFault, UnknownRun
from .network_folder import refuse_network
from .put_together import Taken, Together, put_together
from .run import JUNCTION, Run
from .synced import replace_text, sync_folder

if TYPE_CHECKING:
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.junction_estimate import JunctionEstimate

PLAN = "plan.json"
BEFORE = "before.toml"
REPORT = "report.html"
FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}-characterisation-([0-9a-f]{8})")
LARGEST_PLAN = 1 << 20
"""Most bytes of a plan: some thousand are usual."""


class StepState(StrEnum):
    """Where a step of a characterisation stands."""

    PLANNED = "planned"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"
    LEFT_OUT = "left out"

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self in (StepState.DONE, StepState.LEFT_OUT)


@dataclass(frozen=True)
class StepRecord:
    """One step as the plan has it."""

    name: str
    state: StepState = StepState.PLANNED
    reason: str = ""
    """Why it was left out, stopped or failed, one sentence."""
    run: str = ""
    """Folder of its run, beside that of the characterisation; empty before it has begun."""

    @property
    def step(self) -> Step:
        """What is done in it."""
        return STEPS[self.name]


@dataclass(frozen=True)
class CharacterisationPlan:
    """What was asked for, and how far it has come."""

    id: str
    created: str
    bench: str
    junction: str
    """As it was named: a preset or a file."""
    model: str
    hazardous: bool
    steps: tuple[StepRecord, ...]

    def to_json(self) -> str:
        """Return the plan as `from_json` reads it."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> CharacterisationPlan:
        """Return the plan of a file. Raises ValueError, TypeError or KeyError where it is none."""
        fields = dict(json.loads(text))
        steps = [StepRecord(**{**one, "state": StepState(one["state"])}) for one in fields.pop("steps")]
        plan = cls(**fields, steps=tuple(steps))
        words = (plan.id, plan.created, plan.bench, plan.junction, plan.model)
        names = [word for one in steps for word in (one.name, one.reason, one.run)]
        if not all(isinstance(word, str) for word in (*words, *names)) or not isinstance(plan.hazardous, bool):
            raise TypeError("a word is no word")
        if any(one.name not in STEPS or (one.run and Path(one.run).name != one.run) for one in steps):
            raise ValueError("a step is unknown")
        return plan


@dataclass(frozen=True)
class Characterisation:
    """One characterisation, as its folder tells it."""

    folder: Path
    plan: CharacterisationPlan

    @classmethod
    def create(
        cls, runs: Path, *, bench: str, junction: str, model: str, hazardous: bool, steps: Sequence[StepRecord]
    ) -> Characterisation:
        """Open the folder of a new characterisation. Raises JournalFault where it cannot be written."""
        before = opened(Belief.load(junction), Bench.load(bench).device_limits)
        refuse_network(runs)
        now, own = datetime.now(UTC), secrets.token_hex(4)
        folder = runs / f"{now.date().isoformat()}-characterisation-{own}"
        created = now.isoformat(timespec="milliseconds")
        plan = CharacterisationPlan(own, created, bench, junction, model, hazardous, tuple(steps))
        made = cls(folder, plan)
        try:
            folder.mkdir(parents=True)
            replace_text(folder / BEFORE, before.to_toml())
            replace_text(folder / JUNCTION, before.to_toml())
            sync_folder(folder.parent)
        except OSError as error:
            raise JournalFault(f"The folder {folder} cannot be written: {error.strerror}.") from error
        made.save()
        return made

    @classmethod
    def load(cls, folder: Path) -> Characterisation:
        """Return the characterisation in a folder. Raises JournalFault where its plan cannot be read."""
        path = folder / PLAN
        if path.is_symlink() or not path.is_file():
            raise JournalFault(f"{path} must be the plan of a characterisation, but is no file of its own.")
        try:
            with path.open("rb") as file:
                text = file.read(LARGEST_PLAN)
            return cls(folder, CharacterisationPlan.from_json(text.decode("utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise JournalFault(
                f"{path} must be the plan of a characterisation, but cannot be read as one: {error}."
            ) from error

    @classmethod
    def find(cls, runs: Path, key: str) -> Characterisation:
        """Return the characterisation that `key` means: `last`, an id, a unique beginning of one, or a folder."""
        if (Path(key) / PLAN).is_file():
            return cls.load(Path(key))
        folders = characterisation_folders(runs)
        matches = folders[-1:] if key == "last" else [f for f in folders if answers(f, key)]
        if len(matches) != 1:
            found = "several do" if matches else "none does"
            raise UnknownRun(f"One characterisation in {runs} must answer to '{key}', but {found}.")
        return cls.load(matches[0])

    def save(self) -> None:
        """Put the plan on disk, whole or not at all. Raises JournalFault."""
        try:
            replace_text(self.folder / PLAN, self.plan.to_json())
        except OSError as error:
            raise JournalFault(f"{self.folder / PLAN} cannot be written: {error.strerror}.") from error

    def with_step(self, name: str, **changes: Any) -> Characterisation:
        """Return the characterisation with one step as it is now, on disk."""
        steps = tuple(replace(one, **changes) if one.name == name else one for one in self.plan.steps)
        changed = replace(self, plan=replace(self.plan, steps=steps))
        changed.save()
        return changed

    def number(self, name: str) -> int:
        """Return the number of a step, from 1."""
        return 1 + [one.name for one in self.plan.steps].index(name)

    @property
    def open_steps(self) -> list[StepRecord]:
        """Return the steps for which something is left to do."""
        return [one for one in self.plan.steps if not one.state.settled]

    @cached_property
    def runs(self) -> Mapping[str, Run]:
        """Runs that are done, by step."""
        beside = self.folder.resolve().parent
        return {one.name: Run(beside / one.run) for one in self.plan.steps if one.run and one.state is StepState.DONE}

    @cached_property
    def before(self) -> Belief:
        """What was believed at the start."""
        return Belief.load(self.folder / BEFORE)

    @cached_property
    def together(self) -> Together:
        """What the runs tell together. Raises InferenceError where their covariance is none."""
        taken = [
            Taken(name, source_of(run), run.procedure, run.readings(), _slew(run)) for name, run in self.runs.items()
        ]
        return put_together(taken, self.before, believed_name(self.plan.junction))

    @property
    def extractions(self) -> Mapping[str, Extraction]:
        """What each run has told, by step, with what all of them make one believe."""
        return {name: one.extraction for name, one in self.together.told.items()}

    @property
    def silent(self) -> Mapping[str, str]:
        """Why a run that is done tells nothing, by step, one sentence each."""
        return self.together.silent

    @property
    def estimate(self) -> JunctionEstimate:
        """The belief that the runs so far end in, and how they go together."""
        return self.together.estimate

    @property
    def after(self) -> Belief:
        """What is believed now."""
        return self.estimate.after


def source_of(run: Run) -> str:
    """Return how a run is named in the provenance of what it has told."""
    return f"run {run.id}, {run.meta['procedure_name']}"


def believed_name(junction: str) -> str:
    """Return how the belief before is named in the provenance: `preset fig5-die`, or a file without its folders."""
    return Path(junction).name if Path(junction).suffix else f"preset {junction}"


def characterisation_folders(runs: Path) -> list[Path]:
    """Return the folders of characterisations, oldest first; a link leads elsewhere and is none."""
    found = [f for f in runs.glob("*/") if FOLDER.fullmatch(f.name) and (f / PLAN).is_file() and not f.is_symlink()]
    return sorted(found, key=_created)


def _created(folder: Path) -> str:
    try:
        return Characterisation.load(folder).plan.created
    except JournalFault:  # what is wrong with it is told by whoever reads it; others go on all the same
        return folder.name


def answers(folder: Path, key: str) -> bool:
    """Return whether the folder of a characterisation answers to an id, a beginning of one, or its own name."""
    match = FOLDER.fullmatch(folder.name)
    return bool(key) and (folder.name == key or (match is not None and match[1].startswith(key)))


def _slew(run: Run) -> float | None:
    """Return the slew limit of the gate in V/s that held in a run; None where there was none."""
    slew = (run.meta.get("limits") or {}).get("gate", {}).get("slew")
    return None if slew is None else float(slew)
