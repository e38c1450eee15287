"""Nodes of exports: folders for the build systems of other people, made of what the gate has published."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.export_names import MANIFEST
from scons_tinyml.records.json_text import read_json
from scons_tinyml.stages.export.request import ExportRequest

from ..dependencies import signatures
from . import measuring
from .build import GENERATED, Build
from .firmware import EXPORTS, SourceNodes
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node


def check(build: Build) -> None:
    """Raise InputError if a build system of `build` has no name for its board."""
    from scons_tinyml.stages.export.systems import SYSTEMS

    for name in build.systems:
        SYSTEMS.load(name).SYSTEM.check(build.board)


def add_exports(
    env: Environment, made: SourceNodes, systems: Sequence[str], report: Node, published: Sequence[Node]
) -> list[Node]:
    """Add the folder of each of `systems`, which follows the gate that makes `published`; return the manifests."""
    return [_add(env, made, name, report, published) for name in systems]


def _add(env: Any, made: SourceNodes, system: str, report: Node, published: Sequence[Node]) -> Node:
    job = made.job
    folder = f"{job.folder}/{EXPORTS}/{system}"
    fields = (*GENERATED, "header", "weights_header", "kernels_header")
    request = ExportRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        plan=made.choice.plan,
        archive=tuple(made.compiled.archives),
        report=report,
        manifest=f"{folder}/{MANIFEST}",
        system=system,
        board=job.build.board_file,
        sets=tuple(env["TINYML_KERNELS"]),
        external=measuring.externals(job),
        **{field: made.files[field] for field in fields},
    )
    values = (
        signatures.canonical(job.build.board),
        signatures.packages("jinja2"),
        job.build.declarations,
    )
    manifest = add_stage(env, request, title="export", values=values, depends=tuple(published), cached=False)[
        "manifest"
    ]
    env.Precious(manifest)  # the stage replaces the folder as a whole
    if not _is_as_made(Path(manifest.abspath)):
        env.AlwaysBuild(manifest)
    return manifest


def _is_as_made(manifest: Path) -> bool:
    """Return whether all files of an export are there with the digests of its manifest, and no others."""
    folder = manifest.parent
    try:
        listed = {one["path"]: one["sha256"] for one in read_json(manifest)["files"]}
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        return there == {*listed, MANIFEST} and all(
            (folder / name).is_file() and sha256((folder / name).read_bytes()).hexdigest() == digest
            for name, digest in listed.items()
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, InputError):
        return False
