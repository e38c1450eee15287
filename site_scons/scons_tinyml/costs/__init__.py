"""Measured cycles and proofs, kept in SQLite; what is in the database is not measured again."""
