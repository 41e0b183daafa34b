"""Field and temperature around a device, where the bench has instruments that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .bench_errors import Around
from .errors import InstrumentMistake
from .limits import FieldLimits, Limits, SetpointLimits, TemperatureLimits
from .reading import Setpoint
from .station_roles import FieldSource, Thermometer
from .stimulus_notebook import StimulusNotebook, ramp_time

NAMES = ("temperature", "field", "transverse_field")
"""What a setpoint may ask for around a device, in the order in which it is brought there."""


class DeviceConditions:
    """The field sources and the thermometer of a bench: configured where a setpoint names them, else let be.

    What the junction sees on the way goes into the notebook as read back. The instruments hold the slew themselves.
    """

    def __init__(
        self,
        notebook: StimulusNotebook,
        limits: Mapping[str, SetpointLimits],
        *,
        field_source: FieldSource | None = None,
        transverse_field_source: FieldSource | None = None,
        thermometer: Thermometer | None = None,
    ) -> None:
        self.field_source = field_source
        self.transverse_field_source = transverse_field_source
        self.thermometer = thermometer
        self._notebook = notebook
        self.limits = {name: one for name, one in limits.items() if not isinstance(one, Limits)}
        """Limits of NAMES, where the bench has them."""
        self._wanted: set[str] = set()
        self._targets: dict[str, float | None] = {}
        self._ours: set[str] = set()  # what we have made ready, and not ended since

    def expect(self, setpoints: Iterable[Setpoint]) -> None:
        """Take note of what the setpoints of a run will ask for. Moves nothing."""
        self._wanted = set()
        for setpoint in setpoints:
            self._wanted |= {name for name in NAMES if getattr(setpoint, name) is not None}

    def end_unwanted(self) -> None:
        """Ramp down and switch off what was made ready before, and no expected setpoint asks for any more."""
        for name in sorted(self._ours - self._wanted):
            if name == "temperature":
                self._temperature()[0].switch_off()
            else:
                source, limits = self._field(name)
                source.ramp_off(limits)
            self._ours.discard(name)

    def prepare(self) -> None:
        """Configure within the limits, and read back, what the expected setpoints ask for; fields are on at 0 T.

        An output found on is ramped down and switched off first.
        """
        self._targets = {}
        for name in sorted(self._wanted):
            self._make_ready(name)

    def apply(self, setpoint: Setpoint) -> None:
        """Bring first the temperature in K, then each field in T, to a setpoint, and wait until it has settled."""
        for name in NAMES:
            target = getattr(setpoint, name)
            if target is None:
                continue
            if name not in self._targets:
                self._make_ready(name)
            if target != self._targets[name]:
                self._go(name, target)

    def around(self) -> list[Around]:
        """Return what is read back around the device now, in the order of NAMES, with who reads it."""
        drivers = {"temperature": self.thermometer}
        return [
            Around(name=name, driver=drivers.get(name, getattr(self, f"{name}_source", None)), limits=self.limits[name],
                   value=value)
            for name in NAMES
            if name in self._targets and (value := getattr(self._notebook, name)) is not None
        ]  # fmt: skip

    def _make_ready(self, name: str) -> None:
        self._ours.add(name)
        if name == "temperature":
            self._make_thermometer_ready()
        else:
            self._make_field_ready(name)

    def _make_field_ready(self, name: str) -> None:
        source, limits = self._field(name)
        if source.output_is_on():
            source.ramp_off(limits)
        source.configure(limits)
        source.switch_on()
        # What the probe reads at a setpoint of zero is what the junction sees: remanence, the earth's field.
        self._notebook.note_course(name, source.read_field() or 0.0, 0.0)
        self._targets[name] = 0.0

    def _make_thermometer_ready(self) -> None:
        thermometer, limits = self._temperature()
        if thermometer.output_is_on():
            thermometer.switch_off()
        thermometer.configure(limits)
        if (kelvin := thermometer.read_temperature()) is not None:
            self._notebook.note_course("temperature", kelvin, 0.0)
        self._targets["temperature"] = None  # no heater is on: nothing is held yet

    def _go(self, name: str, target: float) -> None:
        self._notebook.note()
        before = getattr(self._notebook, name) or 0.0
        self._targets[name] = None  # a move that fails leads nowhere: the next is made, wherever it is to
        if name == "temperature":
            thermometer, temperature_limits = self._temperature()
            reached = thermometer.set_temperature(target)
            time = ramp_time(reached - before, temperature_limits.slew)
        else:
            source, limits = self._field(name)
            reached = source.set_field(target)
            time = ramp_time(reached - before, limits.slew)
        self._notebook.note_course(name, reached, time)
        self._targets[name] = target

    def _field(self, name: str) -> tuple[FieldSource, FieldLimits]:
        source, limits = getattr(self, f"{name}_source"), self.limits.get(name)
        if source is None or not isinstance(limits, FieldLimits):
            kind = name.replace("_", " ")
            raise InstrumentMistake(f"A {kind} must be asked of a bench that has a source of it with limits.")
        return source, limits

    def _temperature(self) -> tuple[Thermometer, TemperatureLimits]:
        limits = self.limits.get("temperature")
        if self.thermometer is None or not isinstance(limits, TemperatureLimits):
            raise InstrumentMistake("A temperature must be asked of a bench that has a thermometer with limits.")
        return self.thermometer, limits
