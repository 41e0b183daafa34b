"""Four leads at a junction, each open in turn: on the virtual bench with three models, and by numbers."""

from __future__ import annotations

import re

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.continuity import LeadReading, judge, low_limits
from smtjlab.instruments.errors import ContactFault, InstrumentMistake
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.open_bench import OpenBench, open_bench
from smtjlab.instruments.reading import Setpoint

SITE = Limits(voltage=(-0.3, 0.3), current=2e-4)
MODELS = ["keithley_2450:Keithley2450", "keithley_2400:Keithley2400", "keithley_2636b:Keithley2636B"]
CHUCK = """
[instruments.prober]
driver = "mpi_sentio:MpiSentio"
role = "prober"
address = "TCPIP::127.0.0.1::0::SOCKET"
"""


@pytest.fixture(params=MODELS)
def bench(request, tmp_path):
    """Open a bench of one model, with leads of 20 ohm, further wires, and words of its file replaced."""
    opened: list[OpenBench] = []

    def make(wires: str = "", limits: str = "", more: str = "", truth: str = "") -> OpenBench:
        pair = request.param.endswith("2636B")
        text = (PACKAGED / f"{'two_channel' if pair else 'virtual'}.toml").read_text(encoding="utf-8")
        text = text if pair else re.sub(r'(?m)^driver = ".*"', f'driver = "{request.param}"', text)
        text = text.replace("[wiring]", f"{more}\n[wiring]\n{wires}", 1).replace("spread = 0.03", "spread = 0.0")
        text = text.replace("[limits.junction]", f"[limits.junction]\n{limits}", 1)
        (tmp_path / "bench.toml").write_text(f"{text}\nlead_resistance = 20\n{truth}\n", encoding="utf-8")
        opened.append(open_bench(f"{tmp_path / 'bench.toml'}@smtj"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def at_rest(bench: OpenBench) -> bool:
    junction = bench.drivers["junction"]
    return not junction.output_is_on() and junction.level() == 0


def test_good_leads_are_let_pass_and_the_junction_is_set_up_for_its_run_afterwards(bench):
    device = bench(limits='lead_resistance = "35 ohm"').device
    device.prepare(bias=0.1)
    assert (device.junction.settings.compliance, device.junction.settings.four_wire) == (2e-4, True)
    device.apply(Setpoint(gate=0.0))
    assert device.conductance(4).value == pytest.approx(5e-4, rel=0.01)


@pytest.mark.parametrize("lead", ["sense_hi", "sense_lo"])
def test_an_open_sense_lead_is_told_where_the_leads_are_known(bench, lead):
    opened = bench(wires=f'"junction.{lead}" = "open"', limits='lead_resistance = "35 ohm"')
    with pytest.raises(ContactFault, match=r"leave out at least 35 ohm .* a sense lead is likely open"):
        opened.device.prepare(bias=0.1)
    assert at_rest(opened)


def test_two_wires_are_not_asked_for_sense_leads(bench):
    opened = bench(wires='"junction.sense_hi" = "open"', limits='lead_resistance = "35 ohm"')
    opened.device.prepare(bias=0.1, four_wire=False)
    assert opened.device.junction.output_is_on()


def test_leads_beyond_their_limit_are_told(bench):
    opened = bench(limits='contact_resistance = "25 ohm"')
    with pytest.raises(ContactFault, match=r"at most 25 ohm, but two wires read 2\.0\S* kohm and four"):
        opened.device.prepare(bias=0.1)
    assert at_rest(opened)


def test_needles_in_the_air_are_told_before_the_gate_is_on(bench):
    opened = bench(more=CHUCK, wires='"prober.chuck" = "device"', truth="contacted = false")
    with pytest.raises(ContactFault, match=r"which is none: a force lead or a needle is likely open"):
        opened.device.prepare(bias=0.1)
    assert at_rest(opened)
    assert not opened.drivers["gate"].output_is_on()


def test_the_model_lives_through_the_check_at_a_low_current(bench):
    device = bench().device
    begun = device.clock.now()
    device.prepare(bias=0.1)
    device.apply(Setpoint(gate=0.0))
    reading = device.conductance()
    assert sum(one.duration for one in reading.stimuli) == pytest.approx(reading.time - begun)
    checked = [one.bias for one in reading.stimuli if 1e-3 < one.bias < 0.02]
    assert len(checked) >= 2
    assert max(checked) * 5e-4 < 1.1 * low_limits(SITE).current


def over(resistance: float, *, current: float = 2e-6, tripped: bool = True, noise: float = 1e-9) -> LeadReading:
    return LeadReading(resistance * current, current, tripped, noise, 1e-12)


@pytest.mark.parametrize(
    ("four", "sentence"),
    [
        (over(2000, current=0.0), r"as it does over two .* a sense lead is likely open"),
        (over(1.0), "in compliance: a sense lead is likely open"),
        (over(1.0, tripped=False), "a force lead or its needle likely hardly touches"),
        (over(1500), "must have at most 201 ohm, but two wires read 2.01 kohm and four 1.5 kohm: a force lead"),
        (over(2500), "must read no more than two, .* a sense lead or its needle likely hardly touches"),
    ],
)
def test_each_way_to_disagree_is_told_as_itself(four, sentence):
    with pytest.raises(ContactFault, match=sentence):
        judge(over(2010), four, SITE)


@pytest.mark.parametrize("four", [over(2010), over(2000), over(1900), over(2100)])
def test_leads_of_a_tenth_are_let_pass(four):
    judge(over(2010), four, SITE)


def test_a_difference_within_its_noise_is_none():
    limits = Limits(voltage=(-0.3, 0.3), current=2e-4, contact_resistance=1.0, lead_resistance=1.0)
    judge(over(2000, noise=1e-6), over(1999, noise=1e-6), limits)
    judge(over(2000, noise=1e-6), over(2000.5, noise=1e-6), limits)
    with pytest.raises(ContactFault, match="at most 1 ohm"):
        judge(over(2000), over(1990), limits)


@pytest.mark.parametrize(("site", "low"), [(2e-4, 2e-6), (1e-2, 1e-4), (2e-5, 1e-6), (1e-7, 1e-7)])
def test_the_check_takes_a_hundredth_of_the_current_and_never_less_than_a_meter_reads(site, low):
    assert low_limits(Limits(voltage=(-0.3, 0.3), current=site)).current == pytest.approx(low)


def test_a_bias_of_nothing_checks_nothing(bench):
    with pytest.raises(InstrumentMistake, match="`bias` must not be 0 V"):
        bench().device.prepare(bias=0.0)
