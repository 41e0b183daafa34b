"""Sets the clock of this process back by an hour from the moment at which a marked file exists.

Python imports it at its start where its folder is on PYTHONPATH.
"""

import os
import time

_now, _mark = time.time, os.environ.get("SMTJLAB_CLOCK_MARK", "")


def _set_back() -> float:
    return _now() - (3600.0 if os.path.exists(_mark) else 0.0)


if _mark:
    time.time = _set_back
