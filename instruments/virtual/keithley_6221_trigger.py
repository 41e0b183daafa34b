"""When a virtual 6221 acts: what is armed, what runs, arm and trigger layer (reference manual, section 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .command_tree import Command, setting
from .parameter import Choice, Integer, Number
from .scpi import ScpiError
from .world import Operation

if TYPE_CHECKING:
    from .keithley_6221 import Keithley6221
    from .world import Doing

SWEEP_DONE, SWEEP_ABORTED, SWEEPING, WAVE_STARTED, WAITING_FOR_ARM, IDLE = 2, 4, 8, 16, 64, 1024
"""Bits of the operation register (manual, page 11-3)."""

Run = Callable[["Keithley6221"], "Doing[None]"]
"""A sweep, a run of delta mode, or a waveform."""


@dataclass(slots=True)
class Trigger:
    """The trigger model."""

    armed: Run | None = None
    operation: Operation | None = None
    waiting: bool = False
    """Whether it has been initiated and awaits its arm event."""
    mark_when_done: bool = False
    arm_source: str = "IMM"
    arm_timer: float = 0.1
    arm_in: int = 1
    arm_out: int = 2
    arm_direction: str = "ACC"
    source: str = "IMM"
    line_in: int = 1
    line_out: int = 2
    direction: str = "SOUR"
    output: str = "NONE"

    @property
    def running(self) -> bool:
        """Return whether something runs."""
        return self.operation is not None and not self.operation.done


def arm(twin: Keithley6221, run: Run) -> None:
    """Prepare a run; -221 while another one is under way."""
    twin.check_idle()
    twin.trigger_model.armed = run
    twin.source.wave = None
    twin.apply()


def initiate(twin: Keithley6221) -> None:
    """Start what is armed, or await the event that starts it; -213 where nothing is armed or something runs."""
    model = twin.trigger_model
    if model.running or model.waiting or model.armed is None:
        raise ScpiError(-213)
    twin.status.operation.lower_condition(IDLE)
    if model.arm_source in ("IMM", "TIM"):
        go(twin)
    else:
        model.waiting = True
        twin.status.operation.raise_condition(WAITING_FOR_ARM)


def go(twin: Keithley6221) -> None:
    """Start what is armed."""
    model = twin.trigger_model
    assert model.armed is not None
    model.waiting = False
    twin.status.operation.lower_condition(WAITING_FOR_ARM)
    twin.status.operation.raise_condition(SWEEPING)
    model.operation = twin.world.start(model.armed(twin))
    twin.world.catch_up()


def end_run(twin: Keithley6221, *, aborted: bool = False) -> None:
    """Go idle. A run that was ended before its time leaves the output off; any other leaves it at its last level."""
    register, model = twin.status.operation, twin.trigger_model
    twin.source.wave = None
    if aborted:
        twin.source.output, twin.source.level = False, 0.0
    twin.apply()
    register.lower_condition(SWEEPING | WAVE_STARTED | WAITING_FOR_ARM)
    register.event |= SWEEP_ABORTED if aborted else SWEEP_DONE
    register.raise_condition(IDLE)
    if model.mark_when_done:
        model.mark_when_done = False
        twin.mark_complete()
    twin.status.update()


def abort(twin: Keithley6221, *, disarm: bool = False) -> None:
    """End what runs, its output off; forget what was armed, too, which switches the output off where it has ended."""
    model = twin.trigger_model
    if model.running and model.operation is not None:
        twin.world.abort(model.operation)
        end_run(twin, aborted=True)
    elif model.waiting:
        model.waiting = False
        end_run(twin, aborted=True)
    elif disarm and model.armed is not None:
        twin.source.output, twin.source.level = False, 0.0
        twin.apply()
    if disarm:
        model.armed = None


def _layer(keyword: str, path: str, sources: tuple[str, ...], directions: tuple[str, ...]) -> list[Command]:
    """Return what the arm and the trigger layer have in common."""
    head = f":{keyword}[:SEQuence[1]][:LAYer[1]]"
    names: dict[str, Any] = {"ARM": ("arm_source", "arm_in", "arm_out", "arm_direction"),
                             "TRIGger": ("source", "line_in", "line_out", "direction")}  # fmt: skip
    source, line_in, line_out, direction = names[keyword]
    return [
        setting(f"{head}:SOURce", f"{path}.{source}", Choice(sources)),
        setting(f"{head}:ILINe", f"{path}.{line_in}", Integer(1, 6, 1)),
        setting(f"{head}:OLINe", f"{path}.{line_out}", Integer(1, 6, 2)),
        setting(f"{head}:DIRection", f"{path}.{direction}", Choice(directions)),
    ]


_ARM_SOURCES = ("IMMediate", "TIMer", "BUS", "TLINk", "BSTest", "PSTest", "NSTest", "MANual")

COMMANDS = (
    Command(header=":INITiate[:IMMediate]", write=initiate, note="starts what is armed"),
    Command(header=":ABORt", write=abort, note="ends what runs, its output off"),
    *_layer("ARM", "trigger_model", _ARM_SOURCES, ("ACCeptor", "SOURce")),
    setting(":ARM[:SEQuence[1]][:LAYer[1]]:TIMer", "trigger_model.arm_timer", Number(0, 99_999.99, 0.1, "S")),
    *_layer("TRIGger", "trigger_model", ("IMMediate", "TLINk"), ("ACCeptor", "SOURce")),
    setting(":TRIGger[:SEQuence[1]][:LAYer[1]]:OUTPut", "trigger_model.output", Choice(("NONE", "SOURce", "DELay"))),
)
"""INITiate, ABORt, ARM and TRIGger."""
