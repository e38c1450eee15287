"""Firmware as sources for the build systems of other people."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.library.network import Network
from scons_tinyml.library.pipeline import Firmware
from scons_tinyml.library.workspace import OBJECTS, Workspace
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.export.assemble import export_network
from scons_tinyml.stages.export.systems import SYSTEMS
from scons_tinyml.stages.export.tree import Generated
from scons_tinyml.stages.files import json_text


def export_firmware(
    network: Network,
    workspace: Workspace,
    firmware: Firmware,
    system: str,
    folder: Path,
    *,
    over_budget: bool = False,
) -> None:
    """Replace `folder` by `firmware`, a result of `build_firmware`, as sources for the build system `system`.

    Raises InputError for an unknown system, for a board that it has no name for, and for firmware whose verdict is not
    'pass', unless `over_budget` is set.
    """
    if system not in SYSTEMS.names():
        raise InputError(
            f"unknown build system '{system}'; {did_you_mean(system, SYSTEMS.names())}", key="system"
        )
    if firmware.report.verdict != "pass" and not over_budget:
        raise InputError(
            f"{firmware.report.model} on {firmware.report.target} does not keep its limits, so it is not exported",
            hint="over_budget=True exports it all the same",
        )
    archives = sorted((workspace.folder / OBJECTS).glob("*.a"))
    export_network(
        system=system,
        folder=folder,
        board=workspace.board,
        graph=network.graph,
        plan=firmware.plan,
        generated=Generated.in_folder(firmware.elf.parent, network.graph.name),
        sources=workspace.sources,
        archives={path.stem: path for path in archives},
        report=json_text(firmware.report.model_dump(mode="json")).encode(),
        provenance=firmware.report.provenance,
    )
