"""Maps in XML: a small one as public examples have it, the way there and back, and what strangers may send."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.wafer.bin_map import Bin, BinMap
from smtjlab.instruments.wafer.semi_xml import read_xml, write_e142, write_g85
from smtjlab.instruments.wafer.wafer import Notch

from .test_wafer import WAFER, A

E142 = """<?xml version="1.0" encoding="utf-8"?>
<MapData xmlns="urn:semi-org:xsd.E142-1.V0105.SubstrateMap">
<Layouts><Layout LayoutId="W" DefaultUnits="mm" TopLevel="true"><Dimension X="1" Y="1"/><DeviceSize X="200" Y="200"/>
<ChildLayouts><ChildLayout LayoutId="D"/></ChildLayouts></Layout>
<Layout LayoutId="D" DefaultUnits="mm"><Dimension X="3" Y="2"/><StepSize X="8" Y="7200" Units="micron"/></Layout>
</Layouts>
<Substrates><Substrate SubstrateType="Wafer" SubstrateId="W7"><LotId> L1 </LotId></Substrate></Substrates>
<SubstrateMaps><SubstrateMap SubstrateType="Wafer" SubstrateId="W7" LayoutSpecifier="W/D" Orientation="180">
<Overlay MapName="SortGrade" MapVersion="1"><BinCodeMap BinType="HexaDecimal" NullBin="FF" MapType="2DArray">
<BinDefinitions><BinDefinition BinCode="01" BinQuality="Pass" BinDescription="good"/>
<BinDefinition BinCode="0A" BinQuality="Fail"/></BinDefinitions>
<BinCode>FF01FF</BinCode><BinCode>0A0101</BinCode></BinCodeMap></Overlay></SubstrateMap></SubstrateMaps></MapData>"""

G85 = """<?xml version='1.0'?><Maps><Map xmlns="http://www.semi.org" SubstrateId="B2" FormatRevision="SEMI G85 0703">
<Device LotId="L9" WaferSize="150" DeviceSizeX="2500" DeviceSizeY="3000" Rows="2" Columns="3" Orientation="0"
OriginLocation="2" BinType="Ascii" NullBin="."><Bin BinCode="G" BinQuality="Pass" BinCount="3"/>
<Bin BinCode="X" BinQuality="Fail" BinCount="1"/>
<Data MapName="m"><Row><![CDATA[.GG]]></Row><Row><![CDATA[XG.]]></Row></Data></Device></Map></Maps>"""

BINS = st.dictionaries(st.sampled_from(WAFER.dies), st.integers(0, 254), min_size=1)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_an_e142_map_is_read_as_a_picture() -> None:
    found = read_xml(E142, "map.xml")
    assert (found.wafer, found.lot, found.notch, found.diameter) == ("W7", "L1", Notch.UP, 0.2)
    assert found.lines == ((None, 1, None), (10, 1, 1))
    assert found.pitch == pytest.approx((8e-6, 7.2e-3))
    assert found.definitions == (Bin(1, "good", good=True), Bin(10))


def test_a_g85_map_of_letters_is_read_too() -> None:
    found = read_xml(G85, "map.xml")
    assert (found.wafer, found.lot, found.diameter, found.pitch) == ("B2", "L9", 0.15, pytest.approx((2.5e-3, 3e-3)))
    assert found.lines == ((None, ord("G"), ord("G")), (ord("X"), ord("G"), None))
    assert [one.good for one in found.definitions] == [True, False]


@given(BINS, st.sampled_from(Notch))
def test_what_is_written_reads_the_same(bins: dict[tuple[int, int], int], notch: Notch) -> None:
    wafer = replace(WAFER, notch=notch)
    printed = BinMap.of(wafer, bins, [Bin(1, "good & <fine>", good=True)])
    for text in (write_e142(printed), write_g85(printed, NOON)):
        again = read_xml(text, "map.xml")
        assert again.on(wafer) == {die: bins.get(die, 0) for die in wafer.dies}
        assert again.lines == printed.lines
        assert (again.pitch, again.diameter) == (pytest.approx(wafer.pitch), pytest.approx(wafer.diameter))
        assert again.definitions == printed.definitions


def test_a_map_whose_notch_lies_elsewhere_is_turned() -> None:
    printed = BinMap.of(WAFER, {WAFER.dies[0]: 7})
    upside_down = replace(printed, notch=Notch.UP, lines=tuple(line[::-1] for line in printed.lines[::-1]))
    assert upside_down.on(WAFER) == printed.on(WAFER)


def test_a_wafer_is_drawn_from_a_map() -> None:
    drawn = read_xml(G85, "map.xml").drawn(A, diameter=0.1, pitch=(1e-3, 1e-3))
    assert (drawn.name, drawn.diameter, drawn.pitch) == ("B2", 0.15, pytest.approx((2.5e-3, 3e-3)))
    assert [drawn.position(die) for die in drawn.dies] == [
        pytest.approx((1e-3 * x, 1e-3 * y), abs=1e-12) for x, y in ((-2.5, -1.5), (0, -1.5), (0, 1.5), (2.5, 1.5))
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("<MapData", "<!DOCTYPE x [<!ENTITY a 'b'>]><MapData", "plain XML"),
        ("</MapData>", "", "must be XML, but map.xml is not"),
        ("0A0101", "0A01", "not equally long"),
        ("0A0101", "0A010", "5 characters, no multiple of 2"),
        ("0A0101", "0AZZ01", "of SEMI G85 or E142"),
        ('Orientation="180"', 'Orientation="45"', "of SEMI G85 or E142"),
        ("BinCodeMap", "DeviceIdMap", "it has no BinCodeMap"),
    ],
)
def test_what_is_no_map_is_refused_in_a_sentence(old: str, new: str, sentence: str) -> None:
    with pytest.raises(WaferFileError, match=sentence):
        read_xml(E142.replace(old, new), "map.xml")


def test_a_map_of_another_wafer_is_refused() -> None:
    with pytest.raises(WaferFileError, match=r"must have .* lines of .* places as wafer 'W1' has, but has 2 of 3"):
        read_xml(E142, "map.xml").on(WAFER)


def test_a_bin_that_two_digits_do_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 0 to 254, but is 255"):
        write_e142(BinMap.of(WAFER, {WAFER.dies[0]: 255}))
