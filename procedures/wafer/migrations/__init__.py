"""Changes of the schema of results, in their order; Alembic carries them out."""
