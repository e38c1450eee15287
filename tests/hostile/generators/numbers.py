"""Numbers that somebody made up: dates, signatures, tolerances, and names of what may be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from scons_tinyml.costs.key import canonical_json
from scons_tinyml.costs.packs.files import pack_text
from scons_tinyml.costs.packs.signing import read_key, write_key
from support.cost_rows import ROW
from support.hostile import Hostile

NOW = "2026-01-02T03:04:05+00:00"
IMPORT = ("tinyml", "costs", "import", "team.jsonl")
BUILD = ("scons", "target=acme", "model=mine")
KERNEL = """\
operator = "{operator}"
type = "float32"
function = "mine"
description = "mine"
sources = ["mine.c"]
max_ulps = {max_ulps}
"""


def pack_with_row(**changes: object) -> Callable[[Path], None]:
    """A pack of one row with other values, whose digests and checksums are right."""

    def write(project: Path) -> None:
        header, line = pack_text([ROW], "team", NOW).splitlines()
        values = {name: value for name, value in json.loads(line).items() if name != "checksum"} | changes
        row = canonical_json({**values, "checksum": sha256(canonical_json(values).encode()).hexdigest()})
        head = json.loads(header) | {"digest": sha256(f"{row}\n".encode()).hexdigest()}
        (project / "team.jsonl").write_text(f"{canonical_json(head)}\n{row}\n")

    return write


def signed_pack(**changes: object) -> Callable[[Path], None]:
    """A signed pack with other values in its header."""

    def write(project: Path) -> None:
        write_key(project / "key.pem")
        header, line = pack_text([ROW], "team", NOW, read_key(project / "key.pem")).splitlines()
        (project / "team.jsonl").write_text(f"{canonical_json(json.loads(header) | changes)}\n{line}\n")

    return write


def kernel(operator: str, max_ulps: str) -> Callable[[Path], None]:
    """A kernel set of one kernel with a tolerance."""

    def write(project: Path) -> None:
        folder = project / "kernels" / "mine"
        folder.mkdir(parents=True)
        (folder / "set.toml").write_text('description = "mine"\noptimize = "-O2"\n')
        (folder / "mine.c").write_text("")
        (folder / "mine.toml").write_text(KERNEL.format(operator=operator, max_ulps=max_ulps))

    return write


def junk_key(project: Path) -> None:
    (project / "key.pem").write_bytes(b"\x1b[2J" * 1000)


def nothing(_: Path) -> None:
    """Leave the project as it is: the command line is hostile."""


CASES = [
    Hostile(
        "a row from the future",
        pack_with_row(measured_at="9999-12-31T23:59:59+00:00"),
        IMPORT,
        says='team.jsonl:2: measured_at: found "9999-12-31T23:59:59+00:00", expected ',
    ),
    Hostile(
        "a row of the 31st of February",
        pack_with_row(measured_at="2025-02-31T00:00:00+00:00"),
        IMPORT,
        says='team.jsonl:2: measured_at: found "2025-02-31T00:00:00+00:00", expected a day of the calendar',
    ),
    Hostile(
        "a row of before there were any",
        pack_with_row(measured_at="1970-01-01T00:00:00+00:00"),
        IMPORT,
        says='team.jsonl:2: measured_at: found "1970-01-01T00:00:00+00:00", expected 2020 or later',
    ),
    Hostile(
        "a pack from the future",
        signed_pack(created="9999-01-01T00:00:00+00:00"),
        IMPORT,
        says='team.jsonl:1: created: found "9999-01-01T00:00:00+00:00", expected ',
    ),
    Hostile(
        "a signature of another key",
        signed_pack(signer=f"ed25519:{'1' * 64}"),
        IMPORT,
        says=f"team.jsonl:1: signature: is not a signature of this header by ed25519:{'1' * 64}",
    ),
    Hostile(
        "a key that is no point of the curve",
        signed_pack(signer=f"ed25519:{'f' * 64}"),
        IMPORT,
        says="team.jsonl:1: signature: is not a signature of this header by ed25519:",
    ),
    Hostile(
        "a name of another pack under a signature",
        signed_pack(name="vendor"),
        IMPORT,
        says="team.jsonl:1: signature: is not a signature of this header by ed25519:",
    ),
    Hostile(
        "escape codes in place of a key",
        junk_key,
        ("tinyml", "costs", "export", "--sign", "key.pem", "out.jsonl"),
        says="key.pem: is not a private key in PEM",
    ),
    Hostile(
        "garbage within a tolerance",
        kernel("CONV_2D", "9999999999"),
        BUILD,
        says="kernels/mine/mine.toml: max_ulps: found 9999999999 ulps, the limit for CONV_2D of float32 is 256 ulps",
    ),
    Hostile(
        "a tolerance where every bit is defined",
        kernel("ADD", "1"),
        BUILD,
        says="kernels/mine/mine.toml: max_ulps: found 1 ulps, the limit for ADD of float32 is 0 ulps",
    ),
    Hostile(
        "trust in everything",
        nothing,
        (*BUILD, "trust=*"),
        says="command line: trust: '*' is no pack and no key",
    ),
    Hostile(
        "escape codes as trust",
        nothing,
        (*BUILD, "trust=sha256:\x1b[2J"),
        says="command line: trust: 'sha256:\\x1b[2J' is no pack and no key",
    ),
]
