"""The chuck of a virtual Velox: places, heights, angle and modes. Lengths are in micrometres unless a unit is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .formfactor_velox_language import Code, Refusal, SciCommand, chosen, number, whole

if TYPE_CHECKING:
    from .formfactor_velox import FormfactorVelox
    from .world import Doing

REFERENCES = {"H": "home", "Z": "zero", "R": "current", "C": "center", "D": "die"}
LENGTHS = {"Y": 1e-6, "M": 1e-6, "I": 25.4e-6, "E": 0.1e-6, "J": 5e-6}
"""Units in m: microns, mils, encoder pulses and jogs; the last two are this machine's own."""
INDEX = "X"
PRESETS = {"C": "contact", "O": "overtravel", "A": "align_gap", "S": "separation_gap"}
LARGEST_GAP = 5e-3


def scale(twin: FormfactorVelox, unit: str) -> tuple[float, float]:
    """Return the size of a unit in m, along both axes: an index is a die."""
    if unit[:1].upper() == INDEX:
        return twin.station.map.pitch
    found = LENGTHS.get(unit[:1].upper())
    if found is None:
        raise Refusal(Code.PARAMETER, f"Must be a unit, but is {unit}.")
    return found, found


def origin(twin: FormfactorVelox, reference: str) -> tuple[float, float]:
    """Return where a reference stands, from the middle of the stage in m."""
    station, name = twin.station, chosen(reference, REFERENCES)
    if name in ("home", "die") and station.home is None:
        raise Refusal(Code.HOME, "Home is not set.")
    home = station.home or (0.0, 0.0)
    if name == "die":
        right, up = station.map.position(twin.place if twin.place is not None else station.die, 0)
        return home[0] + right, home[1] + up
    places = {
        "home": home,
        "zero": (-station.model.travel, -station.model.travel),
        "current": (station.x, station.y),
        "center": (0.0, 0.0),
    }
    return places[name]


def check_velocity(word: str) -> None:
    """Refuse what is no speed in percent."""
    if not 0 < number(word) <= 100:
        raise Refusal(Code.PARAMETER, "Velocity must be above 0 and at most 100 percent.")


def _move(
    twin: FormfactorVelox, x: str, y: str, reference: str = "H", unit: str = "Y", velocity: str = "100", comp: str = "D"
) -> None:
    check_velocity(velocity)
    (width, height), (right, up) = scale(twin, unit), origin(twin, reference)
    twin.travel(right + number(x) * width, up + number(y) * height)


def _move_index(twin: FormfactorVelox, columns: str, rows: str, reference: str = "H", velocity: str = "100") -> None:
    _move(twin, str(whole(columns)), str(whole(rows)), reference, INDEX, velocity)


def _move_subsite(twin: FormfactorVelox, x: str, y: str, unit: str = "Y", velocity: str = "100") -> None:
    _move(twin, x, y, "D", unit, velocity)


def _position(twin: FormfactorVelox, unit: str = "Y", reference: str = "H", comp: str = "D") -> str:
    (width, height), (right, up) = scale(twin, unit), origin(twin, reference)
    upwards = LENGTHS.get(unit[:1].upper(), 1e-6)
    station = twin.station
    return f"{(station.x - right) / width:.3f} {(station.y - up) / height:.3f} {station.z / upwards:.3f}"


def _lift(twin: FormfactorVelox, z: float) -> None:
    station = twin.station
    top = station.model.top if station.contact_height is None else station.touching_height
    if not 0 <= z <= top + 1e-9:
        raise Refusal(Code.RANGE, f"The height must be within 0 and {top * 1e6:.1f}.")
    twin.move(station.lift(z))


def _contact(twin: FormfactorVelox, velocity: str = "100") -> None:
    check_velocity(velocity)
    twin.need_contact_height()
    _lift(twin, twin.station.touching_height)


def _below_contact(gap: str) -> Callable[..., None]:
    def act(twin: FormfactorVelox, velocity: str = "100") -> None:
        check_velocity(velocity)
        twin.need_contact_height()
        assert twin.station.contact_height is not None
        _lift(twin, twin.station.contact_height - getattr(twin.station, gap))

    return act


def _move_z(
    twin: FormfactorVelox, height: str, reference: str = "Z", unit: str = "Y", velocity: str = "100", comp: str = "D"
) -> None:
    check_velocity(velocity)
    start = twin.station.z if chosen(reference, REFERENCES) == "current" else 0.0
    _lift(twin, start + number(height) * scale(twin, unit)[0])


def _load(twin: FormfactorVelox, position: str = "F") -> None:
    def going() -> Doing[None]:
        yield from twin.station.lift(0.0)
        yield from twin.station.travel(0.0, -0.15)

    twin.move(going())


def _heights(twin: FormfactorVelox, unit: str = "Y") -> str:
    station, size = twin.station, scale(twin, unit)[0]
    contact = "-1" if station.contact_height is None else f"{station.contact_height / size:.3f}"
    gaps = (station.overtravel, station.align_gap, station.separation_gap, 0.0)
    return " ".join([contact, *(f"{gap / size:.3f}" for gap in gaps)])


def _set_height(twin: FormfactorVelox, preset: str = "C", mode: str = "0", unit: str = "Y", value: str = "0") -> None:
    """Set the contact height or a gap: mode V takes a value, 0 the height of the moment, R forgets the contact."""
    station, name, size = twin.station, chosen(preset, PRESETS), scale(twin, unit)[0]
    way = mode[:1].upper()
    if name != "contact":
        gap = number(value) * size
        if way != "V" or not 0 <= gap <= LARGEST_GAP:
            raise Refusal(Code.PARAMETER, "A gap must be set by mode V, to 0 or more.")
        setattr(station, name, gap)
    elif way == "R":
        station.contact_height = None
    elif way in ("0", "V"):
        height = station.z if way == "0" else number(value) * size
        if not station.separation_gap < height <= station.model.top:
            raise Refusal(Code.RANGE, "The contact height must leave room for separation.")
        station.contact_height = height
    else:
        raise Refusal(Code.PARAMETER, f"A mode must be 0, V or R, but is {mode}.")


def _set_mode(twin: FormfactorVelox, *flags: str) -> None:
    """Set overtravel, Auto Z and Interlock, which alone matter here; 2 leaves a flag as it is."""
    values = [whole(flag) for flag in flags]
    if not all(value in (0, 1, 2) for value in values):
        raise Refusal(Code.PARAMETER, "A flag must be 0, 1 or 2.")
    overtravel, auto_z, interlock, *_ = [*values, 2, 2, 2]
    station = twin.station
    station.overtravel_is_on = station.overtravel_is_on if overtravel == 2 else bool(overtravel)
    twin.auto_z = twin.auto_z if auto_z == 2 else bool(auto_z)
    twin.interlock = twin.interlock if interlock == 2 else bool(interlock)


def preset(twin: FormfactorVelox) -> str:
    """Return the letter of the preset height at which the chuck is; I in between."""
    station = twin.station
    if station.contact_height is None:
        return "I"
    below = station.contact_height - station.z
    if below <= -1e-6 and station.overtravel_is_on and abs(below + station.overtravel) < 1e-6:
        return "O"
    for letter, gap in (("C", 0.0), ("A", station.align_gap), ("S", station.separation_gap)):
        if abs(below - gap) < 1e-6:
            return letter
    return "I"


def _status(twin: FormfactorVelox) -> str:
    station = twin.station
    mode = station.overtravel_is_on + 2 * twin.auto_z + 4 * twin.interlock + 16 * (station.contact_height is not None)
    moving = 15 if station.moving else 0
    return f"15 {mode} 0 {moving} D {int(station.vacuum)} {preset(twin)} N 0 A 0"


def _set_home(twin: FormfactorVelox, mode: str = "0", unit: str = "Y", x: str = "0", y: str = "0") -> None:
    """Take the place of the moment as home; mode V takes one given from zero."""
    station = twin.station
    if mode[:1].upper() == "V":
        width, height = scale(twin, unit)
        travel = station.model.travel
        station.home = (number(x) * width - travel, number(y) * height - travel)
    else:
        station.home = (station.x, station.y)
    station.aligned_angle = station.theta
    twin.place = station.map.home


def _set_index(twin: FormfactorVelox, x: str, y: str, unit: str = "Y") -> None:
    size = scale(twin, unit)[0]
    pitch = (number(x) * size, number(y) * size)
    if not all(1e-6 <= side <= 0.3 for side in pitch):
        raise Refusal(Code.RANGE, "An index must be within 1 and 300000 microns.")
    twin.station.map.pitch = pitch


def _index(twin: FormfactorVelox, unit: str = "Y") -> str:
    size = scale(twin, unit)[0]
    return " ".join(f"{side / size:.3f}" for side in twin.station.map.pitch)


def _move_theta(
    twin: FormfactorVelox, angle: str, reference: str = "H", unit: str = "D", velocity: str = "100"
) -> None:
    check_velocity(velocity)
    station, name = twin.station, chosen(reference, REFERENCES)
    zeros = {"home": station.aligned_angle, "current": station.theta}
    target = zeros.get(name, 0.0) + number(angle)
    if not abs(target) <= station.model.rotation:
        raise Refusal(Code.RANGE, f"The angle must stay within {station.model.rotation:g} degrees.")
    if station.in_contact and not twin.auto_z and twin.interlock:
        raise Refusal(Code.INTERLOCK, "The chuck is in contact, and Interlock is on.")

    def turning() -> Doing[None]:
        if twin.auto_z:
            yield from station.separate()
        yield from station.rotate(target)

    twin.move(turning())


def _theta(twin: FormfactorVelox, unit: str = "D", reference: str = "H") -> str:
    zero = twin.station.aligned_angle if chosen(reference, REFERENCES) == "home" else 0.0
    return f"{twin.station.theta - zero:.4f}"


COMMANDS = (
    SciCommand("MoveChuck", _move, (2, 3, 4, 5, 6), "x, y, reference, unit, velocity, compensation"),
    SciCommand("MoveChuckIndex", _move_index, (2, 3, 4)),
    SciCommand("MoveChuckSubsite", _move_subsite, (2, 3, 4), "from the die that was stepped to"),
    SciCommand("MoveChuckContact", _contact, (0, 1)),
    SciCommand("MoveChuckAlign", _below_contact("align_gap"), (0, 1)),
    SciCommand("MoveChuckSeparation", _below_contact("separation_gap"), (0, 1)),
    SciCommand("MoveChuckZ", _move_z, (1, 2, 3, 4, 5)),
    SciCommand("MoveChuckZSafe", lambda twin: _lift(twin, 0.0)),
    SciCommand("MoveChuckLoad", _load, (0, 1)),
    SciCommand("MoveTheta", _move_theta, (1, 2, 3, 4)),
    SciCommand("ReadThetaPosition", _theta, (0, 1, 2)),
    SciCommand("ReadChuckPosition", _position, (0, 1, 2, 3), "x y z; heights from zero"),
    SciCommand("ReadChuckStatus", _status, note="flags, compensation, vacuum, preset height, load position"),
    SciCommand("ReadChuckHeights", _heights, (0, 1), "contact, overtravel, align, separation, search; -1 where unset"),
    SciCommand("SetChuckHeight", _set_height, (0, 1, 2, 3, 4)),
    SciCommand("SetChuckMode", _set_mode, tuple(range(1, 7)), "overtravel, Auto Z, Interlock; 2 leaves a flag"),
    SciCommand("SetChuckHome", _set_home, (0, 1, 2, 4)),
    SciCommand("SetChuckIndex", _set_index, (2, 3)),
    SciCommand("ReadChuckIndex", _index, (0, 1)),
)
