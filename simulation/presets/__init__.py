"""Packaged junctions as TOML files."""
