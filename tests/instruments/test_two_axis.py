"""A second field source at the device: the one called `transverse_field`."""

import math
from itertools import pairwise

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchFileError, LimitError
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Setpoint
from smtjlab.simulation.constants import VACUUM_PERMEABILITY


@pytest.fixture(scope="module")
def opened():
    with open_bench("two_axis@smtj") as bench:
        yield bench


def readings(bench, *setpoints, bias=0.05):
    device = bench.device
    device.check(setpoints)
    device.prepare(bias=bias)
    found = []
    for setpoint in setpoints:
        device.apply(setpoint)
        found.append(device.conductance())
    return found


def test_each_field_source_has_limits_of_its_own() -> None:
    bench = Bench.load("two_axis")
    assert (bench.around("field"), bench.around("transverse_field")) == ("field", "transverse_field")
    assert {"field", "transverse_field", "temperature"} < set(bench.device_limits)


def test_a_lone_field_source_called_transverse_field_is_no_easy_axis_field(tmp_path) -> None:
    text = (PACKAGED / "full.toml").read_text(encoding="utf-8")
    for old, new in (("[instruments.field]", "[instruments.transverse_field]"), ('"field.', '"transverse_field.'),
                     ("[limits.field]", "[limits.transverse_field]")):  # fmt: skip
        text = text.replace(old, new)
    (tmp_path / "bench.toml").write_text(text)
    bench = Bench.load(tmp_path / "bench.toml")
    assert (bench.around("field"), bench.around("transverse_field")) == (None, "transverse_field")


def test_transverse_field_must_be_a_field_source(tmp_path) -> None:
    text = (PACKAGED / "full.toml").read_text(encoding="utf-8")
    text = text.replace("[instruments.supply]", "[instruments.transverse_field]").replace(
        '"supply.', '"transverse_field.'
    )
    (tmp_path / "bench.toml").write_text(text.replace("[limits.supply]", "[limits.transverse_field]"))
    with pytest.raises(BenchFileError, match="`role` must be 'field_source'"):
        Bench.load(tmp_path / "bench.toml")


def test_a_field_across_is_refused_outside_its_limits_and_where_there_is_no_source(opened) -> None:
    with pytest.raises(LimitError, match="`transverse_field` must stay within -400 mT and 400 mT"):
        opened.device.check([Setpoint(transverse_field=0.41)])
    with open_bench("virtual@smtj") as bench, pytest.raises(LimitError, match="leave the transverse field alone"):
        bench.device.check([Setpoint(transverse_field=0.01)])


def test_a_field_across_turns_the_soft_layer_and_is_noted_as_read_back(opened) -> None:
    rest, across = readings(opened, Setpoint(gate=0.0), Setpoint(transverse_field=0.05))
    assert across.value > 1.01 * rest.value
    assert math.isclose(across.transverse_field, 0.05, rel_tol=0.01)
    ramp = [one.transverse_field * VACUUM_PERMEABILITY for one in across.stimuli if not one.read]
    assert all(later >= earlier - 1e-4 for earlier, later in pairwise(ramp))
    assert abs(across.field) < 1e-3


def test_both_fields_go_to_zero_and_off_in_the_safe_state(opened) -> None:
    readings(opened, Setpoint(field=0.1, transverse_field=0.1))
    steps = [step.instrument for step in opened.safe_plan.steps]
    assert steps.index("gate") < steps.index("field") < steps.index("transverse_field") < steps.index("thermometer")
    assert opened.make_safe().safe
    assert not any(opened.drivers[name].output_is_on() for name in ("field", "transverse_field"))


def test_a_reading_tells_how_gate_and_field_scatter_as_they_are_read_back(opened) -> None:
    """An F41 averages 20 measurements: its noise falls to its floor of a third, 40/3 uT in steps of 10 uT."""
    [reading] = readings(opened, Setpoint(gate=0.1, transverse_field=0.01))
    assert reading.uncertainty.read_back["transverse_field"] == pytest.approx(math.hypot(40e-6 / 3, 10e-6 / 12**0.5))
    assert reading.uncertainty.read_back["gate"] == pytest.approx(math.hypot(2e-6, 1e-6 / 12**0.5))
    assert (reading.made_of.aperture, reading.made_of.specified) == (0.02, reading.uncertainty.independent)
