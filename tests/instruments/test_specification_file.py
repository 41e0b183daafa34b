"""What models promise stands in files: every table says where it is from, and limits follow age and temperature."""

from __future__ import annotations

import re

import pytest

from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.source_meter_specification import SourceMeterSpecification
from smtjlab.instruments.specification import Accuracy, InstrumentSpecification, RangeSpecification, range_for
from smtjlab.instruments.specification_file import FOLDER, INTERVALS, load
from smtjlab.instruments.virtual.catalogue import models

FILES = sorted(path.stem for path in FOLDER.glob("*.toml"))
KINDS = [DriverName.parse(name).load() for name in models()]
RANGE = RangeSpecification(
    1.0, 1e-6, 100e-6, 10e-6, 1e-6,
    intervals=(Accuracy(1, 20e-6, 2e-6), Accuracy(90, 50e-6, 5e-6)),
    shorter=((0.1, 20e-6), (0.01, 300e-6)), drift=(15e-6, 1.5e-6),
)  # fmt: skip


@pytest.fixture(params=FILES)
def specification(request) -> InstrumentSpecification:
    model = re.search(r'(?m)^model = "(.*)"', (FOLDER / f"{request.param}.toml").read_text(encoding="utf-8"))[1]
    return next(kind.specification for kind in KINDS if kind.specification.model == model)


def test_every_table_says_where_it_stands(specification):
    assert set(specification.origins) == set(specification.tables)
    assert all(origin.document and origin.page for origin in specification.origins.values())
    assert all("accuracy" in origin.assumed for origin in specification.origins.values() if origin.page == "none")


def test_what_no_document_says_is_assumed_in_words(specification):
    """The noise of measuring stands on no page that was seen: a file that has it must say that it is assumed."""
    measuring = [origin for name, origin in specification.origins.items() if name.startswith("measure")]
    assert all(origin.assumed["noise"] for origin in measuring)
    known = {"accuracy", "noise", "shorter", "temperature"}
    assert all(set(origin.assumed) <= known for origin in specification.origins.values())


def test_ranges_rise_and_limits_never_shrink_with_age(specification):
    for table in specification.tables.values():
        assert [one.range for one in table] == sorted(one.range for one in table)
        for one in table:
            limits = [one.limit(one.range, age=age) for age in (0, 1, 30, 90, 200, 365, 730, 2000)]
            assert limits == sorted(limits)


def test_a_range_knows_its_page():
    specification = next(kind.specification for kind in KINDS if kind.specification.model == "2450")
    origin = specification.origin(range_for(specification.measure_current, 1e-3))
    assert (origin.document, origin.page) == ("data sheet SPEC-2450 Rev. A", "2")


def test_limits_are_those_of_the_interval_that_covers_the_age():
    found = [RANGE.limit(1.0, age=age) for age in (0.5, 90, 91, 365, None)]
    assert found == pytest.approx([55e-6, 55e-6, 110e-6, 110e-6, 110e-6])
    assert RANGE.accuracy(0.5, steady=True) == (1, 20e-6, 2e-6)


def test_limits_grow_with_the_age_beyond_the_longest_interval():
    assert RANGE.limit(1.0, age=730) == pytest.approx(2 * RANGE.limit(1.0))


@pytest.mark.parametrize(
    ("nplc", "added"), [(10, 0), (1, 0), (0.5, 20e-6), (0.1, 20e-6), (0.02, 300e-6), (0.001, 300e-6)]
)
def test_short_integrations_add_to_the_offset(nplc, added):
    assert RANGE.limit(0.0, nplc=nplc) == pytest.approx(10e-6 + added)


def test_limits_grow_outside_the_band_of_temperature():
    assert RANGE.limit(1.0, outside=2) == pytest.approx(110e-6 + 2 * (15e-6 + 1.5e-6))


def test_a_coefficient_may_be_a_share_of_the_accuracy():
    """SPEC-2470: 0.30 of the accuracy per degree on 200 mV and 2 V, 0.15 above."""
    small, _, middle, *_ = load("keithley_2470", SourceMeterSpecification).measure_voltage
    assert small.drift == pytest.approx((0.30 * small.gain, 0.30 * small.offset))
    assert middle.drift == pytest.approx((0.15 * middle.gain, 0.15 * middle.offset))


def test_intervals_are_in_days():
    assert list(INTERVALS.values()) == [1, 90, 365, 730]
