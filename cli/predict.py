"""`smtjlab predict`: what a model expects of a junction, without measuring anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import DEFAULT_JUNCTION, DEFAULT_MODEL, Json, JunctionName, ModelName, gate_voltages
from .page import print_json, print_table

if TYPE_CHECKING:
    from smtjlab.simulation.predict import Prediction


def predict(
    gate: Annotated[
        str, typer.Option("--gate", metavar="START:STOP:POINTS", help="Gate voltages, such as 0:400mV:41.")
    ],
    junction: JunctionName = DEFAULT_JUNCTION,
    model: ModelName = DEFAULT_MODEL,
    replicas: Annotated[int, typer.Option(min=2, help="Copies of the junction; sllg only.")] = 256,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise; sllg only.")] = 0,
    json: Json = False,
) -> None:
    """Compute what a model expects, measuring nothing.

    Conductance and angle of the junction against gate voltage; for sllg with the standard error of the mean.
    """
    import numpy as np

    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.models import Model

    voltages = np.array(gate_voltages(gate))
    device, named = Belief.load(junction).junction, Model.named(model)
    from smtjlab.simulation.predict import predict as predicted  # brings the kernels, which a mistake need not wait for

    columns = _columns(predicted(device, named, voltages, replicas=replicas, seed=seed))
    if json:
        print_json(columns)
    else:
        print_table(tuple(columns), _rows(columns), right=tuple(columns))


def _columns(prediction: Prediction) -> dict[str, Any]:
    columns = {
        "gate_V": prediction.gate.tolist(),
        "conductance_S": prediction.conductance.tolist(),
        "angle_rad": prediction.angle.tolist(),
    }
    if prediction.standard_error is not None:
        columns["standard_error_S"] = prediction.standard_error.tolist()
    return columns


def _rows(columns: dict[str, Any]) -> list[tuple[str, ...]]:
    return [tuple(f"{value:.6g}" for value in row) for row in zip(*columns.values(), strict=True)]
