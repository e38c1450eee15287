"""Facts about a machine: what results depend on beside their inputs, and how two machines differ in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import scons_tinyml
from scons_tinyml.resources import version as own_version
from scons_tinyml.stages.executors.work import Fact, Facts

SOURCES = "sources of scons-tinyml"
_PACKAGE = Path(scons_tinyml.__file__).parent
_SUFFIXES = frozenset((".py", ".j2", ".json", ".toml"))
_SHOWN_DIGITS = 16
_ABSENT = "absent"


def machine_facts(packages: tuple[str, ...]) -> Facts:
    """Return the facts about our own modules, and the versions of the Python `packages`."""
    sources = Fact(
        f"{own_version()}, modules {sources_digest()[:_SHOWN_DIGITS]}",
        f"install scons-tinyml {own_version()} there, from the same commit",
    )
    return {SOURCES: sources} | {
        f"Python package {name}": Fact(found, f"pip install {name}=={found} there")
        for name, found in ((name, _version(name)) for name in packages)
    }


def differences(expected: Facts, found: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each of the `expected` facts that a worker does not share."""
    for name, fact in expected.items():
        other = found.get(name, _ABSENT)
        if other != fact.value:
            yield f"{name}: found '{other}', expected '{fact.value}'; {fact.remedy}"


@cache
def sources_digest() -> str:
    """Return the SHA-256 of our modules and templates, which is the same in a checkout and in a wheel."""
    digest = sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        name = path.relative_to(_PACKAGE)
        if path.suffix in _SUFFIXES and name.parts[0] != "data":
            content = path.read_bytes()
            digest.update(f"{name.as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return _ABSENT
