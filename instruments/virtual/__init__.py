"""Instruments imitated on the wire, and the simulated world behind them."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
