"""Circuits with straintronic junctions: nodal analysis, small signals, noise, crossbars. Knows no instrument."""
