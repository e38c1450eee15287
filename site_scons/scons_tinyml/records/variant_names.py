"""Names of variants on the command line: `catdetector:width=0.5,size=20`."""

from __future__ import annotations

MARK = ":"
"""Between the name of a model and the values of a variant."""


def split_reference(reference: str) -> tuple[str, str]:
    """Return the name of a model and the text of its variant, '' for the model itself."""
    name, _, text = reference.partition(MARK)
    return name, text


def reference(name: str, text: str) -> str:
    """Return the variant `text` of the model `name` as the command line has it."""
    return f"{name}{MARK}{text}" if text else name


def shown_variant(text: str) -> str:
    """Return the variant `text` as sentences name it."""
    return text or "the model itself"
