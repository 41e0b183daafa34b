"""What a QDevil QDAC-II promises: 24 voltages, their ranges, and the current sensor of each. Data only.

From the maker's page on the instrument: 24 channels, 25 bits, a current sensor down to a few tens of pA, filters of
10 Hz, 10 kHz and 300 kHz; from the contributed QCoDeS driver: ranges, slew rates, current ranges. Not verified on a
page: the limits of the gain and offset errors, the noise of the sensor, the largest output current (±10 mA is taken).
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

CHANNELS = range(1, 25)
"""Numbers of the channels."""

SOURCE_VOLTAGE = {
    "LOW": RangeSpecification(2.0, 4.0 / 2**25, 0.01e-2, 100e-6, 1e-6, usable=1.0),
    "HIGH": RangeSpecification(10.0, 20.0 / 2**25, 0.01e-2, 500e-6, 5e-6, usable=1.0),
}
"""Ranges of the source in V."""

MEASURE_CURRENT = {
    "LOW": RangeSpecification(200e-9, 1e-12, 0.1e-2, 200e-12, 20e-12),
    "HIGH": RangeSpecification(10e-3, 1e-9, 0.1e-2, 10e-6, 50e-9),
}
"""Ranges of the current sensor in A."""

LARGEST_CURRENT = 10e-3
"""Current in A beyond which a channel no longer holds its voltage."""

SLEW = (0.01, 2e7)
"""Smallest and largest slew rate in V/s; the largest is the fresh setting."""

NPLC_LIMITS = (1, 100)
"""Shortest and longest integration of the sensor in power line cycles."""

LONGEST_LIST = 65_536
"""Voltages of a list."""

FILTERS = {"DC": 10.0, "MED": 10e3, "HIGH": 300e3}
"""Cut-off in Hz of each output filter."""

SPECIFICATION_QDAC2 = InstrumentSpecification(
    model="QDAC-II",
    source="maker's page on the instrument; contributed QCoDeS driver (ranges, slew rates)",
    unverified="limits of gain and offset errors, noise of the sensor, largest output current, time of a reading",
    tables={
        "source voltage": tuple(SOURCE_VOLTAGE.values()),
        "measure current": tuple(MEASURE_CURRENT.values()),
    },
    overhead=1e-3,
    nplc_limits=NPLC_LIMITS,
)
