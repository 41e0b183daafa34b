"""What a run notes of the uncertainty of its readings: each error with its size and where that stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smtjlab.instruments.under_test import UnderTest


def note_uncertainty(device: UnderTest, note: Callable[..., Any]) -> None:
    """Note once, as the event `uncertainty`, what readings of a prepared device suffer from.

    `note` takes a kind of event and its payload. What makes the uncertainties wrong is a warning as well.
    """
    if not device.prepared:
        return
    around = device.conditions.around()
    remarks = device.errors.remarks(around)
    note(
        "uncertainty",
        components=[one.to_dict() for one in device.errors.sources(around)],
        remarks=[remark.text for remark in remarks],
    )
    for remark in remarks:
        if remark.matters:
            note("warning", text=remark.text)
