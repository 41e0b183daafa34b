"""What the command `smtjlab` tells a shell."""

from __future__ import annotations

WORLD_FAULT = 1
"""When the world did not do its part: an instrument, a disk, a run that failed."""
MISTAKE = 2
"""When what was asked for cannot be done as asked; nothing has moved."""
INTERRUPTED = 130
"""After Ctrl+C, as shells have it (128 + SIGINT)."""
