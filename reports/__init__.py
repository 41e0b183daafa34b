"""Journals in, pages, tables and files out.

Functions that bear the name of their file (`export`, `page`) are imported from it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
