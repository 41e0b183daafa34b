"""Mistakes that a user of the simulation can make: one sentence each, before anything is computed."""

from __future__ import annotations


class SimulationMistake(ValueError):
    """Something asked of the simulation cannot be; the message says what must be, what is, and where."""


class JunctionError(SimulationMistake):
    """A junction or a belief about one has an impossible, missing or unknown parameter."""


class ModelError(SimulationMistake):
    """A model cannot answer what it was asked: unknown name, impossible junction, step or stimulus."""


class TomlError(SimulationMistake):
    """A TOML file cannot be read or holds what it must not; the message names file and line."""


class StepSizeWarning(UserWarning):
    """The time step of the integrator is stable, but biases thermal averages by more than 1 %."""


class Cancelled(Exception):
    """Somebody asked a calculation to stop before its end."""
