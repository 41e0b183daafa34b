"""Maps in the XML of SEMI G85 and SEMI E142, after public descriptions and examples; the standards were not at hand.

Lines are read and written as a picture, the upper one first, whatever corner the file calls its origin: so the public
readers found do. `Orientation` 0 has the notch at the bottom. That a file conforms is untried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from smtjlab.instruments.errors import WaferFileError

from .bin_map import MOST_CELLS, PASS, Bin, BinMap
from .coordinates import ORIENTATIONS
from .wafer import Notch

E142 = "urn:semi-org:xsd.E142-1.V1005.SubstrateMap"
G85 = "http://www.semi.org"
UPPER_LEFT = "2"
"""`OriginLocation` of G85."""
WIDTHS = {"ascii": 1, "hexadecimal": 2, "integer2": 4, "decimal": 3}
"""Characters of a bin by `BinType`."""
MILLIMETRE = {"mm": 1e-3, "micron": 1e-6, "microns": 1e-6, "um": 1e-6, "mil": 25.4e-6, "inch": 25.4e-3}
BARE = (0, 254)
"""Bins that two hexadecimal digits hold beside that of no die."""
NO_DIE = "FF"


def read_xml(text: str, name: str) -> BinMap:
    """Return the map that the XML of a file called `name` holds. Raises WaferFileError."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise WaferFileError(f"A map must be plain XML, but {name} has a document type of its own.")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no document type, so no entities
    except ET.ParseError as error:
        raise WaferFileError(f"A map must be XML, but {name} is not: {error}.") from None
    try:
        return _e142(root) if _tag(root) == "MapData" else _g85(root)
    except WaferFileError:
        raise
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise WaferFileError(f"A map must be of SEMI G85 or E142, but {name} is not: {error or type(error)}.") from None


def write_e142(printed: BinMap) -> str:
    """Return a map as E142; ValueError for a bin beyond 254."""
    root = ET.Element("MapData", xmlns=E142)
    layouts = ET.SubElement(root, "Layouts")
    top = ET.SubElement(layouts, "Layout", LayoutId="WaferLayout", DefaultUnits="mm", TopLevel="true")
    ET.SubElement(top, "Dimension", X="1", Y="1")
    if printed.diameter is not None:
        ET.SubElement(top, "DeviceSize", _pair((printed.diameter, printed.diameter)))
    ET.SubElement(ET.SubElement(top, "ChildLayouts"), "ChildLayout", LayoutId="Devices")
    devices = ET.SubElement(layouts, "Layout", LayoutId="Devices", DefaultUnits="mm")
    ET.SubElement(devices, "Dimension", X=str(printed.columns), Y=str(len(printed.lines)))
    if printed.pitch is not None:
        ET.SubElement(devices, "StepSize", _pair(printed.pitch))
    one = {"SubstrateType": "Wafer", "SubstrateId": printed.wafer}
    substrate = ET.SubElement(ET.SubElement(root, "Substrates"), "Substrate", one)
    ET.SubElement(substrate, "LotId").text = printed.lot
    where = {"Orientation": str(ORIENTATIONS[printed.notch]), "OriginLocation": "UpperLeft"}
    place = ET.SubElement(ET.SubElement(root, "SubstrateMaps"), "SubstrateMap", one | where)
    place.set("AxisDirection", "DownRight")
    place.set("LayoutSpecifier", "WaferLayout/Devices")
    overlay = ET.SubElement(place, "Overlay", MapName="SortGrade", MapVersion="1")
    codes = ET.SubElement(overlay, "BinCodeMap", BinType="HexaDecimal", NullBin=NO_DIE, MapType="2DArray")
    definitions = ET.SubElement(codes, "BinDefinitions")
    for told in _definitions(printed):
        ET.SubElement(definitions, "BinDefinition", told)
    for line in _lines(printed):
        ET.SubElement(codes, "BinCode").text = line
    return _written(root)


def write_g85(printed: BinMap, created: datetime) -> str:
    """Return a map as G85; ValueError for a bin beyond 254."""
    root = ET.Element("Maps")
    top = {"SubstrateType": "Wafer", "SubstrateId": printed.wafer, "FormatRevision": "SEMI G85 0703"}
    place = ET.SubElement(root, "Map", {"xmlns": G85} | top)
    told = {
        "LotId": printed.lot,
        "CreateDate": created.strftime("%Y%m%d%H%M%S") + f"{created.microsecond // 1000:03d}",
        "Rows": str(len(printed.lines)),
        "Columns": str(printed.columns),
        "Orientation": str(ORIENTATIONS[printed.notch]),
        "OriginLocation": UPPER_LEFT,
        "BinType": "HexaDecimal",
        "NullBin": NO_DIE,
    }
    if printed.diameter is not None:
        told["WaferSize"] = f"{1e3 * printed.diameter:.10g}"
    if printed.pitch is not None:
        told |= {f"DeviceSize{axis}": f"{1e6 * one:.10g}" for axis, one in zip("XY", printed.pitch, strict=True)}
    device = ET.SubElement(place, "Device", told)
    for one in _definitions(printed):
        ET.SubElement(device, "Bin", one)
    data = ET.SubElement(device, "Data", MapName="SortGrade", MapVersion="1")
    for line in _lines(printed):
        ET.SubElement(data, "Row").text = line
    return _written(root)


def _e142(root: ET.Element) -> BinMap:
    place = _first(root, "SubstrateMap")
    codes = _first(place, "BinCodeMap")
    layout = place.get("LayoutSpecifier", "").rpartition("/")[2]
    layouts = list(_all(root, "Layout"))
    own = next((one for one in layouts if one.get("LayoutId") == layout), layouts[-1] if layouts else None)
    top = next((one for one in layouts if one.get("TopLevel") == "true" and one is not own), None)
    name = place.attrib["SubstrateId"]
    substrate = next((one for one in _all(root, "Substrate") if one.get("SubstrateId") == name), root)
    lot = next(_all(substrate, "LotId"), None)
    whole = None if top is None else _size(top, "DeviceSize")
    return BinMap(
        wafer=name.strip(),
        lot="" if lot is None else (lot.text or "").strip(),
        notch=_notch(place.get("Orientation", "0")),
        lines=_cells(codes, [one.text or "" for one in _all(codes, "BinCode")]),
        bins=_bins(codes, _all(codes, "BinDefinition")),
        pitch=None if own is None else _size(own, "StepSize"),
        diameter=None if whole is None else whole[0],
    )


def _g85(root: ET.Element) -> BinMap:
    place = root if _tag(root) == "Map" else _first(root, "Map")
    device = _first(place, "Device")
    sizes = [device.get(f"DeviceSize{axis}") for axis in "XY"]
    size = device.get("WaferSize")
    return BinMap(
        wafer=(place.get("SubstrateId") or place.attrib["WaferId"]).strip(),
        lot=device.get("LotId", "").strip(),
        notch=_notch(device.get("Orientation", "0")),
        lines=_cells(device, [one.text or "" for one in _all(device, "Row", "ROW")]),
        bins=_bins(device, _all(device, "Bin")),
        pitch=None if not all(sizes) else (1e-6 * float(sizes[0] or 0), 1e-6 * float(sizes[1] or 0)),
        diameter=1e-3 * float(size) if size else None,
    )


def _cells(codes: ET.Element, lines: Sequence[str]) -> tuple[tuple[int | None, ...], ...]:
    """Return the bins of every line. Raises ValueError for what is no rectangle of bins."""
    kind, null = codes.attrib["BinType"].lower(), codes.attrib["NullBin"].upper()
    split = [_split(line, kind) for line in lines]
    if len({len(line) for line in split}) != 1 or not split[0]:
        raise ValueError("its lines are not equally long")
    if len(split) * len(split[0]) > MOST_CELLS:
        raise ValueError(f"it has more than {MOST_CELLS} places")
    return tuple(tuple(None if one.upper() == null else _number(one, kind) for one in line) for line in split)


def _split(line: str, kind: str) -> list[str]:
    """Return the codes of a line: apart, or each of so many characters as its type has."""
    words = line.split()
    if len(words) != 1:
        return words
    width, text = WIDTHS[kind], words[0]
    if len(text) % width:
        raise ValueError(f"a line has {len(text)} characters, no multiple of {width}")
    return [text[k : k + width] for k in range(0, len(text), width)]


def _number(code: str, kind: str) -> int:
    """Return the bin that a code stands for: of letters their number in ASCII, of digits what they say."""
    if kind == "ascii":
        return int(code) if code.isdecimal() and code.isascii() else ord(code)
    return int(code, 10 if kind == "decimal" else 16)


def _bins(codes: ET.Element, told: Iterator[ET.Element]) -> tuple[Bin, ...]:
    kind, found = codes.attrib["BinType"].lower(), dict[int, Bin]()
    for one in told:
        number = _number(one.attrib["BinCode"], kind)
        found.setdefault(number, Bin(number, one.get("BinDescription", ""), one.get("BinQuality") == PASS))
    return tuple(found.values())


def _definitions(printed: BinMap) -> Iterator[dict[str, str]]:
    for one in printed.definitions:
        told = {"BinCode": _code(one.number), "BinCount": str(printed.counts[one.number]), "BinQuality": one.quality}
        yield told | ({"BinDescription": one.name} if one.name else {})


def _lines(printed: BinMap) -> Iterator[str]:
    for line in printed.lines:
        yield "".join(NO_DIE if one is None else _code(one) for one in line)


def _code(number: int) -> str:
    if not BARE[0] <= number <= BARE[1]:
        raise ValueError(f"A bin of a SEMI map must be {BARE[0]} to {BARE[1]}, but is {number}")
    return f"{number:02X}"


def _notch(orientation: str) -> Notch:
    return {degrees: notch for notch, degrees in ORIENTATIONS.items()}[int(orientation) % 360]


def _size(layout: ET.Element, name: str) -> tuple[float, float] | None:
    found = next(_all(layout, name), None)
    if found is None:
        return None
    unit = MILLIMETRE[found.get("Units", layout.get("DefaultUnits", "mm")).lower()]
    return unit * float(found.attrib["X"]), unit * float(found.attrib["Y"])


def _pair(lengths: tuple[float, float]) -> dict[str, str]:
    return {axis: f"{1e3 * one:.10g}" for axis, one in zip("XY", lengths, strict=True)}


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(element: ET.Element, *names: str) -> Iterator[ET.Element]:
    return (one for one in element.iter() if _tag(one) in names and one is not element)


def _first(element: ET.Element, name: str) -> ET.Element:
    found = next(_all(element, name), None)
    if found is None:
        raise ValueError(f"it has no {name}")
    return found


def _written(root: ET.Element) -> str:
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
