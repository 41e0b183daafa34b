"""Wafers of the packaged benches, as TOML files."""
