"""From values to markup: the templates of this room, symbols set as such, and what needs no escaping any more."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

_SYMBOL = re.compile(r"(?<!\w)([Δd]?[A-Za-zΔσφτκδναλΓ])_([A-Za-z]+\d?|\d)(?!\w)")
_UNBROKEN = re.compile(
    r"(?<=[\d⁰¹²³⁴⁵⁶⁷⁸⁹×)]) (?=×|10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]|(?:[afpnµmkMG]?(?:V|S|s|J|A|Ω|T|Hz)|kT|%|σ|bits)(?!\w))|(?<=±) | (?=±)"
    r"|(?<=\bp) (?==|&lt;)|(?:(?<=\bp =)|(?<=\bp &lt;)) (?=\d)"
)
"""The blank between a number and its unit, power of ten or uncertainty, where no line may end."""
_EXPONENT = re.compile(r"(?<![\w./])(?<!\w-)(\d(?:\.\d+)?)e([+-]\d{1,3})(?![\w.]\w|\w)")
_HYPHEN = re.compile(r"(?<![^\s(±])-(?=\d+(?:\.\d+)?(?![\w-]))")
"""The hyphen of a negative number: no letter, digit or stroke before it, and no date or name behind."""
_RAISED = re.compile(r"(?<=\w)\^(-?\d+(?:\.\d+)?)")
_MICRO = re.compile(r"(?<=\d )u(?=[VASTsm](?!\w))")
_LEAST_POWER, _MOST_POWER = -3, 4
"""Powers of ten between which a number is written out."""


@cache
def environment() -> Any:
    """Return the templates of this room: everything of a run is escaped, and a name that is not given is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(symbols=symbols, code=code, capital=lambda text: text[:1].upper() + text[1:])
    return made


def rendered(template: str, context: dict[str, Any]) -> str:
    """Return a page: a template of this room with its values, and the style sheet in it."""
    text: str = environment().get_template(template).render(css=safe(read("page.css")), **context)
    return text


def read(name: str) -> str:
    """Return a file of this room as text."""
    return (resources.files("smtjlab.reports") / name).read_text(encoding="utf-8")


def symbols(text: str) -> Any:
    """Return a text with its symbols set as such: V_th as an italic V with th below; numbers keep their units.

    What the program has written as "-3.5e+03" or "`name`" is set as a page has it.
    """
    marked = _SYMBOL.sub(r"<i>\1</i><sub>\2</sub>", str(code(typeset(str(text)).replace("alpha_H", "α_H"))))
    marked = _RAISED.sub(lambda found: f"<sup>{found[1].replace('-', '−')}</sup>", marked)
    return safe(_UNBROKEN.sub("\u00a0", marked).replace("s-MTJ", '<span class="word">s-MTJ</span>'))


def typeset(text: str) -> str:
    """Return a sentence with its numbers as a page has them: true minus signs and powers of ten, no "1e-300"."""
    return _MICRO.sub("µ", _HYPHEN.sub("−", _EXPONENT.sub(_power, text)))


def _power(found: re.Match[str]) -> str:
    mantissa, power = found[1], int(found[2])
    if _LEAST_POWER <= power <= _MOST_POWER:
        return f"{float(found[0]):.{max(0, len(mantissa.partition('.')[2]) - power)}f}"
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}" if mantissa == "1" else f"{mantissa} × 10{raised}"


def code(text: str) -> Any:
    """Return a text in which what stands between back-quotes is set as code."""
    from markupsafe import escape

    pieces = str(escape(text)).split("`")
    if len(pieces) % 2 == 0:  # one of them stands alone: it is a character like others
        return safe(str(escape(text)))
    marked = [f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces)]
    return safe("".join(marked))


def safe(text: str) -> Any:
    """Mark text of our own making as markup."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own style sheet and figures, and what was escaped before
