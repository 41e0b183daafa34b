"""Junctions of a wafer, thousands at a time: how a process lets them differ, and what is expected of all of them."""
