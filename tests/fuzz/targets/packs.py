"""Packs of measurements, and seeds. Checksums are made right again, so that what they cover is read too."""

import json
import re
from hashlib import sha256

from fuzz.files import in_file
from scons_tinyml.costs.packs.files import pack_text, read_loose, read_pack
from scons_tinyml.records.errors import TinymlError
from support.cost_rows import ROW

TOKENS = (
    b"null",
    b"true",
    b"1.0",
    b"-1",
    b"1e400",
    b'"\\ud800"',
    b"18446744073709551616",
    b'"attributes":{',
    b"[" * 99,
)
_CHECKSUM = re.compile(rb'"checksum":"[^"]*",')


def seeds() -> list[bytes]:
    return [pack_text([ROW], "mine", ROW.measured_at).encode()]


def execute(data: bytes) -> None:
    for content in (data, _mended(data)):
        for read in (read_pack, read_loose):
            try:
                read(in_file(content, "pack.jsonl"))
            except TinymlError:
                continue


def _mended(data: bytes) -> bytes:
    header, _, rows = data.partition(b"\n")
    rows = b"".join(_with_checksum(line) + b"\n" for line in rows.split(b"\n") if line)
    try:
        values = json.loads(header)
        values["digest"] = sha256(rows).hexdigest()
        header = json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError):
        pass
    return header + b"\n" + rows


def _with_checksum(line: bytes) -> bytes:
    plain = _CHECKSUM.sub(b"", line, count=1)
    return _CHECKSUM.sub(b'"checksum":"%b",' % sha256(plain).hexdigest().encode(), line, count=1)
