"""The pipeline as functions: from a `.tflite` file to firmware with a verdict, without SCons.

    from pathlib import Path
    from scons_tinyml import library

    workspace = library.open_workspace(board=Path("boards/stm32l4.toml"), folder=Path("work"), sets=("reference",))
    network = library.load_network(Path("wakeword.tflite"), workspace.folder)
    firmware = library.build_firmware(network, workspace, limits="flash=64KiB latency=20ms")
    print(firmware.report.verdict, firmware.report.cycles, firmware.elf)

`export_firmware` writes it as sources for another build system. `build_firmware` calls the functions of `pipeline` in
their order; each of them can be called alone. SCons builds the same artefacts by the same functions, node by node.
"""

from scons_tinyml.library.application import Application, Planned, build_application
from scons_tinyml.library.export import export_firmware
from scons_tinyml.library.network import Network, load_network
from scons_tinyml.library.pipeline import (
    Firmware,
    build_firmware,
    build_image,
    judge_firmware,
    lower_network,
    measure_network,
    plan_network,
    run_image,
)
from scons_tinyml.library.workspace import Workspace, compile_kernels, open_workspace

__all__ = [
    "Application",
    "Firmware",
    "Network",
    "Planned",
    "Workspace",
    "build_application",
    "build_firmware",
    "build_image",
    "compile_kernels",
    "export_firmware",
    "judge_firmware",
    "load_network",
    "lower_network",
    "measure_network",
    "open_workspace",
    "plan_network",
    "run_image",
]
