"""The lines that the board sends, and their content.

    {"trial":3,"layer":1,"kernel":"cmsis_nn/conv_2d_int8","cycles":67813,...,"guard":true} 5c0e19aa

JSON, a space, and the CRC-32 of the JSON in eight hexadecimal digits. Damaged lines are parsed as None.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from scons_tinyml.records.json_text import parse_json

_CRC_DIGITS = 8


@dataclass(frozen=True)
class Banner:
    """The first line of a round: firmware, image and board."""

    protocol: int
    firmware: str
    image: str
    board: str
    clock_hz: int
    trials: int
    round: int


@dataclass(frozen=True)
class ClockReading:
    """Value of the cycle counter just before this line was sent."""

    cycles: int


@dataclass(frozen=True)
class Measured:
    """Result of one trial. Cycles are 0 when the counter did not move."""

    trial: int
    layer: int
    kernel: str
    cycles: int
    compared_bytes: int
    differing_bytes: int
    max_ulps: int
    guard: bool
    """True when the bytes behind the scratch are unchanged."""


@dataclass(frozen=True)
class RoundEnd:
    """End of a round: all trials of the image were sent once."""

    trials: int
    round: int


@dataclass(frozen=True)
class Unknown:
    """A complete line of another firmware, or of another version of this one."""

    text: str


Message = Banner | ClockReading | Measured | RoundEnd | Unknown


def parse_line(line: bytes) -> Message | None:
    """Parse `line`, without its line break; None when it was damaged, or is not a line of this kind."""
    text, _, digits = line.rpartition(b" ")
    if len(digits) != _CRC_DIGITS or digits != f"{crc32(text):08x}".encode():
        return None
    try:
        content = parse_json(text)
    except ValueError:
        return Unknown(text.decode("ascii", "replace"))
    return _message(content) or Unknown(text.decode("ascii", "replace"))


def format_line(content: dict[str, Any]) -> bytes:
    """Return the line for `content`, with its line break; the inverse of `parse_line`, for tests."""
    text = json.dumps(content, separators=(",", ":")).encode()
    return text + f" {crc32(text):08x}\r\n".encode()


def _message(content: Any) -> Message | None:
    if not isinstance(content, dict):
        return None
    try:
        if "tinyml_bench" in content:
            return Banner(
                protocol=int(content["tinyml_bench"]),
                firmware=str(content.get("firmware", "")),
                image=str(content.get("image", "")),
                board=str(content.get("board", "")),
                clock_hz=int(content.get("clock_hz", 0)),
                trials=int(content.get("trials", 0)),
                round=int(content.get("round", 0)),
            )
        if "clock" in content:
            return ClockReading(int(content["clock"]))
        if "end" in content:
            return RoundEnd(int(content["end"]), int(content["round"]))
        if "trial" in content:
            return Measured(**content)
    except (KeyError, TypeError, ValueError):
        pass
    return None
