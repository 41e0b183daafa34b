"""What is believed of a rival of the s-MTJ: the defaults of its model, and what somebody knows better of his device."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.synapses.memristor import Memristor

from .errors import ParameterError

Rival = Memristor | DomainWall

DEFAULTS: dict[str, Rival] = {"memristor": Memristor(levels=31, decay=9.3), "domain-wall": DomainWall(states=17)}
"""Published defaults and stated assumptions, not fitted to anything; the packaged benches have the same."""


def rival_of(device: str, text: str) -> Rival:
    """Return what is believed of a device, fields of its model as `levels=20 decay=12`, in SI units, told in a text.

    Raises ParameterError where a field is not known or its value cannot be.
    """
    rival = DEFAULTS[device]
    known = [one.name for one in fields(rival)]
    told: dict[str, Any] = {}
    for word in text.replace(",", " ").split():
        name, equals, value = word.partition("=")
        if name not in known or not equals:
            raise ParameterError(
                f"`believed` must be of {', '.join(known)}, as in `{_example(rival)}`, but has {word!r}."
            )
        told[name] = _number(name, value, whole=isinstance(getattr(rival, name), int))
    try:
        return replace(rival, **told)
    except ModelError as error:
        raise ParameterError(f"What is `believed` of a {device} cannot be: {error}") from error


def updates_across(rival: Rival) -> int:
    """Return the updates from the least conductance to the greatest; of a smooth track as many as from grooves."""
    if isinstance(rival, Memristor):
        return rival.levels
    states = rival.states or DomainWall().states
    assert states is not None
    return states - 1


def _number(name: str, text: str, *, whole: bool) -> float | int:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value) or (whole and not value.is_integer()):
        raise ParameterError(f"`{name}` of `believed` must be a {'whole ' * whole}number, but is {text!r}.")
    return int(value) if whole else value


def _example(rival: Rival) -> str:
    name = next(one.name for one in fields(rival) if isinstance(getattr(rival, one.name), int))
    return f"{name}={getattr(rival, name)}"
