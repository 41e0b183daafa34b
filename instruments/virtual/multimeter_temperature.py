"""From the resistance of a platinum sensor and the voltage of a thermocouple to a temperature."""

from __future__ import annotations

import math

ALPHA = (3.9083e-3, -5.775e-7)
"""Coefficients of Callendar and Van Dusen for platinum of alpha = 0.00385 (IEC 60751), above 0 °C."""
NOMINAL = 100.0
"""Resistance in ohm at 0 °C."""
REFERENCE_JUNCTION = 23.0
"""Simulated temperature in °C of the reference junction of a thermocouple."""
REFERENCE_VOLTAGE = 0.919e-3
"""Voltage in V of a thermocouple of type K at that temperature against 0 °C (ITS-90)."""
TYPE_K = (0.0, 25.08355, 7.860106e-2, -2.503131e-1, 8.315270e-2, -1.228034e-2, 9.804036e-4, -4.413030e-5,
          1.057734e-6, -1.052755e-8)  # fmt: skip
"""°C per power of mV for type K between 0 mV and 20.6 mV (NIST monograph 175)."""
TYPE_K_COLD = (0.0, 25.173462, -1.1662878, -1.0833638, -0.89773540, -0.37342377, -0.086632643, -0.010450598,
               -0.00051920577)  # fmt: skip
"""The same between -5.9 mV and 0 mV."""


def rtd_temperature(ohms: float, nominal: float = NOMINAL) -> float:
    """Return the temperature in °C of a PT100; infinite beyond 850 °C. Good to 2 K down to -100 °C."""
    a, b = ALPHA
    root = a * a - 4 * b * (1 - ohms / nominal)
    celsius = (-a + math.sqrt(root)) / (2 * b) if root >= 0 else math.inf
    return celsius if celsius <= 850.0 else math.inf


def thermocouple_temperature(volts: float) -> float:
    """Return the temperature in °C of a thermocouple of type K; infinite beyond what its table covers."""
    millivolts = (volts + REFERENCE_VOLTAGE) * 1e3
    if not -5.891 <= millivolts <= 20.644:
        return math.inf
    powers = TYPE_K if millivolts >= 0 else TYPE_K_COLD
    return sum(one * millivolts**power for power, one in enumerate(powers))
