"""What people read of a build: tables, one-line summaries, findings."""
