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


@pytest.fixture
def said_beside_waiting() -> Callable[[str], list[str]]:
    """Return the lines of an output, without the one that comes where a busy machine lets a run wait for its turn."""
    return lambda text: [line for line in text.splitlines() if "has not begun yet" not in line]
