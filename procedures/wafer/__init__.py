"""Wafers as a procedure: recipes, routes, what sorts devices, the run above the runs of all sites."""
