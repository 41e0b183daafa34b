"""Exported tables are loaded and run in aihwkit 1.1.0, where somebody has installed it.

It is a large install that needs the PyTorch it was built with; `.ci/run` skips this file.
"""

from typing import Any

import numpy as np
import pytest

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.networks.data_sets import data_set
from smtjlab.simulation.networks.devices import full_curve, linear_part
from smtjlab.simulation.networks.table_exports import aihwkit_noise_model, aihwkit_read_noise, aihwkit_step_device

aihwkit: Any = pytest.importorskip("aihwkit")
pytestmark = pytest.mark.filterwarnings("ignore")
WHOLE = full_curve(Junction.preset("fig5"))
TABLES = {"linear window": linear_part(WHOLE), "full curve": WHOLE}
WINE = data_set("wine", 0)


@pytest.fixture
def compiled() -> None:
    """Skip where aihwkit's own tiles do not understand the tensors of the PyTorch that is installed."""
    from aihwkit.nn import AnalogLinear
    from aihwkit.simulator.configs import FloatingPointRPUConfig

    try:
        AnalogLinear(3, 2, rpu_config=FloatingPointRPUConfig())
    except RuntimeError as trouble:
        pytest.skip(f"aihwkit was built with another PyTorch than the one installed: {trouble}.")


def learned(network: Any, optimizer: Any, epochs: int) -> float:
    """Return the test accuracy of a network after whole-set epochs."""
    import torch

    inputs, labels = torch.tensor(WINE.train_inputs).float(), torch.tensor(WINE.train_labels)
    for _ in range(epochs):
        for some in torch.randperm(len(labels)).split(8):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(inputs[some]), labels[some]).backward()
            optimizer.step()
    network.eval()
    with torch.no_grad():
        found = network(torch.tensor(WINE.test_inputs).float()).argmax(dim=1).numpy()
    return float(np.mean(found == WINE.test_labels))


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("name", TABLES)
def test_a_network_learns_with_the_steps_of_a_table(name: str) -> None:
    import torch
    from aihwkit.nn import AnalogLinear, AnalogSequential
    from aihwkit.optim import AnalogSGD
    from aihwkit.simulator.configs import IOParameters, SingleRPUConfig
    from aihwkit.simulator.configs.devices import PiecewiseStepDevice
    from aihwkit.simulator.parameters.enums import WeightNoiseType

    torch.manual_seed(1)
    noise = aihwkit_read_noise(TABLES[name])
    noise["w_noise_type"] = WeightNoiseType(noise["w_noise_type"])
    device = PiecewiseStepDevice(**aihwkit_step_device(TABLES[name], 1023))
    config = SingleRPUConfig(device=device, forward=IOParameters(**noise))
    network = AnalogSequential(
        AnalogLinear(13, 8, rpu_config=config), torch.nn.Tanh(), AnalogLinear(8, 3, rpu_config=config)
    )
    optimizer = AnalogSGD(network.parameters(), lr=0.1)
    optimizer.regroup_param_groups(network)
    assert learned(network, optimizer, 20) > 0.85


def test_an_inference_drifts_and_is_noisy_as_a_table_says() -> None:
    import torch
    from aihwkit.inference import SinglePairConductanceConverter, StateIndependentNoiseModel

    table, time = TABLES["full curve"], 1e-3
    fields = aihwkit_noise_model(table, 1023, time)
    converter = SinglePairConductanceConverter(g_min=fields.pop("g_min"), g_max=fields["g_max"])
    model = StateIndependentNoiseModel(g_converter=converter, **fields)
    torch.manual_seed(1)
    siemens = torch.full((20000,), 560.0)  # uS
    found = model.apply_drift_noise_to_conductance(siemens, model.generate_drift_coefficients(siemens), time)
    drooped = 1e6 * float(table.conductance_at(table.gate_at(560e-6) * np.exp(-time / table.droop_time)))
    assert float(found.mean()) == pytest.approx(drooped, rel=0.01)
    assert 0.02 < float(found.std()) < 10.0


def test_a_network_infers_with_the_noise_model_of_a_table() -> None:
    import torch
    from aihwkit.inference import SinglePairConductanceConverter, StateIndependentNoiseModel
    from aihwkit.nn import AnalogLinear, AnalogSequential
    from aihwkit.optim import AnalogSGD
    from aihwkit.simulator.configs import TorchInferenceRPUConfig

    torch.manual_seed(2)
    fields = aihwkit_noise_model(TABLES["full curve"], 1023, 1e-5)
    converter = SinglePairConductanceConverter(g_min=fields.pop("g_min"), g_max=fields["g_max"])
    config = TorchInferenceRPUConfig(noise_model=StateIndependentNoiseModel(g_converter=converter, **fields))
    network = AnalogSequential(AnalogLinear(13, 3, rpu_config=config))
    optimizer = AnalogSGD(network.parameters(), lr=0.1)
    optimizer.regroup_param_groups(network)
    assert learned(network, optimizer, 20) > 0.9
    network.drift_analog_weights(1e-5)
    assert learned(network, optimizer, 0) > 0.85
