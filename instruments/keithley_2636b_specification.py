"""What a Keithley 2636B and a 2602B promise: ranges, resolution, one-year accuracy, noise, settling. Data only.

Sources: data sheet of the Series 2600B, pages 11 and 12 (23 °C ± 5 °C, one year, 1 PLC) and SPEC-2602B. Noise of a
source is a sixth of the peak to peak figure between 0.1 Hz and 10 Hz. The pages give no noise for measuring: twice the
resolution of the range, rms at 1 PLC, is an assumption, good to a factor of two. A source holds 101 % of its range, a
measurement 102 % (reference manual 2600BS-901-01, section 2). There is no over-voltage protection: the only level
is the end of the source.
"""

from __future__ import annotations

from dataclasses import dataclass

from .source_meter_specification import SourceMeterSpecification
from .specification import RangeSpecification

DOCUMENTS = "data sheet Series 2600B, pages 10 to 12; SPEC-2602B Rev. B; reference manual 2600BS-901-01, section 2"
UNVERIFIED = (
    "accuracy of the 2636B, as remembered; noise of measuring, twice the resolution; automatic measuring delays; times "
    "of relay, of a change of range and of a reading beside its integration"
)

SOURCE_USABLE, MEASURE_USABLE = 1.01, 1.02

SETTLING = 50e-6
"""Seconds to 0.1 % after a change of level in the 20 V range (data sheet, page 10)."""
RELAY_TIME = 15e-3
"""Seconds that the output relay takes, where switching moves it (bench practice)."""
OVERHEAD = 0.2e-3
"""Seconds of a reading beside its integration."""
RANGE_CHANGE = 5e-3
"""Seconds that a change of the measuring range takes."""


def _source(full: float, resolution: float, gain: float, offset: float, noise: float) -> RangeSpecification:
    """Return one source range; `gain` in percent, `noise` peak to peak."""
    return RangeSpecification(full, resolution, gain * 1e-2, offset, noise / 6, SOURCE_USABLE)


def _measure(full: float, resolution: float, gain: float, offset: float) -> RangeSpecification:
    """Return one measuring range; `gain` in percent."""
    return RangeSpecification(full, resolution, gain * 1e-2, offset, 2 * resolution, MEASURE_USABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TspSourceMeterSpecification(SourceMeterSpecification):
    """One model of the series, each of whose channels has these ranges."""

    default_voltage_limit: float
    """Voltage limit in V after a reset."""
    default_current_limit: float
    """Current limit in A after a reset."""
    waits_for_small_currents: bool
    """Whether the measuring delay is automatic after a reset (`smuX.DELAY_AUTO`)."""

    def longest_reading(self, nplc: float) -> float:
        """Return the longest time in s of one reading, the automatic delay of the smallest range before it."""
        return self.reading_time(nplc) + MEASURING_DELAYS[0][1]

    @property
    def smallest_current_limit(self) -> float:
        """Return the smallest current limit in A: a tenth of the lowest source range."""
        return 0.1 * self.source_current[0].range

    @property
    def smallest_voltage_limit(self) -> float:
        """Return the smallest voltage limit in V: a tenth of the lowest source range."""
        return 0.1 * self.source_voltage[0].range


K2636B = TspSourceMeterSpecification(
    model="2636B",
    source=DOCUMENTS,
    unverified=UNVERIFIED,
    tables={
        "source voltage": (
            _source(200e-3, 5e-6, 0.02, 375e-6, 20e-6),
            _source(2.0, 50e-6, 0.02, 600e-6, 50e-6),
            _source(20.0, 500e-6, 0.02, 5e-3, 300e-6),
            _source(200.0, 5e-3, 0.02, 50e-3, 2e-3),
        ),
        "source current": (
            _source(1e-9, 20e-15, 0.15, 2e-12, 800e-15),
            _source(10e-9, 200e-15, 0.15, 5e-12, 2e-12),
            _source(100e-9, 2e-12, 0.06, 50e-12, 5e-12),
            _source(1e-6, 20e-12, 0.03, 700e-12, 25e-12),
            _source(10e-6, 200e-12, 0.03, 5e-9, 60e-12),
            _source(100e-6, 2e-9, 0.03, 60e-9, 3e-9),
            _source(1e-3, 20e-9, 0.03, 300e-9, 6e-9),
            _source(10e-3, 200e-9, 0.03, 6e-6, 200e-9),
            _source(100e-3, 2e-6, 0.03, 30e-6, 600e-9),
            _source(1.0, 20e-6, 0.05, 1.8e-3, 70e-6),
            _source(1.5, 50e-6, 0.06, 4e-3, 150e-6),
        ),
        "measure voltage": (
            _measure(200e-3, 100e-9, 0.015, 225e-6),
            _measure(2.0, 1e-6, 0.02, 350e-6),
            _measure(20.0, 10e-6, 0.015, 5e-3),
            _measure(200.0, 100e-6, 0.015, 50e-3),
        ),
        "measure current": (
            _measure(100e-12, 0.1e-15, 0.15, 120e-15),
            _measure(1e-9, 1e-15, 0.15, 240e-15),
            _measure(10e-9, 10e-15, 0.15, 3e-12),
            _measure(100e-9, 100e-15, 0.06, 40e-12),
            _measure(1e-6, 1e-12, 0.025, 400e-12),
            _measure(10e-6, 10e-12, 0.025, 1.5e-9),
            _measure(100e-6, 100e-12, 0.02, 25e-9),
            _measure(1e-3, 1e-9, 0.02, 200e-9),
            _measure(10e-3, 10e-9, 0.02, 2.5e-6),
            _measure(100e-3, 100e-9, 0.02, 20e-6),
            _measure(1.0, 1e-6, 0.03, 1.5e-3),
            _measure(1.5, 1e-6, 0.05, 3.5e-3),
        ),
    },
    settling=SETTLING,
    relay_time=RELAY_TIME,
    overhead=OVERHEAD,
    range_change=RANGE_CHANGE,
    integrations=3,
    boundaries=((20.2, 1.515), (202.0, 0.101)),
    protection_levels=(202.0,),
    compliance_current=(100e-12, 1.515),
    nplc_limits=(0.001, 25.0),
    default_voltage_limit=20.0,
    default_current_limit=0.1,
    waits_for_small_currents=True,
)

K2602B = TspSourceMeterSpecification(
    model="2602B",
    source=DOCUMENTS,
    unverified=UNVERIFIED,
    tables={
        "source voltage": (
            _source(100e-3, 5e-6, 0.02, 250e-6, 20e-6),
            _source(1.0, 50e-6, 0.02, 400e-6, 50e-6),
            _source(6.0, 50e-6, 0.02, 1.8e-3, 100e-6),
            _source(40.0, 500e-6, 0.02, 12e-3, 500e-6),
        ),
        "source current": (
            _source(100e-9, 2e-12, 0.06, 100e-12, 5e-12),
            _source(1e-6, 20e-12, 0.03, 800e-12, 25e-12),
            _source(10e-6, 200e-12, 0.03, 5e-9, 60e-12),
            _source(100e-6, 2e-9, 0.03, 60e-9, 3e-9),
            _source(1e-3, 20e-9, 0.03, 300e-9, 6e-9),
            _source(10e-3, 200e-9, 0.03, 6e-6, 200e-9),
            _source(100e-3, 2e-6, 0.03, 30e-6, 600e-9),
            _source(1.0, 20e-6, 0.05, 1.8e-3, 70e-6),
            _source(3.0, 20e-6, 0.06, 4e-3, 150e-6),
        ),
        "measure voltage": (
            _measure(100e-3, 100e-9, 0.015, 150e-6),
            _measure(1.0, 1e-6, 0.015, 200e-6),
            _measure(6.0, 10e-6, 0.015, 1e-3),
            _measure(40.0, 10e-6, 0.015, 8e-3),
        ),
        "measure current": (
            _measure(100e-9, 100e-15, 0.05, 100e-12),
            _measure(1e-6, 1e-12, 0.025, 500e-12),
            _measure(10e-6, 10e-12, 0.025, 1.5e-9),
            _measure(100e-6, 100e-12, 0.02, 25e-9),
            _measure(1e-3, 1e-9, 0.02, 200e-9),
            _measure(10e-3, 10e-9, 0.02, 2.5e-6),
            _measure(100e-3, 100e-9, 0.02, 20e-6),
            _measure(1.0, 1e-6, 0.03, 1.5e-3),
            _measure(3.0, 1e-6, 0.05, 3.5e-3),
        ),
    },
    settling=SETTLING,
    relay_time=RELAY_TIME,
    overhead=OVERHEAD,
    range_change=RANGE_CHANGE,
    integrations=3,
    boundaries=((6.06, 3.03), (40.4, 1.01)),
    protection_levels=(40.4,),
    compliance_current=(10e-9, 3.03),
    nplc_limits=(0.001, 25.0),
    default_voltage_limit=40.0,
    default_current_limit=1.0,
    waits_for_small_currents=False,
)

MEASURING_DELAYS = ((100e-12, 0.1), (1e-9, 20e-3), (10e-9, 5e-3), (100e-9, 2e-3))
"""Current range in A and automatic measuring delay in s; none above. An assumption of the manual's magnitudes."""
