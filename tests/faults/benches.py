"""The benches of the fault matrix: the packaged one with a fault, and with what else a fault needs."""

from __future__ import annotations

import re

from smtjlab.instruments.bench import PACKAGED

SOCKET = 'address = "TCPIP::127.0.0.1::0::SOCKET"'

PROBER = f"""[instruments.prober]
driver = "mpi_sentio:MpiSentio"
role = "prober"
{SOCKET}

[wiring]
"prober.chuck" = "device"
"""
MAGNET = f"""[instruments.field]
driver = "lakeshore_f41:LakeShoreF41"
role = "field_source"
{SOCKET}

[limits.field]
field = ["-0.1 T", "0.1 T"]
slew = "0.05 T/s"
voltage = "10 V"

[wiring]
"field.probe" = "main"
"field.output" = "main"
"""
COIL = """
[truth.main]
coil_constant = "20 mT/A"
resistance = "1.5 ohm"
inductance = "50 mH"
"""
ROOM = 'voltage = ["0 V", "0.6 V"]'
"""Limits of the packaged gate."""


def packaged(*faults: str) -> str:
    """Return the packaged bench, its truth being the preset itself, with faults: `junction timeout after=200`."""
    return _exact() + _faults(*faults)


def with_prober(*faults: str) -> str:
    """Return a bench whose device lies on the chuck of a prober, its needles down."""
    return _wired(PROBER) + "contacted = true\n" + _faults(*faults)


def with_hazard(*faults: str) -> str:
    """Return a bench whose gate may go beyond 42 V, in a range that its interlock guards."""
    text = _exact().replace(ROOM, 'voltage = ["0 V", "100 V"]', 1).replace('slew = "0.5 V/s"', 'slew = "100 V/s"', 1)
    return text + _faults(*faults)


def with_magnet(*faults: str) -> str:
    """Return a bench whose device lies in the gap of a magnet under closed-loop control."""
    text = _wired(MAGNET).replace("visa_library", 'magnets = ["main"]\nvisa_library', 1)
    return text + COIL + _faults(*faults)


def _wired(more: str) -> str:
    """Return the bench with one more instrument and its wires."""
    return re.sub(r"^\[wiring\].*\n", lambda _: more, _exact(), count=1, flags=re.MULTILINE)


def _exact() -> str:
    return (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("spread = 0.03", "spread = 0.0", 1)


def _faults(*faults: str) -> str:
    """Return the tables of faults."""
    text = ""
    for fault in faults:
        instrument, kind, *others = fault.split()
        keys = [f'instrument = "{instrument}"', f'kind = "{kind}"']
        keys += [f"{name} = {value}" for name, _, value in (other.partition("=") for other in others)]
        text += "\n".join(["\n[[faults]]", *keys, ""])
    return text
