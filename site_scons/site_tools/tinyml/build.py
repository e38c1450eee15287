"""What a command line asks for, resolved: the input of all nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .kernels import DeclaredSet


@dataclass(frozen=True)
class Build:
    """One model on one board, every option resolved and checked."""

    board: Any
    board_file: Path
    model: Any
    model_file: Path | None
    source: Path | None
    mode: str
    limits: Mapping[str, str]
    sets: tuple[str, ...]
    kernel_sets: tuple[DeclaredSet, ...]
    overrides: Mapping[str, str]
