"""The window: models that know no Qt, views that decide nothing, and no right to touch an instrument.

It reads journals and sends commands to the engine. Closing or killing it never stops a run.
"""
