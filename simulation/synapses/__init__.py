"""Synapses: what holds a weight as a conductance, how pulses change it, and how well. Knows no instrument."""
