"""What lies on a prober's chuck: a wafer with its dies, reticle, sub-sites and devices, and the maps that name them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
