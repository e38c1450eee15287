"""Kernel sets, compiled once for this machine and for each core."""

from __future__ import annotations

import pytest

from support.arm_kernels import ArmLibrary, ArmObjects
from support.arm_machine import CORES
from support.external_sources import cmsis_nn_root
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder


@pytest.fixture(scope="session")
def reference() -> KernelFolder:
    return KernelFolder(KERNELS / "reference")


@pytest.fixture(scope="session")
def cmsis_nn() -> KernelFolder:
    return KernelFolder(KERNELS / "cmsis_nn", cmsis_nn_root())


@pytest.fixture(scope="session")
def reference_library(reference: KernelFolder, tmp_path_factory: pytest.TempPathFactory) -> HostLibrary:
    return HostLibrary(reference, tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="session")
def cmsis_nn_library(cmsis_nn: KernelFolder, tmp_path_factory: pytest.TempPathFactory) -> HostLibrary:
    root = cmsis_nn_root()
    if not (root / "Include" / "Internal" / "arm_nn_compiler.h").is_file():
        pytest.skip("CMSIS-NN v4.0.0 compiles for Arm's cores alone")
    sizes = sorted(root.glob("Source/*/arm_*_get_buffer_sizes_s*.c"))  # functions that test_scratch.py asks
    return HostLibrary(cmsis_nn, tmp_path_factory.mktemp("cmsis_nn"), sizes)


@pytest.fixture(scope="session", params=CORES, ids=lambda core: core.name)
def arm_reference(
    request: pytest.FixtureRequest, reference: KernelFolder, tmp_path_factory: pytest.TempPathFactory
) -> ArmLibrary:
    build = tmp_path_factory.mktemp("arm_reference")
    return ArmLibrary(ArmObjects(reference, request.param, build), build)


@pytest.fixture(scope="session")
def arm_cmsis_nn_objects(
    cmsis_nn: KernelFolder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, ArmObjects]:
    """Objects for each core, by its name."""
    folders = {core: tmp_path_factory.mktemp("arm_cmsis_nn") for core in CORES}
    return {core.name: ArmObjects(cmsis_nn, core, folder) for core, folder in folders.items()}


@pytest.fixture(scope="session", params=CORES, ids=lambda core: core.name)
def arm_cmsis_nn(
    request: pytest.FixtureRequest,
    arm_cmsis_nn_objects: dict[str, ArmObjects],
    tmp_path_factory: pytest.TempPathFactory,
) -> ArmLibrary:
    return ArmLibrary(arm_cmsis_nn_objects[request.param.name], tmp_path_factory.mktemp("arm_cmsis_nn"))
