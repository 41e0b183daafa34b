"""What the models promise, as TOML files."""
