"""A Keithley source meter that speaks SCPI: what 2400, 2450 and their high-voltage sisters do alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .strict_driver import refused
from .strict_source_meter import StrictSourceMeter

LIST_PART = 100
"""Levels of a list in one message (2400S-900-01, page 18-92, and the manuals of the 2450's family)."""


class KeithleySourceMeter(StrictSourceMeter):
    """A source meter in SCPI, whose second base is PyMeasure's class for the model.

    Front or rear terminals are reported, not switched.
    """

    output_setting = ":OUTP"
    level_setting = ":SOUR:VOLT"
    start_message = ":INIT"
    longest_sweep = 2500
    automatic_ranges = (":SOUR:VOLT:RANG:AUTO?", ":SENS:CURR:RANG:AUTO?")

    def _assignment(self, setting: str, value: str) -> str:
        return f"{setting} {value}"

    def _question(self, setting: str) -> str:
        return f"{setting}?"

    def _number(self, setting: str, *, after: str = "") -> float:
        return self.session.query_numbers(f"{after};{setting}?".lstrip(";"), 1)[0]

    def list_messages(self, levels: Sequence[float]) -> Iterator[str]:
        """Yield the messages that give the source's list its levels in V: a hundred at most in one of them."""
        for place in range(0, len(levels), LIST_PART):
            row = ",".join(f"{volts:.9g}" for volts in levels[place : place + LIST_PART])
            yield f":SOUR:LIST:VOLT{':APP' if place else ''} {row}"

    @property
    def terminals(self) -> str:
        """Return `FRON` or `REAR`, as somebody has set them at the panel."""
        return self.session.query(":ROUT:TERM?").strip()

    def shutdown(self) -> None:
        """Ramp off and read back: what PyMeasure calls at the end of a `with`. Nothing was on without `configure`."""
        self.isShutdown = True
        if self.limits is not None:
            self.ramp_off(self.limits)

    # PyMeasure's own verbs, made strict, led to the role's, or refused

    def _set_source_voltage(self, volts: float) -> None:
        self.set_level(volts)

    source_enabled = property(StrictSourceMeter.output_is_on, doc="Whether the output is on.")
    source_voltage = property(
        StrictSourceMeter.level, _set_source_voltage, doc="Control the level in V, within the site limits."
    )
    current = property(lambda self: self.read_source().current, doc="Current in A; None where it overflowed.")
    voltage = property(lambda self: self.read_source().voltage, doc="Voltage in V; None where it overflowed.")
    enable_source = StrictSourceMeter.switch_on
    disable_source = StrictSourceMeter.switch_off

    _one_reading = refused("takes one reading at a time, each with its own answer")
    means = maximums = minimums = standard_devs = buffer_data = property(_one_reading)
    mean_current = mean_voltage = mean_resistance = std_current = std_voltage = std_resistance = property(_one_reading)
    max_current = max_voltage = max_resistance = min_current = min_voltage = min_resistance = property(_one_reading)
    _no_current = refused("is a voltage source on this bench")
    apply_current = ramp_to_current = _no_current
    source_current = source_current_range = compliance_voltage = property(_no_current, _no_current)
    _by_configure = refused("is set up by `configure`, at 0 V and with its output off")
    apply_voltage = measure_current = measure_voltage = auto_range_source = reset = _by_configure
    source_voltage_range = property(lambda self: self.configured().source_range.range, _by_configure)
    ramp_to_voltage = refused("is ramped by the device, at the slew limit and on the bench's clock")
    use_rear_terminals = use_front_terminals = refused("keeps the terminals that were set at its panel")
