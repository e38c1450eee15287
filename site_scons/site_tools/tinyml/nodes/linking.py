"""Nodes of the link of an image, with our main or with sources of users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scons_tinyml.stages.firmware.toolchain import (
    LINK_LIBRARIES,
    OF_ANY_SIZE,
    PRINT_MAP,
    compile_flags,
    link_flags,
)

from ..lifecycle.commands import Beginning, Command, Unsigned
from ..paths import folder
from .artefacts import artefacts
from .build import Job
from .kernels import add_object, linked_identity, shared_includes

if TYPE_CHECKING:
    from ..scons import Environment, Node


def add_objects(env: Environment, job: Job, files: Mapping[str, Node], names: Sequence[str]) -> list[Node]:
    """Return the objects of the generated C `files` of `job` that `names` has, by field of their request."""
    generated, includes = [folder(env, job.sources)], shared_includes(env)
    flags = compile_flags(job.build.board)
    return [
        add_object(env, f"{job.folder}/work/{name}.o", files[name], flags, includes, generated)
        for name in names
    ]


def add_link(
    env: Environment,
    board: Any,
    script: Node,
    linked: Sequence[Node],
    work: str,
    *,
    flags: Sequence[str] = (),
    libraries: Sequence[str] = (),
    depends: Sequence[Node] = (),
) -> tuple[Node, Node]:
    """Add the image of `linked` and its map in the folder `work`, under names that nobody would flash.

    `flags` and `libraries` are words of users for the linker, `depends` further sources that these name.
    """
    image, linker_map = artefacts(env, [f"{work}/image.unchecked", f"{work}/map.unchecked"])
    if image.has_builder():
        return image, linker_map
    words = [
        *(Unsigned((env["TINYML_CC"],)), *link_flags(board), *flags, *OF_ANY_SIZE, "-T", script),
        *(PRINT_MAP, "-o", Beginning(image), *linked, *libraries, *LINK_LIBRARIES),
    ]
    action = Command("link", words, values=[linked_identity(env, board)], program=True, printed=linker_map)
    env.Command([image, linker_map], [script, *linked, *depends], action)
    env.NoCache([image, linker_map])  # linked here from the objects, as what is judged and published
    return image, linker_map
