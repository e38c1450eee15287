"""Nodes of the kernels: external sources fetched, everything compiled once per core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from SCons.Action import Action
from SCons.Subst import Literal

from scons_tinyml.records.board import Board
from scons_tinyml.records.kernel import Kernel, KernelSet, read_kernel_set
from scons_tinyml.records.toml_file import read_record
from scons_tinyml.stages.firmware.toolchain import LANGUAGE_FLAGS, WARNING_FLAGS, core_flags

from . import signatures
from .stages import Stage, add_stage

COMPILE = Action(
    "$( $TINYML_CC $TINYML_PREFIX_MAPS $) $TINYML_FLAGS $TINYML_INCLUDES -c -o $TARGET $SOURCE",
    "compile    $TARGET",
)
ARCHIVE = Action("$( $TINYML_AR $) rcsD $TARGET $SOURCES", "archive    $TARGET")


@dataclass(frozen=True)
class SetNodes:
    """A kernel set for one core: its archive and, when it has external sources, the folder they are in."""

    kernel_set: KernelSet
    kernels: tuple[Kernel, ...]
    archive: Any
    objects: list[Any]
    external_folder: str | None


def add_object(env: Any, target: str, source: Any, flags: tuple[str, ...], includes: list[str]) -> Any:
    """The object node of a C file; headers that it includes with quotes are found by SCons's scanner."""
    folders = [env.Dir(path) for path in includes]
    return env.TinymlObject(
        target,
        source,
        TINYML_FLAGS=" ".join(flags),
        TINYML_INCLUDES=[Literal(f"-I{folder}") for folder in folders],
        CPPPATH=folders,
    )[0]


def prefix_maps(env: Any, overrides: Mapping[str, str]) -> list[Literal]:
    """Compiler flags that keep places of this machine out of the images: the same sources, the same bytes."""
    places = {env.Dir("#").abspath: ".", env.Dir("$TINYML_KERNELS").abspath: "kernels"}
    places |= {path: option.lower() for option, path in sorted(overrides.items())}
    return [Literal(f"-ffile-prefix-map={path}={name}") for path, name in places.items()]


def override_options(folders: list[Path]) -> dict[str, str]:
    """Options that replace fetched sources by a checkout of the user's, with what they are for."""
    sets = (read_record(folder / "set.toml", KernelSet, name=folder.name) for folder in folders)
    return {
        found.external.override_option: f"a checkout of {found.description}"
        for found in sets
        if found.external
    }


def add_kernel_sets(
    env: Any, folders: list[Path], board: Board, overrides: Mapping[str, str]
) -> list[SetNodes]:
    """Archives of all kernel sets in `folders`, compiled for the core of `board`."""
    return [_add_set(env, folder, board, overrides) for folder in folders]


def _add_set(env: Any, folder: Path, board: Board, overrides: Mapping[str, str]) -> SetNodes:
    kernel_set, kernels = read_kernel_set(folder)
    external = None
    fetched: list[Any] = []
    if kernel_set.external is not None:
        external = overrides.get(kernel_set.external.override_option)
    if kernel_set.external is not None and external is None:
        external = f"$TINYML_BUILD/common/external/{kernel_set.name}"
        fetched = _fetch(env, folder, kernel_set, kernels, external)
    includes = ["$TINYML_KERNELS/include", *(f"{external}/{name}" for name in kernel_set.external_include)]
    flags = (*core_flags(board), *LANGUAGE_FLAGS, kernel_set.optimize)
    objects_folder = f"$TINYML_BUILD/common/objects/{board.core_name}/{kernel_set.name}"
    own = sorted({name for kernel in kernels for name in kernel.sources})
    foreign = sorted({name for kernel in kernels for name in kernel.external_sources})
    objects = [
        add_object(
            env,
            f"{objects_folder}/{Path(name).stem}.o",
            str(folder / name),
            (*flags, *WARNING_FLAGS),
            includes,
        )
        for name in own
    ]
    objects += [
        add_object(
            env, f"{objects_folder}/external/{Path(name).stem}.o", f"{external}/{name}", flags, includes
        )
        for name in foreign
    ]
    env.Depends(objects, fetched)
    archive = env.Command(f"{objects_folder}.a", objects, ARCHIVE)
    return SetNodes(kernel_set, kernels, archive[0], objects, external)


def _fetch(
    env: Any, folder: Path, kernel_set: KernelSet, kernels: tuple[Kernel, ...], external: str
) -> list[Any]:
    """Nodes of the unpacked wheel: its manifest, headers, and every C file that is compiled."""
    assert kernel_set.external is not None
    needed = sorted({name for kernel in kernels for name in kernel.external_sources})
    stage = Stage(
        module="firmware.fetch",
        title="fetch",
        outputs={"manifest": f"{external}/manifest.json"},
        extra_outputs=[f"{external}/{name}" for name in (*kernel_set.external_headers, *needed)],
        arguments={"set": str(folder)},
        values=(signatures.canonical(kernel_set.external.model_dump()),),
    )
    return [add_stage(env, stage)["manifest"]]
