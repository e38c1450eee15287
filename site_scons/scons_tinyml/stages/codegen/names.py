"""Names that people choose as C identifiers."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TAKEN = frozenset(
    """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
    stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype
    main startup
    """.split()  # noqa: SIM905 - forty lines otherwise
)
"""Names of C standard headers, which our headers would hide, and of the other sources of an image."""
_OURS = "tinyml"
"""Beginning of the names of our functions, macros and kernels."""
SHARED_ARENA = f"{_OURS}_arena"
"""C name of the arena of networks that share one."""


def c_identifier(text: str) -> str:
    """Return `text` as an identifier of C and C++: 'resnet-8' becomes 'resnet_8', '8bit' becomes 'net_8bit'.

    Names that begin with 'tinyml' are ours: 'tinyml_read' becomes 'net_tinyml_read', which has another input than
    `tinyml_read_input`. The same rule names the generated files: `#include "resnet_8.h"` goes with `resnet_8_invoke()`.
    """
    words = re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_")
    is_free = words and not words[0].isdigit() and words not in _TAKEN and words[:6].lower() != _OURS
    return words if is_free else f"net_{words}".rstrip("_")


def numbered(name: str, count: int) -> tuple[str, ...]:
    """Return the names of `count` things: 'input' alone, or 'input_0', 'input_1'."""
    return (name,) if count == 1 else tuple(f"{name}_{position}" for position in range(count))


def port_names(direction: str, count: int, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Return C names of `count` inputs or outputs: 'input' alone; else from `names`, or numbered.

    'input_audio' and 'input_length'; 'input_0' and 'input_1' when names are missing or the same in C.
    """
    words = [re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_") for name in names]
    if count == 1 or not all(words) or len({name.upper() for name in words}) != count:
        return numbered(direction, count)
    return tuple(f"{direction}_{name}" for name in words)
