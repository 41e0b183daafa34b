"""Packaged recipes, as TOML files."""
