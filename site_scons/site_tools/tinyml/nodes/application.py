"""Nodes of an image with sources of users, or of several networks: their objects, its parts in common, the link."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from SCons.Util import CLVar

from scons_tinyml.stages.firmware.programs import find_companion
from scons_tinyml.stages.firmware.requests import SeveralRequest, StartupRequest, WholeSizesRequest
from scons_tinyml.stages.firmware.toolchain import (
    compile_flags,
    core_flags,
)

from .. import paths
from ..dependencies import signatures
from . import shared
from .build import GENERATED, Job
from .kernels import add_object, shared_includes
from .linking import add_link, add_objects
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Folder, Node
    from .firmware import SourceNodes

ARENA_OBJECT = "tinyml_arena.o"
"""Name of the object with the arena that networks share."""
SECTIONS = ("-ffunction-sections", "-fdata-sections")
"""Flags by which the linker leaves out what nothing calls, as in our own sources."""
_LINKED = (".o", ".obj", ".a", ".lib")
_FLAGS = ("CFLAGS", "CCFLAGS", "CXXFLAGS", "ASFLAGS", "ASPPFLAGS", "LINKFLAGS")
_TOOLS = ("gcc", "g++", "gas")


@dataclass(frozen=True)
class Application:
    """Sources of users, and what is said of their image."""

    env: Any
    """Environment of the SConscript: its flags, include folders and libraries hold for the sources."""
    sources: tuple[Any, ...]
    """Nodes of C, C++ and assembler files, of objects and of archives; none if our main runs the networks."""
    name: str = "firmware"
    """Name in reports and messages."""
    scope: str = "image"
    """'library': flash and RAM are what the networks add to an image."""
    image: Any = None
    """Node of a finished image, which was linked elsewhere."""
    linker_script: Any = None
    """Node; None for that of the board."""
    has_startup: bool = False
    """True if `sources` have vector table and reset handler."""
    arena: str = "own"
    invoke: str = ""
    begin: str = ""
    end: str = ""
    wait: str = ""

    @property
    def is_alike(self) -> bool:
        """Return whether the network is measured, in memory as our linker script lays it out."""
        return not (self.invoke or self.begin or self.linker_script or self.image)


def add_image(
    env: Environment, parts: Sequence[SourceNodes], application: Application, folder: str
) -> tuple[Node, Node | None, list[Node]]:
    """Add the image of `parts` and `application` in `folder`, and its map, under names that nobody would flash.

    Return them, and the objects and archives of the networks and their kernels.
    """
    job, board = parts[0].job, parts[0].job.build.board
    generated = [paths.folder(env, part.job.sources) for part in parts]
    library = [node for part in parts for node in add_objects(env, part.job, part.files, GENERATED)]
    library += [archive for part in parts for archive in part.compiled.archives]
    if application.image is not None:
        return application.image, None, library
    common = _common(env, parts, application, folder)
    linked = _own_objects(env, application, board, generated, f"{folder}/sources")
    if not application.sources:
        linked.append(_object(env, f"{folder}/work/main.o", common["main"], board, generated))
    if not application.has_startup:
        linked.append(_startup(env, job))
    if "shared_arena" in common:
        library.insert(
            0, _object(env, f"{folder}/work/{ARENA_OBJECT}", common["shared_arena"], board, generated)
        )
    script = application.linker_script or common["linker_script"]
    flags, libraries = paths.linker_words(application.env)
    image, linker_map = add_link(
        env,
        board,
        script,
        [*linked, *library],
        f"{folder}/work",
        flags=flags,
        libraries=libraries,
        depends=paths.library_nodes(application.env),
    )
    return image, linker_map, library


def add_sizes(
    env: Environment, parts: Sequence[SourceNodes], image: Node, library: Sequence[Node], folder: str
) -> Node:
    """Add the sizes of `image`: the whole, by network and the rest."""
    request = WholeSizesRequest(
        image=image,
        library=tuple(library),
        plan=tuple(part.choice.plan for part in parts),
        sizes=f"{folder}/sizes.json",
        board=parts[0].job.build.board_file,
        networks=tuple(part.job.build.network.model.name for part in parts),
    )
    values = (parts[0].job.timing_value,)
    return add_stage(env, request, title="sizes", values=values, cached=False)["sizes"]


def _common(
    env: Environment, parts: Sequence[SourceNodes], application: Application, folder: str
) -> dict[str, Node]:
    """Add what the networks have together: main, linker script, the arena if they share it."""
    is_shared = application.arena == "shared"
    request = SeveralRequest(
        graph=tuple(part.job.model.graph for part in parts),
        constants=tuple(part.job.model.constants for part in parts),
        plan=tuple(part.choice.plan for part in parts),
        main=f"{folder}/image/main.c",
        linker_script=f"{folder}/image/link.ld",
        shared_arena=f"{folder}/image/arena.c" if is_shared else None,
        board=parts[0].job.build.board_file,
        arena=application.arena,
    )
    values = (parts[0].job.timing_value, signatures.packages("jinja2"))
    return add_stage(env, request, title="generate", values=values)


def _startup(env: Environment, job: Job) -> Node:
    folder = job.board_folder
    request = StartupRequest(
        startup=f"{folder}/application.c", board=job.build.board_file, content="application"
    )
    values = (job.start_value, signatures.packages("jinja2"))
    source = add_stage(env, request, title="generate", values=values)["startup"]
    return add_object(env, f"{folder}/application.o", source, compile_flags(job.build.board), [])


def _object(env: Environment, target: str, source: Node, board: Any, generated: Sequence[Folder]) -> Node:
    return add_object(env, target, source, compile_flags(board), shared_includes(env), generated)


def _own_objects(
    env: Environment, application: Application, board: Any, generated: Sequence[Folder], place: str
) -> list[Node]:
    """Return the objects of users: those of their sources, by SCons's own builders, and those that are given."""
    own = _compiling(env, application.env, board, generated)
    made: list[Node] = []
    for source in application.sources:
        if str(source).endswith(_LINKED):
            made.append(source)
            continue
        target = paths.file(env, f"{place}/{_name(env, source)}.o")
        maker = (source, tuple(own["CCFLAGS"]), tuple(map(str, own.get("CPPPATH", []))))
        if not shared.is_made([target], maker):
            own.Object(target, source)
            env.Depends(target, env.Value(env["TINYML_CC_IDENTITY"]))
        made.append(target)
    return made


def _compiling(env: Environment, own: Any, board: Any, generated: Sequence[Folder]) -> Any:
    """Return the environment of users with our compiler for the core of `board`, and the generated headers."""
    compiler = env["TINYML_CC"]
    made = own.Clone()
    flags = {name: CLVar(own[name]) for name in _FLAGS if name in own}  # tools begin them anew
    for tool in _TOOLS:
        made.Tool(tool)
    made.Replace(**flags)
    made.Replace(
        CC=compiler, CXX=find_companion(compiler, "g++"), AS=compiler, OBJSUFFIX=".o", ENV=env["ENV"]
    )
    core, unsigned = core_flags(board), ["$(", *env["TINYML_PREFIX_MAPS"], "$)"]
    made.Prepend(CCFLAGS=[*core, *SECTIONS, *unsigned], ASFLAGS=["-c", *core])
    made.Append(CPPPATH=list(generated))
    for kind in ("CC", "CXX", "AS", "ASPP"):
        made.SetDefault(**{f"{kind}COMSTR": f"{'compile':10} $TARGET"})
    return made


def _name(env: Environment, source: Any) -> str:
    """Return the name of the object of `source` without suffix, in folders like those of `source`."""
    return os.path.splitext(paths.given(env, source).lstrip("/"))[0].replace("..", "__")  # noqa: PTH122
