"""What surrounds the devices of a bench: magnets, the thermal stage, the chucks of probers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .chuck import Chuck
from .living_junction import Conditions
from .magnet import Magnet
from .stage import Stage
from .truth import MagnetTruth, Truth


class Surroundings:
    """Everything that acts on devices without a wire. `places` are terminals that are wired to one of its members."""

    def __init__(self, truth: Truth, wiring: Mapping[str, str], default_temperature: float) -> None:
        """`default_temperature` in K is that of a stage about which the truth says nothing."""
        self.magnets = {name: _magnet(name, one) for name, one in truth.magnets.items()}
        self._acts_on = {name: one.acts_on for name, one in truth.magnets.items()}
        self._axis = {name: one.axis for name, one in truth.magnets.items()}
        around = truth.stage.surroundings
        self.stage = Stage(
            surroundings=default_temperature if around is None else around,
            thermal_resistance=truth.stage.thermal_resistance,
            time_constant=truth.stage.time_constant,
        )
        self.controlled = around is not None or "stage" in wiring.values()
        """Whether devices have the stage's temperature rather than that of their own parameters."""
        self._wiring = wiring
        self.chucks: dict[str, Chuck] = {}
        for terminal, place in wiring.items():
            if terminal.endswith(".chuck"):
                chuck = self.chucks[terminal] = Chuck(place)
                if truth.wafer is not None and truth.wafer.device == place:
                    chuck.wafer = truth.wafer
                if truth.devices[place].contacted:
                    chuck.touch(made=True)

    @property
    def constant(self) -> bool:
        """Whether nothing here ever acts on a device or changes."""
        return not self._acts_on and not self.controlled

    def magnet(self, terminal: str) -> Magnet:
        """Return the magnet that a terminal is wired to; one that acts on nothing where it is wired to none."""
        name = self._wiring.get(terminal, terminal)
        return self.magnets.setdefault(name, Magnet(name))

    def chuck(self, terminal: str) -> Chuck:
        """Return the chuck that a terminal is wired to; an empty one where it is wired to none."""
        return self.chucks.setdefault(terminal, Chuck())

    def chuck_of(self, device: str) -> Chuck | None:
        """Return the chuck on which a device lies, or None where it is bonded."""
        return next((chuck for chuck in self.chucks.values() if chuck.device == device), None)

    def field(self, device: str, time: float, axis: str = "x") -> float:
        """Return the flux density in T along the easy axis, `x`, of a device, or along its minor axis, `y`."""
        return sum(
            self.magnets[name].field(time)
            for name, only in self._acts_on.items()
            if self._axis[name] == axis and (only is None or device in only)
        )

    def temperature(self, time: float) -> float | None:
        """Return the temperature in K of all devices; None where they keep their own."""
        return self.stage.temperature(time) if self.controlled else None

    def conditions(self, device: str, gate: float, time: float) -> Conditions:
        """Return what surrounds a device's junction at a gate voltage in V."""
        along, across = self.field(device, time), self.field(device, time, "y")
        return Conditions(gate, along, self.temperature(time), across)

    def turns(self, time: float) -> Iterable[float]:
        """Yield the bench times up to which field and temperature are as good as constant."""
        for magnet in self.magnets.values():
            yield magnet.next_turn(time)
        if self.controlled:
            yield self.stage.next_turn(time)


def _magnet(name: str, truth: MagnetTruth) -> Magnet:
    return Magnet(
        name,
        coil_constant=truth.coil_constant,
        resistance=truth.resistance,
        inductance=truth.inductance,
        remanence=truth.remanence,
    )
