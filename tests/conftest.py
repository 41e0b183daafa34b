"""What holds for all tests."""

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

# On CI every run tries the same cases, so that a red light means a change; at home new ones are found. No deadlines:
# a busy machine is no mistake.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("home", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "home")

# Windows of tests are drawn where nobody sees them.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Where no `abs` is given, `approx` lets 1e-12 pass: beside that one attojoule is as good as another. Here it lets
# nothing pass but what `rel` does; what ought to be zero says how nearly. tests/test_house.py looks whether this holds.
type(pytest.approx(1.0)).DEFAULT_ABSOLUTE_TOLERANCE = 0.0  # type: ignore[attr-defined]


@pytest.fixture
def said_beside_waiting() -> Callable[[str], list[str]]:
    """Return the lines of an output, without the one that comes where a busy machine lets a run wait for its turn."""
    return lambda text: [line for line in text.splitlines() if "has not begun yet" not in line]
