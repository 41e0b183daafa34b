"""What every twin does, whatever language it speaks."""

from __future__ import annotations

from typing import Any

import pytest

from smtjlab.instruments.virtual.lakeshore import LakeShoreInstrument
from smtjlab.instruments.virtual.scpi_instrument import ScpiInstrument
from smtjlab.instruments.virtual.status import STANDARD_EVENT
from smtjlab.instruments.virtual.twin import Twin


@pytest.mark.parametrize("kind", [Twin, ScpiInstrument, LakeShoreInstrument])
def test_service_requests_are_heard_after_a_power_cycle_too(kind):
    world: Any = None
    twin, heard = kind("stage", world, 0, 1), []
    twin.status.on_service_request = lambda: heard.append("request")
    twin.power_cycle()
    assert not heard
    twin.status.service_enable, twin.status.event_enable = STANDARD_EVENT, 32
    twin.status.report(-113)
    assert heard == ["request"]
