"""Kinds of text in records that people write.

Each key with text has one of them, or a pattern, or an expression, which its validator parses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from scons_tinyml.records.expression import Expression
from scons_tinyml.records.paths import inner_folder, inner_path, relative_path


@dataclass(frozen=True)
class Unrestricted:
    """Marks a text that may have any character. It names nothing, and each language that it goes into escapes it."""


def _expression(text: str) -> str:
    Expression(text)
    return text


Prose = Annotated[str, Unrestricted()]
"""Text for people, such as a description, or text that is only compared, such as the name of an output."""
ExpressionText = Annotated[str, AfterValidator(_expression)]
"""Expression over the attributes of a layer; its value is a number, 0 for false."""
ProjectPath = Annotated[str, AfterValidator(relative_path)]
"""Path relative to the folder of the file that names it; '..' may lead to another folder of the project."""
InnerPath = Annotated[str, AfterValidator(inner_path)]
"""Path of a file or folder below the folder that the key is about."""
InnerFolder = Annotated[str, AfterValidator(inner_folder)]
"""Path of a folder below the one that the key is about, or '.' for that one."""
