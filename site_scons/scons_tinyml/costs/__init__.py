"""Measured cycles and proofs in SQLite. Builds measure only what the database lacks."""
