"""The tables of the first migration, by area; later migrations only add."""
