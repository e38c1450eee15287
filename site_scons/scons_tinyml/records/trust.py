"""Packs of measurements that may decide a verdict, named by whoever builds: `trust=` on the command line.

A name is the digest of a pack ('sha256:' and 64 hexadecimal digits) or the public key of a signer ('ed25519:' and 64).
A model.toml cannot name them: it comes with the network, often from the same hands as the measurements.
"""

from __future__ import annotations

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.record import Record

PACK, SIGNER = "sha256:", "ed25519:"
_DIGITS = 64
_SHOWN = 80
_SHOWN_DIGITS = 12
"""Digits of a digest or key in a table; `trust_option` and the JSON of a report have all."""


def _is_name(text: str) -> bool:
    """Return whether `text` names a pack or a signer."""
    kind, colon, digits = text.partition(":")
    return kind + colon in (PACK, SIGNER) and len(digits) == _DIGITS and not digits.strip("0123456789abcdef")


class PackOrigin(Record):
    """Pack that a row came with; `digest` and `signer` are empty where they are not known, or there is none."""

    name: str
    digest: str = ""
    signer: str = ""

    def __str__(self) -> str:
        """Return 'pack team (sha256:0123456789ab, signed by ed25519:456789abcdef)'."""
        digest = (
            f"{PACK}{self.digest[:_SHOWN_DIGITS]}" if self.digest else "imported before its digest was kept"
        )
        signer = f"signed by {self.signer[: len(SIGNER) + _SHOWN_DIGITS]}" if self.signer else "unsigned"
        kind = "" if self.name.startswith("seeds ") else "pack "
        return f"{kind}{self.name} ({digest}, {signer})"

    @property
    def trust_option(self) -> str:
        """Option of a build that trusts this pack; empty for one that has to be imported again."""
        name = self.signer or (self.digest and f"{PACK}{self.digest}")
        return f"trust={name}" if name else ""


class Trust(Record):
    """Names of packs and signers whose hardware rows may decide."""

    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Trust:
        """Return the names in `text`, with commas between. Raises InputError for anything else."""
        names = text.split(",") if text else []
        for name in names:
            if not _is_name(name):
                shown = ascii(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}...")
                raise InputError(
                    f"{shown} is no pack and no key: expected 'sha256:' or 'ed25519:', and 64 digits of 0 to 9, a to f",
                    where="command line",
                    key="trust",
                    hint="tinyml costs import prints both; several have commas between",
                )
        return cls(frozenset(names))

    def allows(self, origin: PackOrigin) -> bool:
        """Return whether the hardware rows of a pack may decide."""
        return f"{PACK}{origin.digest}" in self.names or (origin.signer or None) in self.names

    def __str__(self) -> str:
        return ",".join(sorted(self.names))


NOBODY = Trust()
"""Trust in no pack: rows that were measured here decide all the same."""
