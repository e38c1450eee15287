"""Nodes of the kernels: external sources fetched, what networks need compiled once per core."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Action import Action
from SCons.Subst import Literal

from scons_tinyml.stages.firmware.requests import FetchRequest
from scons_tinyml.stages.firmware.toolchain import Toolchain, core_flags, kernel_flags

from ..dependencies import signatures
from ..dependencies.facts import Checked
from . import cleaning
from .artefacts import artefacts, regular
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Folder, Node

# Compilers and linkers write in place. A part that a kill leaves behind must never have the name of the whole: SCons
# takes it for what an earlier build made of the same sources.
PART = "${TARGET}.part"
KEEP = f"&& mv -f {PART} $TARGET"

COMPILE = Action(
    f"$( $TINYML_CC $TINYML_PREFIX_MAPS $) $TINYML_FLAGS $TINYML_INCLUDES -c -o {PART} $SOURCE {KEEP}",
    "compile    $TARGET",
    varlist=["TINYML_CC_IDENTITY"],  # the name of a compiler may mean another one tomorrow
)


@dataclass(frozen=True)
class DeclaredSet:
    """A kernel set as it is declared: `declaration` as in set.toml, and all C files that its kernels need.

    `digest` is of the text of all its declarations.
    """

    folder: Path
    declaration: Any
    sources: tuple[str, ...]
    external_sources: tuple[str, ...]
    digest: str

    @classmethod
    def read(cls, folder: Path, checked: Checked) -> DeclaredSet:
        """The set in `folder`. Raises RecordError."""
        facts = checked.kernel_set(folder)
        return cls(folder, facts.set, tuple(facts.sources), tuple(facts.external_sources), facts.digest)

    @property
    def name(self) -> str:
        """Name of the set and of its folder."""
        return self.folder.name


class SetNodes:
    """A kernel set for one core: the node of each object, made when it is asked for first.

    A node that SCons has dealt with bears no change, so what it depends on is said once, with the first to ask for it.
    """

    def __init__(
        self,
        env: Environment,
        declared: DeclaredSet,
        board: Any,
        external_folder: str | None,
        fetched: list[Node],
    ) -> None:
        self.name = declared.name
        self.external_folder = external_folder
        """Where its sources from elsewhere are, when it has any."""
        self.fetched = fetched
        """What those are made by."""
        self._env = env
        self._own = env.Dir(str(declared.folder))
        self._external = env.Dir(external_folder) if external_folder else None
        self._folder = env.Dir(f"$TINYML_BUILD/common/objects/{board.core_name}/{declared.name}")
        self._flags = {
            own: kernel_flags(board, declared.declaration.optimize, own=own) for own in (True, False)
        }
        self._includes = [
            env.Dir("$TINYML_KERNELS/include"),
            *(self._external.Dir(name) for name in declared.declaration.external_include if self._external),
        ]
        self._declared = {*declared.sources, *declared.external_sources}

    def objects(
        self, sources: Iterable[str], external_sources: Iterable[str], before: Sequence[Node]
    ) -> list[Node]:
        """Nodes of the objects of C files of the set, and of those that it has from elsewhere, made after `before`.

        Files that no kernel names any more have none.
        """
        own = [
            self._object(f"{Path(name).stem}.o", self._own, name, True, before)
            for name in sources
            if name in self._declared
        ]
        foreign = (
            self._object(f"external/{Path(name).stem}.o", self._external, name, False, before)
            for name in external_sources
            if name in self._declared
        )
        return [*own, *foreign]

    def _object(self, name: str, folder: Any, source: str, own: bool, before: Sequence[Node]) -> Node:
        made = self._folder.File(name)
        if not made.has_builder():
            add_object(self._env, made, folder.File(source), self._flags[own], self._includes)
            self._env.Depends(made, self.fetched)
            self._env.Requires(made, before)
        return made


def add_object(
    env: Environment, target: Any, source: Node, flags: tuple[str, ...], folders: list[Folder]
) -> Node:
    """The object node of a C file; headers that it includes with quotes are found by SCons's scanner in `folders`."""
    made = env.TinymlObject(
        artefacts(env, [target])[0],
        regular(env.File(source)),
        TINYML_FLAGS=" ".join(flags),
        TINYML_INCLUDES=[Literal(f"-I{folder}") for folder in folders],
        CPPPATH=folders,
    )
    cleaning.keep_shared(env, made)
    return made[0]


def linked_identity(env: Environment, board: Any) -> str:
    """What an image for `board` depends on beside its sources: all that compiles, and the libraries of its core."""
    return _linked_identity(env["TINYML_TOOLCHAIN"], core_flags(board))


@cache
def _linked_identity(toolchain: Toolchain, flags: tuple[str, ...]) -> str:
    """Asked once a build for each core: the answer is worth several calls of the compiler."""
    return toolchain.linked_identity(flags)


def prefix_maps(env: Environment, overrides: Mapping[str, str]) -> list[Literal]:
    """Compiler flags that keep places of this machine out of the images: the same sources, the same bytes."""
    places = {env.Dir("#").abspath: ".", env.Dir("$TINYML_KERNELS").abspath: "kernels"}
    places |= {str(env.Dir(path)): option.lower() for option, path in sorted(overrides.items())}
    return [Literal(f"-ffile-prefix-map={path}={name}") for path, name in places.items()]


def override_options(sets: Sequence[DeclaredSet]) -> dict[str, str]:
    """Options that replace fetched sources by a checkout of the user's, with what they are for."""
    return {
        found.declaration.external.override_option: f"a checkout to compile {found.name} from, not the pinned one"
        for found in sets
        if found.declaration.external
    }


def add_kernel_sets(
    env: Environment, sets: Sequence[DeclaredSet], board: Any, overrides: Mapping[str, str]
) -> list[SetNodes]:
    """All kernel sets for the core of `board`. No object is made here."""
    return [_add_set(env, kernel_set, board, overrides) for kernel_set in sets]


def _add_set(env: Environment, declared: DeclaredSet, board: Any, overrides: Mapping[str, str]) -> SetNodes:
    wheel = declared.declaration.external
    if wheel is None:
        return SetNodes(env, declared, board, None, [])
    if given := overrides.get(wheel.override_option):
        return SetNodes(env, declared, board, given, [])
    folder = f"$TINYML_BUILD/common/external/{declared.name}"
    return SetNodes(env, declared, board, folder, _fetch(env, declared, folder))


def _fetch(env: Environment, kernel_set: DeclaredSet, external: str) -> list[Node]:
    """Nodes of the unpacked wheel: its manifest, headers, and every C file that is compiled."""
    names = (*kernel_set.declaration.external_headers, *kernel_set.external_sources)
    folder = env.Dir(external)
    made = add_stage(
        env,
        FetchRequest(manifest=f"{external}/manifest.json", set=f"$TINYML_KERNELS/{kernel_set.name}"),
        title="fetch",
        extra_targets=[] if _is_unpacked(folder.abspath, names) else [folder.File(name) for name in names],
        values=(signatures.canonical(kernel_set.declaration.external),),
    )
    return [made["manifest"]]


def _is_unpacked(folder: str, names: Sequence[str]) -> bool:
    """Whether all files are there as they were unpacked. Then they need no node unless something includes them."""
    try:
        with open(f"{folder}/manifest.json", "rb") as file:  # noqa: PTH123 - in every build
            unpacked = json.load(file)["files"]
        return sorted(unpacked) == sorted(names) and all(
            _digest(f"{folder}/{name}") == digest for name, digest in unpacked.items()
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _digest(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - in every build
        return sha256(file.read()).hexdigest()
