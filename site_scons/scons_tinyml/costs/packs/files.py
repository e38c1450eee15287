"""Packs as files: a header, then the rows.

    {"created":"...","digest":"<SHA-256>","format":"tinyml-costs","format_version":3,"name":"...","rows":2,...}
    {"attributes":{...},"board":"stm32l4",...,"checksum":"...","cycles":1234,...}
    ...

Nothing in a pack is executed, and nothing in it is ever used as a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from scons_tinyml.costs.dates import latest
from scons_tinyml.costs.key import canonical_json
from scons_tinyml.costs.packs.lines import checked, refuse_date, row_from_line, row_to_line
from scons_tinyml.costs.packs.problems import LineProblem
from scons_tinyml.costs.packs.signing import SigningKey, holds
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import open_input
from scons_tinyml.records.input_limits import PACK_LINE_BYTES, PACK_ROWS
from scons_tinyml.resources import version

FORMAT = "tinyml-costs"
FORMAT_VERSION = 3
READ_VERSIONS = (2, 3)
"""Versions that are read; packs of version 2 cannot be signed."""
_SHOWN_DIGEST = 12


@dataclass(frozen=True)
class Header:
    """The first line of a pack."""

    name: str
    created: str
    tool_version: str
    rows: int
    digest: str
    """SHA-256 of all bytes after the first line."""
    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    signer: str = ""
    """Public key of the signature; empty for an unsigned pack."""
    signature: str = ""
    """Signature of the header without it, in hexadecimal digits."""

    @property
    def text(self) -> str:
        """Header as canonical JSON; an unsigned one has no keys for a signature."""
        values = asdict(self)
        for name in ("signer", "signature"):
            if not values[name]:
                del values[name]
        return canonical_json(values)

    @property
    def signed_text(self) -> bytes:
        """Text that the signature is of."""
        return replace(self, signature="").text.encode("ascii")


@dataclass(frozen=True)
class Pack:
    """A pack that was read, with its rows by their digests in rising order."""

    header: Header
    rows: tuple[CostRow, ...]

    @property
    def attributed(self) -> tuple[CostRow, ...]:
        """Rows with the pack that they came with, as the database keeps them."""
        name, digest, signer = self.header.name, self.header.digest, self.header.signer
        return tuple(replace(row, pack_name=name, pack_digest=digest, signer=signer) for row in self.rows)


def pack_text(rows: Iterable[CostRow], name: str, created: str, key: SigningKey | None = None) -> str:
    """Return the text of a pack with `rows`, whose keys must differ, signed with `key`.

    Raises InputError for an invalid `name`.
    """
    lines = loose_text(rows)
    count, digest = lines.count("\n"), sha256(lines.encode("ascii")).hexdigest()
    header = Header(name=name, created=created, tool_version=version(), rows=count, digest=digest)
    if key is not None:
        header = replace(header, signer=key.signer)
        header = replace(header, signature=key.sign(header.signed_text))
    try:
        checked(header.text.encode("ascii"), "header")
    except LineProblem as problem:
        raise InputError(problem.problem, where="header of the pack", key=problem.key) from None
    return f"{header.text}\n{lines}"


def loose_text(rows: Iterable[CostRow]) -> str:
    """Return the lines of `rows` without a header, which git can merge."""
    return "".join(f"{row_to_line(row)}\n" for row in sorted(rows, key=lambda row: row.key.digest))


def read_pack(path: Path) -> Pack:
    """Return the pack in `path`. Raises InputError with file, line and key for one that is not complete and valid.

    A signature is checked, and says nothing about whose key it is.
    Rows that the maker of the pack measured get the pack as their origin; the others keep theirs.
    """
    lines = _lines(path)
    number, line = next(lines, (1, b""))
    header = _header(path, number, line)
    origin = f"pack {header.name} {header.digest[:_SHOWN_DIGEST]}"
    last = latest()
    rows: list[CostRow] = []
    digest = sha256()
    for number, line in lines:
        digest.update(line + b"\n")
        rows.append(_row(path, number, line, origin, last))
        _refuse_disorder(path, number, rows)
    if len(rows) != header.rows:
        raise _problem(path, 1, LineProblem(f"found {len(rows)} rows, expected {header.rows}", "rows"))
    if digest.hexdigest() != header.digest:
        problem = (
            f"found {header.digest}, expected {digest.hexdigest()}: lines were changed, added or left out"
        )
        raise _problem(path, 1, LineProblem(problem, "digest"))
    return Pack(header, tuple(rows))


def read_loose(path: Path) -> tuple[CostRow, ...]:
    """Return the rows in `path`, a file without a header. Raises InputError with file, line and key."""
    last = latest()
    return tuple(_row(path, number, line, f"seeds {path.stem}", last) for number, line in _lines(path))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield lines with their numbers. Raises InputError for one that is not ASCII, has no newline or is too long."""
    try:
        with open_input(path) as stream:
            number = 0
            while data := stream.readline(PACK_LINE_BYTES):
                number += 1
                if number > PACK_ROWS + 1:  # and the header
                    raise _problem(
                        path, number, LineProblem(f"found more than {PACK_ROWS:,} rows, the limit")
                    )
                yield number, _without_newline(path, number, data)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None


def _without_newline(path: Path, number: int, data: bytes) -> bytes:
    if not data.endswith(b"\n"):
        long = len(data) == PACK_LINE_BYTES
        found = f"a line of {PACK_LINE_BYTES} bytes or more" if long else "the end of the file in a line"
        raise _problem(path, number, LineProblem(f"found {found}, expected a row and a newline"))
    if not data.isascii():
        column, byte = next((column, byte) for column, byte in enumerate(data, 1) if byte > 0x7F)
        problem = f"found the byte {byte:#04x} at column {column}, expected ASCII"
        raise _problem(path, number, LineProblem(problem))
    return data[:-1]


def _header(path: Path, number: int, line: bytes) -> Header:
    try:
        header = Header(**checked(line, "header"))
        _check_version(header)
        refuse_date("created", header.created)
        _check_signature(header)
        if header.rows > PACK_ROWS:
            raise LineProblem(f"found {header.rows:,}, the limit is {PACK_ROWS:,}", "rows")
    except LineProblem as problem:
        raise _problem(path, number, problem) from None
    return header


def _check_version(header: Header) -> None:
    if header.format_version not in READ_VERSIONS:
        known = " and ".join(map(str, READ_VERSIONS))
        problem = f"found {header.format_version}, this version of scons-tinyml reads {known}"
        raise LineProblem(problem, "format_version")


def _check_signature(header: Header) -> None:
    """Raise LineProblem for half a signature, or one that is not of this header by its signer."""
    given = [name for name in ("signer", "signature") if getattr(header, name)]
    if not given:
        return
    if header.format_version < FORMAT_VERSION:
        problem = f"found a signature, expected none in a pack of version {header.format_version}"
        raise LineProblem(problem, given[0])
    if len(given) == 1:
        missing = "signature" if given == ["signer"] else "signer"
        raise LineProblem(f"is missing beside '{given[0]}'", missing)
    if not holds(header.signer, header.signature, header.signed_text):
        problem = f"is not a signature of this header by {header.signer}: either was changed"
        raise LineProblem(problem, "signature")


def _row(path: Path, number: int, line: bytes, origin: str, last: str) -> CostRow:
    try:
        return row_from_line(line, origin, last)
    except LineProblem as problem:
        raise _problem(path, number, problem) from None


def _refuse_disorder(path: Path, number: int, rows: list[CostRow]) -> None:
    if len(rows) > 1 and rows[-1].key.digest <= rows[-2].key.digest:
        found, before = rows[-1].key.digest, rows[-2].key.digest
        problem = f"found {found} after {before}, expected rising order without repetition"
        raise _problem(path, number, LineProblem(problem, "digest"))


def _problem(path: Path, number: int, problem: LineProblem) -> InputError:
    return InputError(problem.problem, where=f"{path}:{number}", key=problem.key or None)
