"""Nodes of the kernels: fetched external sources, and objects, compiled once per core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Tool import CScanner

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.kernel_headers import INCLUDE, headers, own_include
from scons_tinyml.records.record import Record
from scons_tinyml.stages.firmware.requests import FetchRequest
from scons_tinyml.stages.firmware.toolchain import Toolchain, core_flags, kernel_flags

from ..dependencies import signatures
from ..dependencies.facts import Checked
from ..lifecycle.commands import Beginning, Command, Unsigned
from ..paths import file, folder, root
from . import cleaning, shared
from .artefacts import artefacts, regular
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Folder, Node


class DeclaredSet(Record):
    """Kernel set as declared: `declaration` from set.toml, and all C files that its kernels need.

    `includes` has its own folder of headers, if there is one; `generates` says whether it has generators; `digest`
    covers the text of all its declarations.
    """

    folder: Path
    declaration: Any
    sources: tuple[str, ...]
    external_sources: tuple[str, ...]
    generates: bool
    digest: str
    includes: tuple[Path, ...]

    @classmethod
    def read(cls, folder: Path, folders: Sequence[Path], checked: Checked) -> DeclaredSet:
        """Return the set in `folder`, which is in one of `folders`. Raises RecordError."""
        facts = checked.kernel_set(folder)
        return cls(
            folder=folder,
            declaration=facts.set,
            sources=tuple(facts.sources),
            external_sources=tuple(facts.external_sources),
            generates=facts.generates,
            digest=facts.digest,
            includes=tuple(own_include(folder, folders)),
        )

    def of_checkout(self, checkout: Path, checked: Checked) -> DeclaredSet:
        """Return the set for the sources in `checkout`. Raises RecordError for an unknown revision."""
        facts = checked.kernel_set(self.folder, checkout)
        return replace(
            self,
            declaration=facts.set,
            sources=tuple(facts.sources),
            external_sources=tuple(facts.external_sources),
            digest=facts.digest,
        )

    @property
    def name(self) -> str:
        """Name of the set and of its folder."""
        return self.folder.name


class SetNodes:
    """Kernel set for one core. The node of an object is made when it is first requested.

    Its dependencies are set then, and only then: SCons takes no change of a node that it has processed.
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
        """Folder of its external sources, if it has any."""
        self.is_checkout = external_folder is not None and not fetched
        """True if that folder is the user's."""
        self.fetched = fetched
        """Nodes that fetch the external sources."""
        self._env = env
        self._own = folder(env, declared.folder)
        self._external = folder(env, external_folder) if external_folder else None
        self._folder = f"{env['TINYML_BUILD']}/common/objects/{board.core_name}/{declared.name}"
        self._flags = {own: kernel_flags(board, declared.declaration, own=own) for own in (True, False)}
        self._includes = [
            *(folder(env, path) for path in declared.includes),
            *shared_includes(env),
            *(
                folder(env, Path(external_folder, name))
                for name in declared.declaration.external_include
                if external_folder
            ),
        ]
        self._including = env.Override({"CPPPATH": self._includes})
        self._declared = {*declared.sources, *declared.external_sources}
        self.has_files = bool(self._declared)
        """False for a set of generators alone."""

    def objects(
        self, sources: Iterable[str], external_sources: Iterable[str], before: Sequence[Node]
    ) -> list[Node]:
        """Return the nodes of the objects of `sources` and `external_sources`, made after `before`.

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

    def _object(self, name: str, beside: Any, source: str, own: bool, before: Sequence[Node]) -> Node:
        made = file(self._env, f"{self._folder}/{name}")
        if not made.has_builder():
            source_node = file(self._env, f"{beside}/{source}")
            _compiled(self._including, made, source_node, self._flags[own], self._includes)
            self._env.Requires(made, [*self.fetched, *before])
        return made


def add_object(
    env: Environment,
    target: Any,
    source: Node,
    flags: tuple[str, ...],
    folders: Sequence[Folder],
    beside: Sequence[Folder] = (),
) -> Node:
    """Add the object of the C file `source`, with headers in `folders`, or return it if another build has.

    Headers in `beside` are included with quotes only: there, a network called 'newlib' has a header 'newlib.h'.
    """
    including = env.Override({"CPPPATH": [*folders, *beside]})
    return _compiled(including, target, source, flags, folders, beside)


def _compiled(
    env: Environment,
    target: Any,
    source: Node,
    flags: tuple[str, ...],
    folders: Sequence[Folder],
    beside: Sequence[Folder] = (),
) -> Node:
    """Return the object of `source`, whose headers are in CPPPATH of `env`: `folders`, and those in `beside`."""
    [made] = artefacts(env, [target])
    compiled = regular(file(env, source))
    if shared.is_made([made], (compiled, flags, tuple(folders), tuple(beside), env["TINYML_CC_IDENTITY"])):
        return made  # type: ignore[no-any-return] # SCons has no types
    includes = [f"-I{path}" for path in folders] + [f"-iquote{path}" for path in beside]
    words = [
        Unsigned((env["TINYML_CC"], *env["TINYML_PREFIX_MAPS"])),
        *(*flags, *includes, "-c", "-o", Beginning(made), compiled),
    ]
    values = [env["TINYML_CC_IDENTITY"], *_hiding(tuple(map(str, folders)))]
    action = Command("compile", words, values=values, program=True)
    nodes = env.Command([made], [compiled], action, source_scanner=CScanner)
    cleaning.keep_shared(env, nodes)
    return nodes[0]


@cache
def _hiding(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the headers in `folders` that are found in place of one in a later folder.

    SCons remembers what a source includes: without these names, a new header would not take the place of another one.
    """
    names = [headers(folder) for folder in folders] if len(folders) > 1 else []
    return tuple(
        f"{folder}/{name}"
        for position, folder in enumerate(folders[:-1])
        for name in names[position]
        if any(name in later for later in names[position + 1 :])
    )


def shared_includes(env: Environment) -> list[Folder]:
    """Return the folders of headers that all kernel sets and generated code share, those of the project first."""
    return [folder(env, Path(path, INCLUDE)) for path in env["TINYML_KERNELS"]]


def linked_identity(env: Environment, board: Any) -> str:
    """Return the dependencies of an image for `board` beside its sources: compiler and libraries."""
    return _linked_identity(env["TINYML_TOOLCHAIN"], core_flags(board))


@cache
def _linked_identity(toolchain: Toolchain, flags: tuple[str, ...]) -> str:
    """Return the identity, computed once per core: it takes several calls of the compiler."""
    return toolchain.linked_identity(flags)


def prefix_maps(env: Environment, overrides: Mapping[str, str]) -> tuple[str, ...]:
    """Return compiler flags that keep folders of this machine out of images: same sources, same bytes."""
    places = {str(root(env)): "."} | {folder(env, path).abspath: "kernels" for path in env["TINYML_KERNELS"]}
    if not (results := Path(folder(env, env["TINYML_BUILD"]).abspath)).is_relative_to(root(env)):
        places[str(results)] = "build"
    places |= {str(folder(env, path)): option.lower() for option, path in sorted(overrides.items())}
    return tuple(f"-ffile-prefix-map={path}={name}" for path, name in places.items())


def override_options(sets: Sequence[DeclaredSet]) -> dict[str, str]:
    """Return the options that replace fetched sources by a checkout of the user, with their help texts."""
    return {
        found.declaration.external.override_option: f"a checkout to compile {found.name} from, not the pinned one"
        for found in sets
        if found.declaration.external
    }


def add_kernel_sets(
    env: Environment, sets: Sequence[DeclaredSet], board: Any, overrides: Mapping[str, str]
) -> list[SetNodes]:
    """Return all kernel sets for the core of `board`, without nodes of objects."""
    return [_add_set(env, kernel_set, board, overrides) for kernel_set in sets]


def _add_set(env: Environment, declared: DeclaredSet, board: Any, overrides: Mapping[str, str]) -> SetNodes:
    wheel = declared.declaration.external
    if wheel is None:
        return SetNodes(env, declared, board, None, [])
    if given := overrides.get(wheel.override_option):
        return SetNodes(env, declared, board, given, [])
    external = f"{env['TINYML_BUILD']}/common/external/{declared.name}"
    return SetNodes(env, declared, board, external, _fetch(env, declared, external))


def _fetch(env: Environment, kernel_set: DeclaredSet, external: str) -> list[Node]:
    """Add the nodes of the unpacked wheel; return that of its manifest."""
    names = (*kernel_set.declaration.external_headers, *kernel_set.external_sources)
    wheel = kernel_set.declaration.external
    unpacked = _is_unpacked(folder(env, external).abspath, wheel.sha256, names)
    made = add_stage(
        env,
        FetchRequest(manifest=f"{external}/manifest.json", set=str(kernel_set.folder)),
        title="fetch",
        extra_targets=[] if unpacked else [file(env, f"{external}/{name}") for name in names],
        values=(signatures.canonical(wheel), *names),
    )
    return [made["manifest"]]


def _is_unpacked(folder: str, sha256: str, names: Sequence[str]) -> bool:
    """Return whether all files are as unpacked from the wheel: they need no node unless something includes them."""
    try:
        manifest = read_json(Path(f"{folder}/manifest.json"))
        unpacked = manifest["files"]
        return (manifest["wheel"]["sha256"], sorted(unpacked)) == (sha256, sorted(names)) and all(
            _digest(f"{folder}/{name}") == digest for name, digest in unpacked.items()
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, InputError):
        return False


def _digest(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - in every build
        return sha256(file.read()).hexdigest()
