"""Names of packs and signers that a build trusts."""

from __future__ import annotations

import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.trust import NOBODY, PackOrigin, Trust

PACK, KEY = f"sha256:{'a' * 64}", f"ed25519:{'b' * 64}"


def test_a_pack_is_trusted_by_its_digest_or_its_signer() -> None:
    unsigned, signed = PackOrigin("team", "a" * 64), PackOrigin("other", "c" * 64, KEY)
    assert Trust.parse(PACK).allows(unsigned) and not Trust.parse(PACK).allows(signed)
    assert Trust.parse(KEY).allows(signed) and not Trust.parse(KEY).allows(unsigned)
    both = Trust.parse(f"{PACK},{KEY}")
    assert both.allows(unsigned) and both.allows(signed)
    assert str(both) == str(Trust.parse(f"{KEY},{PACK}")) == f"{KEY},{PACK}"


@pytest.mark.parametrize(
    "origin", [PackOrigin("team"), PackOrigin("team", "a" * 64), PackOrigin("", "", KEY)]
)
def test_without_a_name_nobody_is_trusted(origin: PackOrigin) -> None:
    assert not NOBODY.allows(origin)
    assert Trust.parse("") == NOBODY


def test_a_row_of_before_digests_is_trusted_by_none() -> None:
    """An empty digest or signer is no name, whatever is trusted."""
    assert not Trust.parse(f"{PACK},{KEY}").allows(PackOrigin("team"))
    assert PackOrigin("team").trust_option == ""


@pytest.mark.parametrize(
    "text",
    ["yes", "sha256:", "ed25519:", f"sha256:{'A' * 64}", f"{PACK},", f"{PACK} {KEY}", PACK + "\n", "\x1b[2J"],
)
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(
        InputError, match=r"^command line: trust: .* is no pack and no key: expected 'sha256:'"
    ) as told:
        Trust.parse(text)
    assert "\x1b" not in str(told.value)


def test_messages_name_the_pack() -> None:
    assert str(PackOrigin("team", "a" * 64)) == "pack team (sha256:aaaaaaaaaaaa, unsigned)"
    assert str(PackOrigin("team", "a" * 64, KEY)) == (
        "pack team (sha256:aaaaaaaaaaaa, signed by ed25519:bbbbbbbbbbbb)"
    )
    assert str(PackOrigin("seeds stm32l4", "a" * 64)) == "seeds stm32l4 (sha256:aaaaaaaaaaaa, unsigned)"
    assert (PackOrigin("t", "a" * 64).trust_option, PackOrigin("t", "a" * 64, KEY).trust_option) == (
        f"trust={PACK}",
        f"trust={KEY}",
    )
