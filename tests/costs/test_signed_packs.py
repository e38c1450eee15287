"""Packs with a signature: whose key has signed is kept with the rows, and nothing signed can be changed."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from scons_tinyml.cli.main import main
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.key import canonical_json
from scons_tinyml.costs.packs.files import pack_text, read_pack
from scons_tinyml.costs.packs.intake import take_in
from scons_tinyml.costs.packs.signing import read_key, write_key
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import InputError
from support.cost_rows import KEY, ROW

NOW = "2026-01-02T03:04:05+00:00"
ON_BOARD = replace(
    ROW, key=replace(KEY, evidence="hardware", timing_version="bench-1"), instructions=None, cycles=1010
)


def write(folder: Path, name: str, *rows: CostRow, key: Path | None = None) -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text(pack_text(rows, name, NOW, read_key(key) if key else None))
    return path


def changed(path: Path, **values: object) -> Path:
    """The pack with other values in its header; None takes one out."""
    header, _, rows = path.read_text().partition("\n")
    table = {**json.loads(header), **values}
    table = {name: value for name, value in table.items() if value is not None}
    path.write_text(f"{canonical_json(table)}\n{rows}")
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    write_key(tmp_path / "key.pem")
    return tmp_path / "key.pem"


def test_a_key_is_for_its_owner_and_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "key.pem"
    main(["costs", "keygen", str(path)])
    assert capsys.readouterr().out == f"{path}: {read_key(path).signer}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"key\.pem: exists, and a key is never overwritten"):
        main(["costs", "keygen", str(path)])
    assert path.read_bytes() == before


def test_exported_signed_and_imported(tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database, there, pack = tmp_path / "here.db", tmp_path / "there.db", tmp_path / "team.jsonl"
    with CostDatabase.open(database) as opened:
        opened.record(ROW, ON_BOARD)
    signer = read_key(key).signer
    main(["costs", "export", "--database", str(database), "--sign", str(key), str(pack)])
    main(["costs", "import", "--database", str(there), str(pack)])
    assert capsys.readouterr().out == (
        f"{pack}: 2 rows, signed by {signer}\n"
        f"{pack}: 2 rows taken, 0 there already\n  signed by {signer}\n"
        f"  1 of hardware decide no verdict; a build with trust={signer} lets them\n"
    )
    with CostDatabase.open(there) as opened:
        found = {(row.pack_name, row.pack_digest, row.signer, row.is_own) for row in opened.all_rows()}
    assert found == {("team", read_pack(pack).header.digest, signer, False)}


def test_the_key_of_the_standard_is_read(tmp_path: Path) -> None:
    """RFC 8410, section 10.3, as OpenSSL writes keys, too."""
    path = tmp_path / "rfc8410.pem"
    path.write_text(
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        "-----END PRIVATE KEY-----\n"
    )
    signer = "ed25519:19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
    assert read_pack(write(tmp_path, "team", ROW, key=path)).header.signer == signer


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "other"}, "signature: is not a signature of this header by ed25519:"),
        (
            {"created": "2026-01-02T03:04:06+00:00"},
            "signature: is not a signature of this header by ed25519:",
        ),
        ({"signature": "0" * 128}, "signature: is not a signature of this header by ed25519:"),
        ({"signer": f"ed25519:{'0' * 64}"}, "signature: is not a signature of this header by ed25519:"),
        ({"signature": "0" * 126}, "signature: found "),
        ({"signer": "rsa:12"}, 'signer: found "rsa:12", expected text that matches'),
        ({"signature": None}, "signature: is missing beside 'signer'"),
        ({"signer": None}, "signer: is missing beside 'signature'"),
        ({"format_version": 2}, "signer: found a signature, expected none in a pack of version 2"),
    ],
)
def test_what_is_signed_cannot_be_changed(
    tmp_path: Path, key: Path, changes: dict[str, object], message: str
) -> None:
    path = changed(write(tmp_path, "team", ROW, key=key), **changes)
    with pytest.raises(InputError) as caught:
        read_pack(path)
    assert str(caught.value).startswith(f"{path}:1: {message}")


def test_other_rows_under_a_signature_have_another_digest(tmp_path: Path, key: Path) -> None:
    """The digest is signed, so that exchanged rows fail by their digest, and a new digest by the signature."""
    path = write(tmp_path, "team", ROW, key=key)
    forged = write(tmp_path, "forged", replace(ROW, cycles=500)).read_text().partition("\n")[2]
    path.write_text(f"{path.read_text().partition(chr(10))[0]}\n{forged}")
    with pytest.raises(InputError, match=r"team\.jsonl:1: digest: found"):
        read_pack(path)
    changed(path, digest=read_pack(tmp_path / "forged.jsonl").header.digest)
    with pytest.raises(InputError, match=r"team\.jsonl:1: signature: is not a signature of this header"):
        read_pack(path)


def test_a_pack_of_version_2_is_read_as_unsigned(tmp_path: Path) -> None:
    path = changed(write(tmp_path, "old", ROW), format_version=2)
    (row,) = read_pack(path).attributed
    assert (row.pack_name, row.pack_digest, row.signer) == ("old", read_pack(path).header.digest, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is not a private key in PEM"),
        (b"\x00" * 9000, "is not a private key in PEM"),
        (
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "is not a private key in PEM",
        ),
    ],
)
def test_what_is_no_key_is_named(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(text)
    with pytest.raises(InputError, match=message):
        read_key(path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_key(tmp_path / "none.pem")


def test_keys_of_other_kinds_are_named(tmp_path: Path) -> None:
    made = (
        (X25519PrivateKey.generate(), NoEncryption(), "is a key of another kind, expected Ed25519"),
        (Ed25519PrivateKey.generate(), BestAvailableEncryption(b"x"), "is encrypted, expected a key without"),
    )
    for private, encryption, message in made:
        path = tmp_path / "key.pem"
        path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
        with pytest.raises(InputError, match=message):
            read_key(path)


def test_loose_rows_cannot_be_signed(tmp_path: Path, key: Path) -> None:
    with CostDatabase.open(tmp_path / "here.db") as opened:
        opened.record(ROW)
    with pytest.raises(InputError, match="--sign: is not used with --loose"):
        main(
            [
                "costs",
                "export",
                "--database",
                str(tmp_path / "here.db"),
                "--loose",
                "--sign",
                str(key),
                "x.jsonl",
            ]
        )


def given(**changes: object) -> CostRow:
    return replace(ON_BOARD, origin="pack a 0123", pack_name="a", pack_digest="a" * 64, **changes)  # type: ignore[arg-type]


SIGNED = given(signer=f"ed25519:{'1' * 64}")
LATER = "2025-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        pytest.param(ON_BOARD, given(cycles=1000, measured_at=LATER), 0, id="own stays"),
        pytest.param(given(cycles=1000, measured_at=LATER), ON_BOARD, 1, id="own replaces a newer one"),
        pytest.param(SIGNED, given(cycles=1000, measured_at=LATER), 0, id="signed stays"),
        pytest.param(given(cycles=1000, measured_at=LATER), SIGNED, 1, id="signed replaces a newer one"),
        pytest.param(given(cycles=1000), given(measured_at=LATER), 1, id="newer of equals"),
        pytest.param(ON_BOARD, SIGNED, 0, id="own of the same measurement"),
        pytest.param(given(), SIGNED, 1, id="signed of the same measurement"),
        pytest.param(SIGNED, given(), 0, id="not unsigned of the same measurement"),
        pytest.param(given(), replace(given(), pack_digest="b" * 64), 1, id="last of the same measurement"),
    ],
)
def test_a_row_that_may_decide_is_not_replaced_by_one_with_a_worse_source(
    tmp_path: Path, first: CostRow, second: CostRow, kept: int
) -> None:
    with CostDatabase.open(tmp_path / "costs.db") as database:
        database.record(first)
        take_in(database, [second])
        assert list(database.all_rows()) == [(first, second)[kept]]


def test_the_rows_of_a_pack_can_be_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "costs.db"
    other = replace(
        given(), key=replace(ON_BOARD.key, core="cortex-m4f"), pack_name="b", pack_digest="b" * 64
    )
    own = replace(ON_BOARD, key=replace(ON_BOARD.key, core="cortex-m7fd"))
    for name in ("a", f"sha256:{'a' * 64}", SIGNED.signer):
        with CostDatabase.open(path) as database:
            database.record(SIGNED, other, own)
        main(["costs", "prune", "--database", str(path), "--dry-run", "--pack", name])
        main(["costs", "prune", "--database", str(path), "--pack", name])
        assert capsys.readouterr().out == f"1 rows of {name} would be deleted\n1 rows of {name} are deleted\n"
        with CostDatabase.open(path) as database:
            assert set(database.all_rows()) == {other, own}
    for name in ("a", "", "sha256:", "measured here"):
        with pytest.raises(InputError, match=f"--pack: no row came with '{name}'"):
            main(["costs", "prune", "--database", str(path), "--pack", name])
