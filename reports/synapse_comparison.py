"""One table, three devices: runs of a synapse compared by their figures, each with its error, and ranked by sigma."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, cast

from smtjlab.procedures.synapse import Synapse
from smtjlab.procedures.synapse_figures import cycles_of
from smtjlab.simulation.synapses.metrics import Ranking, SynapseFigures, rank
from smtjlab.simulation.synapses.pulse_cycles import PulseCycles

from .errors import ReportMistake
from .synapse_comparison_words import DEVICES
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

SYNAPSE = "synapse"
"""The procedure whose runs are compared here."""
PAPER = ("s-mtj", "domain-wall", "memristor")
"""The order of the paper, the best first (arXiv:2411.02636, sections 4, 5 and the conclusion)."""
ASSUMED = ("energy",)
"""Figures of models with assumed pads and pulses: no reading has a say in them, so that their order proves nothing."""
SURE = 3.0
"""Standard deviations from which one device counts as better than another."""

Answer = Literal["confirmed", "contradicted", "open"]


@dataclass(frozen=True)
class SynapseMember:
    """One of the runs."""

    run: Run
    procedure: Synapse
    label: str
    """How figures and tables call it: its device, and the run where several runs have that device."""
    cycles: PulseCycles
    figures: SynapseFigures


@dataclass(frozen=True)
class SynapseComparison:
    """Runs of a synapse and their order by each figure."""

    members: Sequence[SynapseMember]

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """The order by each measured figure that two devices have, the best first; devices by their labels."""
        found = rank({one.label: one.figures for one in self.members})
        return tuple(one for one in found if one.metric not in ASSUMED)

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        """What each figure of all three devices says of the paper's order; empty unless these were measured once each.

        Confirmed where each device leads the next by `SURE` standard deviations, contradicted where one trails a later
        one by as many, open otherwise.
        """
        names = {one.procedure.device: one.label for one in self.members}
        if set(names) != set(PAPER) or len(self.members) != len(PAPER):
            return {}
        order = [names[device] for device in PAPER]
        return {one.metric: _answer(one, order) for one in self.rankings if set(one.devices) == set(order)}


def compare_synapses(runs: Sequence[Run]) -> SynapseComparison:
    """Return the comparison of runs.

    Raises ReportMistake where one is no synapse's, ProcedureMistake where one has no whole cycle, and ModelError where
    its conductance does not rise.
    """
    for run in runs:
        if run.meta["procedure_name"] != SYNAPSE:
            raise ReportMistake(
                f"What is compared as synapses must be runs of a synapse, but run {run.id} is one of "
                f"{run.meta['procedure_name']}."
            )
    procedures = [cast(Synapse, run.procedure) for run in runs]
    devices = [one.device for one in procedures]
    return SynapseComparison(
        [
            _member(run, one, alone=devices.count(one.device) == 1)
            for run, one in zip(runs, procedures, strict=True)
        ]
    )  # fmt: skip


def are_synapses(runs: Sequence[Run]) -> bool:
    """Return whether all runs are those of a synapse."""
    return all(run.meta["procedure_name"] == SYNAPSE for run in runs)


def _member(run: Run, procedure: Synapse, *, alone: bool) -> SynapseMember:
    readings, belief = run.readings(), believed(run)
    name = DEVICES[procedure.device]
    return SynapseMember(
        run=run,
        procedure=procedure,
        label=name if alone else f"{name} {run.id}",
        cycles=cycles_of(procedure, readings, belief),
        figures=procedure.figures(readings, belief),
    )


def _answer(ranking: Ranking, order: Sequence[str]) -> Answer:
    leads = [ranking.lead(one, other) for k, one in enumerate(order) for other in order[k + 1 :]]
    if min(leads) <= -SURE:
        return "contradicted"
    return "confirmed" if min(leads) >= SURE else "open"
