"""What data say of a junction: fits, extractions, budgets, tests. Floats and arrays in, estimates out."""
