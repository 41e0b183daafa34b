"""What a Keithley 2636B and a 2602B promise: `specifications/keithley_2636b.toml` and `keithley_2602b.toml`.

Noise of a source is a sixth of the peak to peak figure between 0.1 Hz and 10 Hz. The pages give no noise for measuring:
twice the resolution of the range, rms at 1 PLC, is an assumption, good to a factor of two. A source holds 101 % of its
range, a measurement 102 % (reference manual 2600BS-901-01, section 2). There is no over-voltage protection: the only
level is the end of the source. Settling: to 0.1 % after a change of level in the 20 V range (data sheet, page 10);
relay: bench practice, where switching moves it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .source_meter_specification import SourceMeterSpecification
from .specification_file import load


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


K2636B = load("keithley_2636b", TspSourceMeterSpecification)
"""Keithley 2636B, each channel: ±202 V at 101 mA, ±20.2 V at 1.515 A."""

K2602B = load("keithley_2602b", TspSourceMeterSpecification)
"""Keithley 2602B, each channel: ±40.4 V at 1.01 A, ±6.06 V at 3.03 A."""

MEASURING_DELAYS = ((100e-12, 0.1), (1e-9, 20e-3), (10e-9, 5e-3), (100e-9, 2e-3))
"""Current range in A and automatic measuring delay in s; none above. An assumption of the manual's magnitudes."""
