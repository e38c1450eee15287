"""Measurements as text: packs that teams exchange, and loose rows that git can merge."""
