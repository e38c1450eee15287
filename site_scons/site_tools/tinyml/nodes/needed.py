"""Nodes of the kernels that a network needs: a list, written by a stage, and an archive of each set.

The objects are not known before the list exists. A scanner finds them in it, as headers in a C file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from SCons.Scanner import Scanner

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.record import Record
from scons_tinyml.stages.needed.request import NeededRequest

from ..lifecycle.commands import Beginning, Command, Late, Unsigned
from .artefacts import ScannedArtefact, artefacts
from .build import Job
from .kernels import SetNodes
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

LIST = "kernels.json"


class Compiled(Record):
    """Inputs of the linker: start-up code, list of needed kernels, and their archive of each set."""

    startup: Node
    listed: Node
    archives: list[Node]


def add_compiled(env: Environment, job: Job, startup: Node, fits: Sequence[Node], *, alone: bool) -> Compiled:
    """Add the list, made after the nodes `fits`, and the archives; if `alone`, objects wait for `fits`."""
    request = NeededRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        needed=f"{job.folder}/{LIST}",
        board=job.build.board_file,
        kernels=tuple(env["TINYML_KERNELS"]),
        external=job.checkouts,
    )
    values = (job.timing_value, job.build.declarations)
    listed = add_stage(env, request, title="needed", values=values)["needed"]
    if _files(job.sets, listed.abspath) is None:
        env.AlwaysBuild(listed)  # SCons takes a damaged list for whole
    before = list(fits) if alone else []
    env.Requires([listed], list(fits))
    env.Requires([startup], before)
    archives = [
        add_archive(env, f"{job.folder}/work/{one.name}.a", [(listed, [one])], before=before)
        for one in job.sets
        if one.has_files
    ]
    return Compiled(startup, listed, archives)


def add_archive(
    env: Environment,
    target: str,
    lists: Sequence[tuple[Node, Sequence[SetNodes]]],
    *,
    first: Sequence[Node] = (),
    before: Sequence[Node] = (),
) -> Node:
    """Add the archive of the objects `first`, and those of kernel sets in each of `lists`, made after `before`.

    An object of several lists is in it once; objects of one name from different folders all are.
    """

    def objects(node: Node | None = None) -> list[Node]:
        """Return the objects of all lists, or of the list `node`."""
        asked = [pair for pair in lists if node is None or pair[0] is node]
        found = (one for listed, sets in asked for one in _objects(sets, listed.abspath, before))
        return list(dict.fromkeys(found))

    [archive] = artefacts(env, [target], ScannedArtefact)
    if archive.has_builder():
        return archive  # type: ignore[no-any-return] # SCons has no types
    words = [Unsigned((env["TINYML_AR"],)), "qcsD", Beginning(archive), *first, Late(objects)]
    made = env.Command(
        [archive],
        [*(listed for listed, _ in lists), *first],
        Command("archive", words, values=[env["TINYML_CC_IDENTITY"]], program=True),
        source_scanner=Scanner(lambda node, _env, _path: objects(node)),
    )
    env.NoCache(made)  # the library is published with the image, and has to be of the same objects
    return made[0]


def _objects(sets: Sequence[SetNodes], path: str, before: Sequence[Node]) -> list[Node]:
    """Return the objects that the list in `path` names, in its order; none without a list."""
    files = _files(sets, path) or []
    return [
        node
        for one, (own, foreign) in zip(sets, files, strict=False)
        for node in one.objects(own, foreign, before)
    ]


def _files(sets: Sequence[SetNodes], path: str) -> list[tuple[list[str], list[str]]] | None:
    """Return the own and external C files of each of `sets` in the list `path`; None if it is unreadable."""
    try:
        listed = read_json(Path(path))
        return [(listed[one.name]["sources"], listed[one.name]["external_sources"]) for one in sets]
    except (OSError, ValueError, LookupError, TypeError, InputError):
        return None
