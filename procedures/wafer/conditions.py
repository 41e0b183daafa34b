"""Conditions of a recipe: `tmr > 50 % and not 1 kohm < r_p < 3 kohm`. Comparisons of figures with quantities.

    condition  = term { "or" term }
    term       = factor { "and" factor }
    factor     = "not" factor | "(" condition ")" | comparison
    comparison = figure sign quantity | quantity sign figure [ sign quantity ]
    sign       = "<" | "<=" | ">" | ">="

A figure that a device does not have makes its comparison neither true nor false: `not` leaves it so, `and` and `or`
decide without it where the other side does (Kleene's logic). Nothing of a condition is evaluated as Python.
"""

from __future__ import annotations

import itertools
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from smtjlab.instruments.errors import QuantityError
from smtjlab.instruments.quantity import parse_quantity

from .errors import RecipeError
from .figures import FIGURES, SHORT, figure_named

Figures = Mapping[str, float | None]
"""Value of each figure in its unit; None, or no entry, where it is not known."""
Verdict = bool | None
"""None where the figures do not tell."""

SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
SUCH_AS = "A condition must be such as `tmr > 50 % and r_p < 3 kohm`"
WORDS = ("and", "or", "not")
DEEPEST = 20
"""Brackets and `not` within each other."""
LONGEST = 1000
"""Characters of a condition."""
MOST_REGIONS = 10_000
"""Combinations of figures that are tried for whether a condition can hold."""
_UNIT = r"(?:(?!(?:and|or|not)\b)[A-Za-zµμΩ°%][A-Za-zµμΩ°%/^*·²0-9-]*)"
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{{1,3}})?(?:\s*{_UNIT}(?:\s+{_UNIT})*)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign><=|>=|<|>)|(?P<bracket>[()]))"
)


@dataclass(frozen=True)
class Condition:
    """A condition as somebody wrote it. Raises RecipeError, in one sentence, where it cannot be read."""

    text: str
    _test: Callable[[Figures], Verdict] = field(init=False, repr=False, compare=False)
    names: frozenset[str] = field(init=False, repr=False, compare=False)
    """Figures that it asks for."""

    def __post_init__(self) -> None:
        parser = _Parser(self.text)
        object.__setattr__(self, "_test", parser.condition())
        object.__setattr__(self, "names", frozenset(parser.values))
        if not self._can_hold(parser.values):
            raise RecipeError(f"A condition must be one that can hold, but `{self.text}` never does.")

    def _can_hold(self, values: Mapping[str, set[float]]) -> bool:
        """Return whether figures could be such that it holds: at, between and beyond the values of its comparisons."""
        regions = [[(name, one) for one in _regions(values[name])] for name in values]
        if math.prod(map(len, regions)) > MOST_REGIONS:
            return True  # nobody looks at so many
        return any(self._test(dict(figures)) for figures in itertools.product(*regions))

    def holds(self, figures: Figures) -> Verdict:
        """Return whether it holds; None where the figures do not tell."""
        return self._test(figures)


class _Parser:
    """One condition on its way to a function."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise RecipeError(f"A condition must have at most {LONGEST} characters, but has {len(text)}.")
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0
        self.values: dict[str, set[float]] = {}
        """What each figure is compared with."""

    def condition(self) -> Callable[[Figures], Verdict]:
        """Return the whole condition."""
        found = self._or()
        if self._next < len(self._tokens):
            self._fail(f"{self._tokens[self._next][1]!r} is left over")
        return found

    def _or(self) -> Callable[[Figures], Verdict]:
        terms = [self._and()]
        while self._takes("or"):
            terms.append(self._and())
        return terms[0] if len(terms) == 1 else lambda figures: _any([term(figures) for term in terms])

    def _and(self) -> Callable[[Figures], Verdict]:
        factors = [self._factor()]
        while self._takes("and"):
            factors.append(self._factor())
        if len(factors) == 1:
            return factors[0]
        return lambda figures: _not(_any([_not(factor(figures)) for factor in factors]))

    def _factor(self) -> Callable[[Figures], Verdict]:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"it is nested more than {DEEPEST} deep")
        found = self._whole_factor()
        self._depth -= 1
        return found

    def _whole_factor(self) -> Callable[[Figures], Verdict]:
        if self._takes("not"):
            inner = self._factor()
            return lambda figures: _not(inner(figures))
        if self._takes("("):
            found = self._or()
            if not self._takes(")"):
                self._fail("a bracket is not closed")
            return found
        return self._comparison()

    def _comparison(self) -> Callable[[Figures], Verdict]:
        first = self._take("number", "word")
        sign = self._take("sign")
        second = self._take("word" if first[0] == "number" else "number")
        name = self._figure(first[1] if first[0] == "word" else second[1])
        if first[0] == "word":
            return _compare(name, sign[1], self._value(name, second[1]))
        low = _compare(name, _TURNED[sign[1]], self._value(name, first[1]))
        if not self._has("sign"):
            return low
        high = _compare(name, self._take("sign")[1], self._value(name, self._take("number")[1]))
        return lambda figures: _not(_any([_not(low(figures)), _not(high(figures))]))

    def _figure(self, word: str) -> str:
        found = figure_named(word)
        if found is None:
            known = [*FIGURES, *SHORT]
            near = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
            self._fail(f"{word!r} is no figure, {f'such as {near[0]!r}' if near else 'which are ' + ', '.join(known)}")
        self.values.setdefault(found, set())
        return found

    def _value(self, name: str, text: str) -> float:
        try:
            found = parse_quantity(text, FIGURES[name].unit)
        except QuantityError as problem:
            self._fail(f"{name!r} is in {FIGURES[name].unit or 'plain numbers'}, and {str(problem).removesuffix('.')}")
        self.values[name].add(found)
        return found

    def _has(self, *kinds: str) -> bool:
        return self._next < len(self._tokens) and self._tokens[self._next][0] in kinds

    def _take(self, *kinds: str) -> tuple[str, str]:
        if not self._has(*kinds):
            at = self._tokens[self._next][1] if self._next < len(self._tokens) else "its end"
            wanted = {"number": "a quantity", "word": "a figure", "sign": "<, <=, > or >="}
            self._fail(f"{' or '.join(wanted[kind] for kind in kinds)} must stand where {at!r} stands")
        self._next += 1
        return self._tokens[self._next - 1]

    def _takes(self, word: str) -> bool:
        found = self._next < len(self._tokens) and self._tokens[self._next] in (("key", word), ("bracket", word))
        self._next += found
        return found

    def _fail(self, why: str) -> NoReturn:
        raise RecipeError(f"{SUCH_AS}, but in `{self._text}` {why}.")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of every token. Raises RecipeError at a character that begins none."""
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if found is None:
            raise RecipeError(f"{SUCH_AS}, but `{text}` has {text[place:].strip()[0]!r}.")
        kind, word = next((kind, word) for kind, word in found.groupdict().items() if word is not None)
        yield ("key", word) if word in WORDS else (kind, word)
        place = found.end()


_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _compare(name: str, sign: str, value: float) -> Callable[[Figures], Verdict]:
    compare = SIGNS[sign]

    def holds(figures: Figures) -> Verdict:
        found = figures.get(name)
        return None if found is None else compare(found, value)

    return holds


def _regions(values: set[float]) -> list[float]:
    """Return a value in each region that some values cut the line into, and the values themselves."""
    ordered = sorted(values)
    between = [(low + high) / 2 for low, high in itertools.pairwise(ordered)]
    reach = 1 + max(map(abs, ordered))
    return [ordered[0] - reach, *ordered, *between, ordered[-1] + reach]


def _any(verdicts: list[Verdict]) -> Verdict:
    """Return whether one of them is true; None where none is and one is not known."""
    return True if True in verdicts else None if None in verdicts else False


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict
