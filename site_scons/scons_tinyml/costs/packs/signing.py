"""Signatures of packs: Ed25519 (RFC 8032), with keys in PEM files (PKCS #8) as OpenSSL makes them, too.

A public key is text: 'ed25519:' and 64 hexadecimal digits. What is signed is the header of a pack, which has the digest
of all rows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.system_errors import require_regular

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = "ed25519:"
_CONTEXT = b"scons-tinyml pack of measured cycles\n"
"""Beginning of each signed text: a signature for another purpose cannot be taken for one of a pack."""
_MOST_KEY_BYTES = 4096
_MAKE = "tinyml costs keygen FILE makes a key"


@dataclass(frozen=True)
class SigningKey:
    """A private key; `signer` is its public key as text."""

    signer: str
    _private: Ed25519PrivateKey

    def sign(self, text: bytes) -> str:
        """Return the signature of `text`, 128 hexadecimal digits."""
        return self._private.sign(_CONTEXT + text).hex()


def write_key(path: Path) -> SigningKey:
    """Write a new private key to the new file `path`, which only its owner may read.

    Raises InputError if the file exists or cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = Ed25519PrivateKey.generate()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            "exists, and a key is never overwritten", where=path, hint="name a new file"
        ) from None
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=path) from None
    return _signing_key(private)


def read_key(path: Path) -> SigningKey:
    """Return the private key in `path`. Raises InputError for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    require_regular(path)
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_KEY_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path, hint=_MAKE) from None
    try:
        private = load_pem_private_key(text, None)
    except TypeError:
        problem = "is encrypted, expected a key without a password"
        raise InputError(problem, where=path, hint=_MAKE) from None
    except (ValueError, UnsupportedAlgorithm):
        problem = "is not a private key in PEM, expected '-----BEGIN PRIVATE KEY-----'"
        raise InputError(problem, where=path, hint=_MAKE) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise InputError("is a key of another kind, expected Ed25519", where=path, hint=_MAKE)
    return _signing_key(private)


def holds(signer: str, signature: str, text: bytes) -> bool:
    """Return whether `signature` is one of `text` by the public key `signer`; both are of the right length."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.removeprefix(PREFIX)))
        public.verify(bytes.fromhex(signature), _CONTEXT + text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signing_key(private: Ed25519PrivateKey) -> SigningKey:
    return SigningKey(f"{PREFIX}{private.public_key().public_bytes_raw().hex()}", private)
