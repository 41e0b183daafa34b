"""What else solves the same equation: one file for each peer, imported in its own worker only."""
