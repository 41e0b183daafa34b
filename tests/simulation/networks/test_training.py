"""Training against scikit-learn's network, against quantised numbers, and against itself."""

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.networks.data_sets import data_set
from smtjlab.simulation.networks.device_table import DeviceTable
from smtjlab.simulation.networks.devices import compared_devices
from smtjlab.simulation.networks.gate_weights import GateDevice
from smtjlab.simulation.networks.rounding import Rounding
from smtjlab.simulation.networks.training import Network, Schedule, compare, inference_energy, train
from smtjlab.simulation.networks.two_layer import forward, gradients, initial_weights, product_with
from smtjlab.simulation.networks.weight_store import IdealDevice, IdealWeights

WINE = data_set("wine", 0)
LINE = DeviceTable.of("line", [0.0, 1.0], [5e-4, 6e-4])
DEVICES = {device.name: device for device in compared_devices(Junction.preset("fig5"))}


def strangers_network(hidden: int, rate: float, batch: int, seed: int):  # type: ignore[no-untyped-def]
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        (hidden,), activation="tanh", solver="sgd", alpha=0.0, momentum=0.0, nesterovs_momentum=False,
        learning_rate_init=rate, batch_size=batch, random_state=seed,
    )  # fmt: skip


def test_whole_batches_move_the_weights_as_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    first, second = initial_weights(13, 6, 3, rng)
    network = Network(IdealWeights(first), IdealWeights(second))
    theirs = strangers_network(6, 0.2, len(WINE.train_labels), 0)
    theirs.partial_fit(WINE.train_inputs, WINE.train_labels, classes=[0, 1, 2])
    for k, matrix in enumerate((first, second)):
        theirs.coefs_[k][:], theirs.intercepts_[k][:] = matrix[:, :-1].T, matrix[:, -1]
    for _ in range(25):
        network.learn(WINE.train_inputs, WINE.train_labels, 0.2, rng)
        theirs.partial_fit(WINE.train_inputs, WINE.train_labels)
    weights, offsets = network.first.weights[:, :-1].T, network.second.weights[:, -1]
    assert weights == pytest.approx(theirs.coefs_[0], abs=1e-10)
    assert offsets == pytest.approx(theirs.intercepts_[1], abs=1e-10)


def test_ideal_numbers_learn_digits_as_well_as_scikit_learn_within_its_spread() -> None:
    """Five seeds each; the difference of two means against its standard error, 4 of them."""
    seeds = range(5)
    [ours] = compare([IdealDevice()], list(seeds), epochs=4)
    scores = []
    for seed in seeds:
        data, theirs = data_set("digits", seed), strangers_network(32, 0.1, 16, seed)
        for _ in range(4):
            theirs.partial_fit(data.train_inputs, data.train_labels, classes=range(10))
        scores.append(theirs.score(data.test_inputs, data.test_labels))
    error = np.hypot(np.std(scores, ddof=1), ours.test_spread[-1]) / np.sqrt(5)
    assert abs(ours.final[0] - np.mean(scores)) < 4 * error
    assert ours.final[0] > 0.93


@pytest.mark.parametrize("rounding", [Rounding.NEAREST, Rounding.ACCUMULATOR])
def test_a_straight_device_without_noise_is_a_quantised_number(rounding: Rounding) -> None:
    """The reference rounds w to multiples of 2/steps, both devices of a pair moving by one step for each."""
    rng, steps = np.random.default_rng(7), 255
    device = GateDevice(name="line", table=LINE, steps=steps, rounding=rounding)
    network = Network(*(device.store(w, 1.0, rng) for w in initial_weights(13, 6, 3, rng)))
    plain = [network.first.weights.copy(), network.second.weights.copy()]
    rests = [np.zeros_like(w) for w in plain]
    for start in range(0, 128, 16):
        inputs, labels = WINE.train_inputs[start : start + 16], WINE.train_labels[start : start + 16]
        found = forward(product_with(plain[0]), product_with(plain[1]), inputs)
        for k, slope in enumerate(gradients(found, labels, product_with(plain[1].T))):
            wanted = -0.3 * slope * steps / 2 + rests[k]
            whole = np.rint(wanted)
            rests[k] = wanted - whole if rounding is Rounding.ACCUMULATOR else rests[k]
            plain[k] = plain[k] + whole * 2 / steps
        network.learn(inputs, labels, 0.3, rng)
        assert max(np.abs(plain[0]).max(), np.abs(plain[1]).max()) < 1 - 2 / steps  # nothing was cut off
    assert network.first.weights == pytest.approx(plain[0], abs=1e-12)
    assert network.second.weights == pytest.approx(plain[1], abs=1e-12)


@pytest.mark.parametrize("name", DEVICES)
def test_every_device_learns_wine_and_the_same_seed_tells_the_same(name: str) -> None:
    one, again = (train(DEVICES[name], WINE, 12, 4) for _ in range(2))
    other = train(DEVICES[name], WINE, 12, 5)
    assert one.test_accuracy[-1] > 0.75 > one.test_accuracy[0]
    assert (one.loss == again.loss).all()
    assert (one.loss != other.loss).any()


def test_learning_itself_writes_gates_anew_unless_updates_are_too_rare() -> None:
    """exp(-t/18 ms) of 0.3 V leaves the window, 30 mV wide, within 1.9 ms, and at once where updates are 3 ms apart."""
    held = DEVICES["s-MTJ, linear window, noise and droop"]
    assert isinstance(held, GateDevice)
    often, seldom = (GateDevice(name="leaking", table=held.table, step_time=time) for time in (1e-4, 3e-3))
    assert train(often, WINE, 12, 4).train_accuracy[-1] > 0.9
    assert train(seldom, WINE, 12, 4).train_accuracy[-1] < 0.5


def test_fine_straight_devices_come_close_to_ideal_numbers() -> None:
    fine = train(GateDevice(name="fine", table=LINE, steps=2**20), WINE, 10, 1, schedule=Schedule(limit=4.0))
    assert fine.loss == pytest.approx(train(IdealDevice(), WINE, 10, 1).loss, rel=1e-3)


def test_what_is_cut_off_is_said() -> None:
    record = train(GateDevice(name="narrow", table=LINE), WINE, 10, 1, schedule=Schedule(limit=0.15))
    assert record.saturated > 0.05
    assert "stand at an end of their range" in record.remarks[0]
    assert train(IdealDevice(), WINE, 1, 1).remarks == ()


def test_energy_of_an_inference_is_that_of_all_devices_under_their_inputs() -> None:
    rng = np.random.default_rng(0)
    device = GateDevice(name="line", table=LINE)
    network = Network(device.store(np.zeros((1, 3)), 1.0, rng), device.store(np.zeros((2, 2)), 1.0, rng))
    found = inference_energy(network, np.array([[3.0, 4.0]]), Schedule(volts_per_unit=0.01, reading_time=5e-9), rng)
    assert found.read == pytest.approx(1e-4 * 5e-9 * 1.1e-3 * (9 + 16 + 1 + 2), rel=2e-3)  # G+ + G- by rounding


def test_a_spread_needs_seeds_that_differ() -> None:
    with pytest.raises(ModelError, match="`seeds` must be two different"):
        compare([IdealDevice()], [1, 1])
    with pytest.raises(ModelError, match="`rate` must be above 0"):
        Schedule(rate=0.0)


def test_a_junction_that_turns_at_negative_gates_learns_as_its_mirror_image() -> None:
    mirrored = compared_devices(Junction.preset("fig5").changed(gate_sign=-1))[1]
    one, other = (train(device, WINE, 5, 2) for device in (DEVICES["s-MTJ, linear window"], mirrored))
    assert one.loss == pytest.approx(other.loss, rel=1e-6)
