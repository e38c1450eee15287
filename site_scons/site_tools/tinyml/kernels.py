"""Nodes of the kernels: external sources fetched, everything compiled once per core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from SCons.Action import Action
from SCons.Subst import Literal

from scons_tinyml.stages.firmware.toolchain import LANGUAGE_FLAGS, WARNING_FLAGS, core_flags

from . import cleaning, signatures
from .facts import Checked
from .stages import Stage, add_stage

# Compilers and linkers write in place. A part that a kill leaves behind must never have the name of the whole: SCons
# takes it for what an earlier build made of the same sources.
PART = "${TARGET}.part"
KEEP = f"&& mv -f {PART} $TARGET"

COMPILE = Action(
    f"$( $TINYML_CC $TINYML_PREFIX_MAPS $) $TINYML_FLAGS $TINYML_INCLUDES -c -o {PART} $SOURCE {KEEP}",
    "compile    $TARGET",
)
ARCHIVE = Action(f"rm -f {PART} && $( $TINYML_AR $) rcsD {PART} $SOURCES {KEEP}", "archive    $TARGET")


@dataclass(frozen=True)
class DeclaredSet:
    """A kernel set as it is declared: `declaration` as in set.toml, and all C files that its kernels need."""

    folder: Path
    declaration: Any
    sources: tuple[str, ...]
    external_sources: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path, checked: Checked) -> DeclaredSet:
        """The set in `folder`. Raises RecordError."""
        facts = checked.kernel_set(folder)
        files = (
            tuple(sorted({name for kernel in facts.kernels for name in kernel[key]}))
            for key in ("sources", "external_sources")
        )
        return cls(folder, facts.set, *files)

    @property
    def name(self) -> str:
        """Name of the set and of its folder."""
        return self.folder.name


@dataclass(frozen=True)
class SetNodes:
    """A kernel set for one core: its archive and, when it has external sources, the folder they are in."""

    name: str
    archive: Any
    objects: list[Any]
    external_folder: str | None
    fetched: list[Any]
    """What the sources from elsewhere are made by."""


def add_object(env: Any, target: str, source: Any, flags: tuple[str, ...], includes: list[str]) -> Any:
    """The object node of a C file; headers that it includes with quotes are found by SCons's scanner."""
    folders = [env.Dir(path) for path in includes]
    made = env.TinymlObject(
        target,
        source,
        TINYML_FLAGS=" ".join(flags),
        TINYML_INCLUDES=[Literal(f"-I{folder}") for folder in folders],
        CPPPATH=folders,
    )
    cleaning.keep_shared(env, made)
    return made[0]


def prefix_maps(env: Any, overrides: Mapping[str, str]) -> list[Literal]:
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
    env: Any, sets: Sequence[DeclaredSet], board: Any, overrides: Mapping[str, str]
) -> list[SetNodes]:
    """Archives of all kernel sets, compiled for the core of `board`."""
    return [_add_set(env, kernel_set, board, overrides) for kernel_set in sets]


def _add_set(env: Any, kernel_set: DeclaredSet, board: Any, overrides: Mapping[str, str]) -> SetNodes:
    declaration = kernel_set.declaration
    external = None
    fetched: list[Any] = []
    if declaration.external is not None:
        external = overrides.get(declaration.external.override_option)
    if declaration.external is not None and external is None:
        external = f"$TINYML_BUILD/common/external/{kernel_set.name}"
        fetched = _fetch(env, kernel_set, external)
    includes = ["$TINYML_KERNELS/include", *(f"{external}/{name}" for name in declaration.external_include)]
    flags = (*core_flags(board), *LANGUAGE_FLAGS, declaration.optimize)
    folder = f"$TINYML_BUILD/common/objects/{board.core_name}/{kernel_set.name}"
    own = [(Path(name).stem, str(kernel_set.folder / name)) for name in kernel_set.sources]
    foreign = [(f"external/{Path(name).stem}", f"{external}/{name}") for name in kernel_set.external_sources]
    objects = [
        add_object(env, f"{folder}/{stem}.o", source, (*flags, *warnings), includes)
        for files, warnings in ((own, WARNING_FLAGS), (foreign, ()))
        for stem, source in files
    ]
    env.Depends(objects, fetched)
    archive = env.Command(f"{folder}.a", objects, ARCHIVE)
    cleaning.keep_shared(env, archive)
    return SetNodes(kernel_set.name, archive[0], objects, external, fetched)


def _fetch(env: Any, kernel_set: DeclaredSet, external: str) -> list[Any]:
    """Nodes of the unpacked wheel: its manifest, headers, and every C file that is compiled."""
    names = (*kernel_set.declaration.external_headers, *kernel_set.external_sources)
    stage = Stage(
        module="firmware.fetch",
        title="fetch",
        outputs={"manifest": f"{external}/manifest.json"},
        extra_outputs=[f"{external}/{name}" for name in names],
        arguments={"set": f"$TINYML_KERNELS/{kernel_set.name}"},
        values=(signatures.canonical(kernel_set.declaration.external),),
    )
    return [add_stage(env, stage)["manifest"]]
