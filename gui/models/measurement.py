"""What is to be measured next: procedure, form, belief, model, and whether it could be run as it stands."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from smtjlab.gui.texts import FIELD_WRONG, FIELDS_WRONG, JUNCTION
from smtjlab.instruments.quantity import parse_quantity
from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.procedure import Procedure
from smtjlab.simulation.belief import preset_names
from smtjlab.simulation.models import Model

from .desk import Wish
from .form import Form, asks_belief, label
from .in_use import InUse
from .inquiry import Inquiry
from .offered import offered_procedures
from .plan_check import BELIEF, PlanCheck, check_plan

FIRST = "transfer-curve"
"""What a window opens with."""


class Measurement:
    """A form with what stands beside it. `check` asks, `take_check` brings the answer."""

    def __init__(self, bench: str, runs: Path, in_use: InUse | None = None) -> None:
        self._bench, self._runs = bench, runs
        self._in_use = in_use
        self._offered = offered_procedures()
        self.procedures = sorted(self._offered)
        self.junctions = sorted(preset_names())
        self.models = [str(model) for model in Model]
        self._forms: dict[str, Form] = {}
        self.form = self._form_of(FIRST)
        self.junction, self.model = "fig5-die", str(Model.SLLG)
        self._inquiry: Inquiry[PlanCheck] = Inquiry()
        threading.Thread(target=_get_ready, args=(self._offered,), name="units", daemon=True).start()
        self.checked: PlanCheck | None = None
        """What the last check found; None while one is on its way."""
        self._before = PlanCheck()
        """What the check before found, of this form: told at its field until there is another answer."""

    def choose(self, name: str) -> Form:
        """Take another procedure, with its fields as they were left. Raises UnknownProcedure."""
        self.form, self._before = self._form_of(name), PlanCheck()
        return self.form

    def forms(self) -> Iterator[Form]:
        """Yield the forms of all procedures, that their pages be ready before they are chosen."""
        return map(self._form_of, self.procedures)

    def check(self) -> None:
        """Ask whether this could be run; fields that are wrong are told at once."""
        self.checked = None
        if self.form.faults:
            self.checked = self._before = PlanCheck(next(iter(self.form.faults.values())))
            return
        try:
            wish = self.wish()
        except MISTAKES as error:
            self.checked = self._before = PlanCheck(str(error))
            return
        self._inquiry.ask(
            lambda: check_plan(
                wish.procedure,
                bench=self._bench,
                junction=wish.junction,
                model=wish.model,
                runs=self._runs,
                in_use=self._in_use,
            )
        )

    def take_check(self) -> bool:
        """Return whether an answer has come since the last call; it stands in `checked`."""
        found = self._inquiry.take()
        if found is None or self.checked is not None:
            return False
        self.checked = self._before = found
        return True

    @property
    def faults(self) -> Mapping[str, str]:
        """What is wrong, by field: with the form by itself, or with what is asked of this bench by it."""
        found = self._standing
        return self.form.faults or ({found.at: found.fault} if found.at in self.form.fields else {})

    @property
    def why(self) -> str:
        """Why this cannot be run: the fields that are wrong, or the sentence of the last check where none is."""
        names = [*map(label, self.faults), *([JUNCTION] if self.junction_fault else [])]
        if names:
            return (FIELD_WRONG if len(names) == 1 else FIELDS_WRONG).format(fields=", ".join(names))
        return self._standing.fault

    @property
    def junction_fault(self) -> str:
        """What is wrong with the belief; empty where nothing is known to be."""
        return self._standing.fault if self._standing.at == BELIEF else ""

    @property
    def asks_belief(self) -> bool:
        """Whether belief and model stand beside the form: of a wafer its drawing says the one, the form the other."""
        return asks_belief(self.form.kind)

    @property
    def _standing(self) -> PlanCheck:
        return self.checked or self._before

    def wish(self) -> Wish:
        """Return what would be run. Raises ProcedureMistake."""
        return Wish(self.form.procedure(), self.junction, self.model)

    def close(self) -> None:
        """End what still checks."""
        self._inquiry.close()

    def _form_of(self, name: str) -> Form:
        if name not in self._forms:
            self._forms[name] = Form(name, self._offered.get(name))
        return self._forms[name]


def _get_ready(procedures: Mapping[str, type[Procedure]]) -> None:
    """Load what converts units, and what procedures load to look at themselves, before somebody needs either."""
    parse_quantity("1 min", "s")
    for procedure in procedures.values():
        procedure.from_values({})
