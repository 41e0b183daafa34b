"""Readings on demand of a virtual 2400, and the settings of its trigger model (manual 2400S-900-01, 17 and 18)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from .command_tree import Command, setting
from .keithley_2400_buffer import data
from .keithley_2400_kinds import Count, Real
from .keithley_2400_sense import function_list
from .keithley_2400_trigger import COMES_BY_ITSELF, Layer, abort, initiate
from .parameter import Choice, Integer
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400

LARGEST_PRODUCT = 2500
"""Arm count times trigger count (page 18-117)."""


def _acquire(twin: Keithley2400) -> str:
    """Take readings and return them (`:READ?`); +830 where it would go on for ever, -214 where nobody triggers."""
    model = twin.trigger_model
    if math.isinf(model.arm.count):
        raise ScpiError(830)
    if model.arm.source not in COMES_BY_ITSELF or model.layer.source != "IMM":
        raise ScpiError(-214)
    initiate(twin)
    twin.wait_for_operations()
    return _fetch(twin)


def _fetch(twin: Keithley2400) -> str:
    if not twin.trigger_model.sample:
        raise ScpiError(-230)
    return data(twin, twin.trigger_model.sample, twin.since)


def _latest(twin: Keithley2400) -> str:
    if not twin.trigger_model.sample:
        raise ScpiError(-230)
    return data(twin, twin.trigger_model.sample[-1:], twin.since)


def _measure(function: str | None) -> Callable[[Keithley2400], str]:
    """Return what answers `:MEASure...?`: it configures, and then reads."""

    def answer(twin: Keithley2400) -> str:
        names = sorted(twin.sense.functions) or ["CURR"]
        twin.one_shot(function or names[0])
        return _acquire(twin)

    return answer


def _set_count(twin: Keithley2400, layer: Layer, other: Layer, count: float) -> None:
    if math.isfinite(count) and math.isfinite(other.count) and count * other.count > LARGEST_PRODUCT:
        raise ScpiError(-221)
    layer.count = count


_LINE = Integer(1, 4, 1)
_EVENTS = Choice(("SOURce", "DELay", "SENSe", "NONE"))
_DIRECTION = Choice(("SOURce", "ACCeptor"))
_MEASURED = (("CURRent[:DC]", "CURR"), ("VOLTage[:DC]", "VOLT"), ("RESistance", "RES"))


def _layer_commands(head: str, path: str, events: Choice) -> list[Command]:
    """Return the commands that both layers have."""
    tail, owner = f"{head}[:TCONfigure]", f"trigger_model.{path}"

    def of(twin: Keithley2400) -> Layer:
        layer: Layer = getattr(twin.trigger_model, path)
        return layer

    return [
        setting(f"{tail}:DIRection", f"{owner}.direction", _DIRECTION),
        setting(f"{tail}[:ASYNchronous]:ILINe", f"{owner}.input_line", _LINE),
        setting(f"{tail}[:ASYNchronous]:OLINe", f"{owner}.output_line", _LINE),
        Command(header=f"{tail}[:ASYNchronous]:OUTPut", query=lambda twin: of(twin).outputs,
                write=lambda twin, *words: setattr(of(twin), "outputs", ",".join(words)),
                takes=(events,), repeats=True),
    ]  # fmt: skip


_ARM, _TRIGGER = ":ARM[:SEQuence[1]][:LAYer[1]]", ":TRIGger[:SEQuence[1]]"

COMMANDS = (
    Command(header=":INITiate[:IMMediate]", write=initiate),
    Command(header=":READ", query=_acquire),
    Command(header=":FETCh", query=_fetch),
    Command(header="[:SENSe[1]]:DATA[:LATest]", query=_latest),
    Command(header=":MEASure", query=_measure(None)),
    *(Command(header=f":MEASure:{keyword}", query=_measure(name),
              note="puts the function back to its defaults, compliance included, and switches the output on")
      for keyword, name in _MEASURED),
    *(Command(header=f":CONFigure:{keyword}", write=lambda twin, name=name: twin.one_shot(name))
      for keyword, name in _MEASURED),
    Command(header=":CONFigure", query=function_list),
    setting(f"{_ARM}:COUNt", "trigger_model.arm.count", Count(1, LARGEST_PRODUCT, 1),
            write=lambda twin, count: _set_count(twin, twin.trigger_model.arm, twin.trigger_model.layer, count)),
    setting(f"{_ARM}:SOURce", "trigger_model.arm.source",
            Choice(("IMMediate", "TLINk", "TIMer", "MANual", "BUS", "NSTest", "PSTest", "BSTest"))),
    setting(f"{_ARM}:TIMer", "trigger_model.timer", Real(0.001, 99999.99, 0.1, "S")),
    *_layer_commands(_ARM, "arm", Choice(("TENTer", "TEXit", "NONE"))),
    setting(f"{_TRIGGER}:COUNt", "trigger_model.layer.count", Integer(1, LARGEST_PRODUCT, 1),
            write=lambda twin, count: _set_count(twin, twin.trigger_model.layer, twin.trigger_model.arm, count)),
    setting(f"{_TRIGGER}:DELay", "trigger_model.delay", Real(0, 999.9999, 0, "S")),
    setting(f"{_TRIGGER}:SOURce", "trigger_model.layer.source", Choice(("IMMediate", "TLINk"))),
    *_layer_commands(_TRIGGER, "layer", _EVENTS),
    Command(header=f"{_TRIGGER}[:TCONfigure][:ASYNchronous]:INPut", takes=(_EVENTS,), repeats=True,
            query=lambda twin: twin.trigger_model.layer.inputs,
            write=lambda twin, *words: setattr(twin.trigger_model.layer, "inputs", ",".join(words))),
)  # fmt: skip
"""Commands that wait until the trigger model is idle (page 11-11)."""

AT_ONCE = (
    Command(header=":ABORt", write=abort),
    Command(header=":TRIGger:CLEar", write=lambda twin: None, note="no trigger is ever pending"),
)
"""Commands that do not wait."""
