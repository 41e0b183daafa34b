"""Physics of the straintronic junction: floats and arrays in, floats and arrays out. Knows no instrument.

Names are imported when they are first used. Functions that bear the name of their file (`predict`, `boltzmann`,
`linear_window`) are imported from it, `from smtjlab.simulation.predict import predict`: here the file has the name.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
