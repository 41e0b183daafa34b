"""Our bench as ophyd devices: a gate that is set, a conductance that is read, for bluesky's plans or by hand."""

import threading

import numpy as np
from ophyd import Component, Device, DeviceStatus, Signal
from ophyd.positioner import SoftPositioner

from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Setpoint


class Gate(SoftPositioner):
    """Gate voltage in V, moved at the slew limit of the bench file; done when it has arrived and reads back."""

    def __init__(self, device, **named):
        super().__init__(egu="V", limits=device.limits["gate"].voltage, source="gate source meter", **named)
        self._device = device

    def _setup_move(self, position, status):
        threading.Thread(target=self._move, args=(position, status)).start()

    def _move(self, position, status):
        try:
            self._device.apply(Setpoint(gate=position))
            self._set_position(self._device.gate.level())
            self._done_moving()
        except (OSError, ValueError) as error:  # whoever waits for the status must hear of it
            status.set_exception(error)


class Junction(Device):
    """One reading a trigger: conductance in S, what it was read at, and its standard uncertainty."""

    conductance = Component(Signal, value=float("nan"), kind="hinted")
    uncertainty = Component(Signal, value=float("nan"))

    def __init__(self, device, **named):
        super().__init__("", **named)
        self._device = device

    def trigger(self):
        status = DeviceStatus(self)
        reading = self._device.conductance(repeats=4)
        self.conductance.put(float("nan") if reading.value is None else reading.value)
        self.uncertainty.put(reading.uncertainty.independent)
        status.set_finished()
        return status


with open_bench("virtual") as bench:  # makes safe at its end, and reads back that it is
    bench.device.prepare(bias=0.1)
    gate, junction = Gate(bench.device, name="gate"), Junction(bench.device, name="junction")
    for volts in np.linspace(0, 0.4, 5):
        gate.set(float(volts)).wait(timeout=60)
        junction.trigger().wait(timeout=60)
        row = {name: read["value"] for name, read in (gate.read() | junction.read()).items()}
        print(*(f"{name} {value:.6g}" for name, value in row.items()))
