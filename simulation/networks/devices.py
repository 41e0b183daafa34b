"""The devices that the study of learning compares: ideal numbers, an s-MTJ in five ways, a memristor, domain walls.

What is assumed of held gates: R_leak = 1e12 ohm, the capacitance of `gate_energy`, an update every microsecond, and
all gates written anew after a hundred of them. Whenever a gate is written, the switch that opens leaves a charge on it
whose voltage scatters by (kT/C)^(1/2): 0.48 mV.
"""

from __future__ import annotations

import math
from dataclasses import replace

from smtjlab.simulation.constants import BOLTZMANN_CONSTANT
from smtjlab.simulation.gate_energy import gate_capacitance
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.linear_window import linear_window
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.synapses.memristor import Memristor

from .device_table import DeviceTable
from .gate_weights import Correction, GateDevice
from .pulse_weights import PulseDevice
from .rounding import Rounding
from .weight_store import Device, IdealDevice

LEAK_RESISTANCE = 1e12
"""Of a gate, in ohm: an assumption, the best that physics.md section 11 names."""
STEP_TIME = 1e-6
"""Between updates, in s: an assumption."""
REFRESH = 100
"""Updates between two writings of all gates: an assumption."""
WALLS = (5, 17, 64)
"""States of the domain walls that are compared."""


def full_curve(junction: Junction, *, reading_time: float = 5e-9, reach: float = 3.0) -> DeviceTable:
    """Return the table of a junction from its threshold to `reach` rotation voltages beyond. Raises ModelError.

    The gates are held, with the droop of what is assumed above.
    """
    start = junction.threshold_voltage
    stop = start + junction.gate_sign * reach * junction.rotation_voltage
    table = DeviceTable.of_junction(junction, start, stop, reading_time=reading_time, points=601)
    return replace(table, droop_time=LEAK_RESISTANCE * gate_capacitance())


def linear_part(table: DeviceTable, *, tolerance: float = 0.01) -> DeviceTable:
    """Return the part of a table that is straight: minimax line, INL over the window's change (physics: section 6).

    Raises LinearWindowError where it has none.
    """
    found = linear_window(table.gate, table.conductance, tolerance=tolerance, line="minimax")
    inside = (table.gate >= found.start) & (table.gate <= found.stop)
    columns = {name: getattr(table, name)[inside] for name in ("gate", "conductance", "scatter", "read_noise")}
    return replace(table, **columns)


def compared_devices(junction: Junction, *, rounding: Rounding = Rounding.STOCHASTIC) -> tuple[Device, ...]:
    """Return the ten devices of the study. Raises ModelError."""
    whole = full_curve(junction)
    window = linear_part(whole)
    square = BOLTZMANN_CONSTANT * junction.temperature / gate_capacitance()

    def gates(name: str, table: DeviceTable, correction: Correction, *, real: bool) -> GateDevice:
        ideal = GateDevice(
            name=name, table=table.noiseless(), correction=correction, rounding=rounding, junction=junction
        )
        if not real:
            return ideal
        return replace(ideal, table=table, step_time=STEP_TIME, refresh=REFRESH, write_noise=math.sqrt(square))

    return (
        IdealDevice(),
        gates("s-MTJ, linear window", window, Correction.LINE, real=False),
        gates("s-MTJ, linear window, noise and droop", window, Correction.LINE, real=True),
        gates("s-MTJ, full curve, one slope", whole, Correction.LINE, real=False),
        gates("s-MTJ, full curve, table, noise and droop", whole, Correction.TABLE, real=True),
        gates("s-MTJ, full curve, closed loop, noise and droop", whole, Correction.CLOSED_LOOP, real=True),
        PulseDevice(name="memristor", synapse=Memristor(), pulses=Memristor().levels, rounding=rounding),
        *(
            PulseDevice(name=f"domain wall, {n} states", synapse=DomainWall(states=n), pulses=n - 1, rounding=rounding)
            for n in WALLS
        ),
    )
