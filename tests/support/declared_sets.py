"""Declarations of a kernel set whose sources come from elsewhere, for tests of their revisions."""

from __future__ import annotations

EXTERNAL = f"""\
optimize = "-O2"

[external]
distribution = "theirs"
version = "1.0"
sha256 = "{"0" * 64}"
subfolder = "."
licence = "MIT"
override_option = "THEIRS_ROOT"
"""
"""End of a set that says nothing about revisions; its description comes first."""

RELU = """\
operator = "RELU"
type = "int8"
function = "theirs_relu"
description = "Theirs"
sources = ["relu.c"]
external_sources = ["src/relu.c"]
"""


def revisions(pinned: str) -> str:
    """Return the tables of a set for revisions 1 to 3 of its sources, of which the wheel has `pinned`."""
    return f"""
[external.revisions]
header = "inc/theirs.h"
pinned = "{pinned}"
since = "1"
before = "4"
releases = "1.0 to 3.2"

[[switches]]
define = "THEIRS_FAST"
cores = ["cortex-m4"]
since = "3"
"""
