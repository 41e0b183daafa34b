"""PyVISA backend of the virtual bench, in process: `pyvisa.ResourceManager("@smtj")` or `("bench.toml@smtj")`.

Instruments are reached as `TCPIP::<name>::INSTR` with the semantics of a bus: END, status byte, clear, trigger, lock.
"""

from .library import SmtjVisaLibrary

WRAPPER_CLASS = SmtjVisaLibrary
"""What PyVISA looks for."""

__all__ = ["WRAPPER_CLASS", "SmtjVisaLibrary"]
