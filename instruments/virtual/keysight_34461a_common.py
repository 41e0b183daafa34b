"""Common commands, STATus and error queue of a virtual 34461A, which writes its numbers with their sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .command_tree import ON_OFF, Command, setting
from .keysight_34461a_format import Signed
from .scpi_instrument import COMMON as COMMON_TO_ALL
from .scpi_instrument import SYSTEM
from .status import Register

if TYPE_CHECKING:
    from .keysight_34461a import Keysight34461A

NOT_HERE = (":*LANG",)
SIGNED = (":*ESE", ":*ESR", ":*SRE", ":*STB", ":*TST")
SHARED = (":SYSTem:ERRor[:NEXT]", ":SYSTem:VERSion", ":STATus:PRESet")


def _with_sign(command: Command) -> Command:
    """Return a common command whose answer has a sign."""
    asked: Callable[..., str] | None = command.query
    assert asked is not None

    def signed(twin: Keysight34461A) -> str:
        return f"{int(asked(twin)):+d}"

    return Command(header=command.header, write=command.write, query=signed, takes=command.takes, polls=command.polls)


def _register(keyword: str, name: str) -> tuple[Command, ...]:
    """Return the commands of one SCPI event register."""

    def of(twin: Keysight34461A) -> Register:
        register: Register = getattr(twin.status, name)
        return register

    head, mask = f":STATus:{keyword}", Signed(0, 65535, 0)
    return (
        Command(header=f"{head}[:EVENt]", query=lambda twin: f"{of(twin).take_event():+d}", polls=True),
        Command(header=f"{head}:CONDition", query=lambda twin: f"{of(twin).condition:+d}", polls=True),
        setting(f"{head}:ENABle", f"status.{name}.enable", mask),
    )


COMMON = (
    *(_with_sign(command) if command.header in SIGNED else command
      for command in COMMON_TO_ALL if command.header not in NOT_HERE),
    *(command for command in SYSTEM if command.header in SHARED),
    setting(":*PSC", "power_on_clear", ON_OFF),
    *_register("OPERation", "operation"),
    *_register("QUEStionable", "questionable"),
)  # fmt: skip
