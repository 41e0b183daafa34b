"""What holds for all tests."""

import os

from hypothesis import settings

# On CI every run tries the same cases, so that a red light means a change; at home new ones are found. No deadlines:
# a busy machine is no mistake.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("home", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "home")
