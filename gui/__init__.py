"""The window. It is not built yet: this room holds its place, and the command line does everything there is to do."""
