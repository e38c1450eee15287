"""Model of a network: its model.toml, or nothing where only a file was given."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.model import Model, read_model

COMMAND_LINE = Path("command line")
"""Where paths come from that no model.toml has, for messages."""


def described(file: Path | None) -> Model:
    """Return the model in `file`, a model.toml; a given classifier where there is none. Raises RecordError."""
    return read_model(file) if file is not None else Model(name="given", source="given.tflite")
