"""Place of the result of `scons explore`, and what variants are made of. The SConstruct imports this: it is light."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from scons_tinyml.records.input_file import read_input_text
from scons_tinyml.records.input_limits import SOURCE_BYTES

PLACE = "explore"
"""Folder of explorations in that of all results: a folder for each model."""
RESULT = "explore.json"
_JUDGING = ("budgets", "comparison", "description")
"""Tables and keys of model.toml that judge a build, or describe it, and do not change it."""


def made_of(model: Path) -> str:
    """Return the digest of what variants are made of: the file `model`, without budgets, and Python code beside it.

    Raises InputError for a file that cannot be read.
    """
    from scons_tinyml.records.toml_file import read_table  # imports pydantic

    described = read_table(model)
    parts = [repr(sorted((key, value) for key, value in described.items() if key not in _JUDGING))]
    for path in sorted(model.parent.rglob("*.py")):
        parts += [path.relative_to(model.parent).as_posix(), read_input_text(path, SOURCE_BYTES)]
    return sha256("\0".join(parts).encode()).hexdigest()
