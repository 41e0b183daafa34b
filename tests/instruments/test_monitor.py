import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchFileError
from smtjlab.instruments.monitor import Monitor
from smtjlab.instruments.roles import Role

STAGE = """
[monitors.stage]
instrument = "thermometer"
within = ["299 K", "301 K"]
resume = ["299.5 K", "300.5 K"]
every = "2 s"
patience = "5 min"
"""


@pytest.fixture
def bench(tmp_path):
    def read(tables):
        path = tmp_path / "bench.toml"
        path.write_text((PACKAGED / "full.toml").read_text() + tables)
        return Bench.load(path)

    return read


def test_a_monitor_is_read_in_SI(bench):
    stage = bench(STAGE).monitors["stage"]
    assert (stage.role, stage.within, stage.resume) == (Role.THERMOMETER, (299, 301), (299.5, 300.5))
    assert (stage.every, stage.patience, stage.unit) == (2, 300, "K")


def test_a_monitor_resumes_where_it_held_unless_told_otherwise(bench):
    leak = bench('[monitors.leak]\ninstrument = "gate"\nwithin = ["-1 nA", "1 nA"]\n').monitors["leak"]
    assert leak.resume == leak.within == (-1e-9, 1e-9)
    assert not leak.beside


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            '"thermometer"',
            '"voltmeter"',
            r"`instrument` must be .*'thermometer'.*, but is 'voltmeter' \(bench.toml, line",
        ),
        ('["299 K", "301 K"]', '["299 V", "301 V"]', "`within` must be in K"),
        ('["299 K", "301 K"]', '"300 K"', "`within` must be a pair"),
        ('["299 K", "301 K"]', '["301 K", "299 K"]', "a lower and a higher value"),
        ('["299.5 K", "300.5 K"]', '["290 K", "300.5 K"]', "`resume` of a monitor must lie inside `within`"),
        ('every = "2 s"', 'every = "0 s"', "`every` of a monitor must be above 0 s"),
        ("every", "evry", "A key of .*monitors.stage.* must be 'every'"),
    ],
)
def test_a_monitor_that_says_nonsense_is_refused_with_its_line(bench, old, new, sentence):
    assert old in STAGE
    with pytest.raises(BenchFileError, match=sentence):
        bench(STAGE.replace(old, new))


def test_a_held_quantity_must_come_further_back_than_it_may_stray():
    monitor = Monitor(name="stage", instrument="t", role=Role.THERMOMETER, within=(299, 301), resume=(299.5, 300.5))
    assert monitor.holds(300.9, held=False)
    assert not monitor.holds(300.9, held=True)
    assert not monitor.holds(None, held=False)


def test_a_sentence_names_monitor_quantity_band_and_value():
    monitor = Monitor(name="stage", instrument="t", role=Role.THERMOMETER, within=(299, 301), resume=(299, 301))
    assert monitor.sentence(310) == (
        "Monitor `stage`: the temperature of `t` must lie within 299 K and 301 K, but is 310 K"
    )
    assert monitor.sentence(None).endswith("but gives no number")
