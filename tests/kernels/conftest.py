"""Kernel sets, compiled once for this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.host_kernels import KERNELS, HostLibrary, KernelFolder


@pytest.fixture(scope="session")
def reference() -> KernelFolder:
    return KernelFolder(KERNELS / "reference")


@pytest.fixture(scope="session")
def reference_library(reference: KernelFolder, tmp_path_factory: pytest.TempPathFactory) -> HostLibrary:
    return HostLibrary(reference, tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="session")
def cmsis_nn() -> KernelFolder:
    """The set with CMSIS-NN's sources, which a build has fetched or `CMSIS_NN_ROOT` names."""
    fetched = KERNELS.parent / "build" / "external" / "cmsis_nn"
    root = Path(os.environ.get("CMSIS_NN_ROOT", fetched))
    if not (root / "Include" / "arm_nnfunctions.h").is_file():
        pytest.skip("CMSIS-NN is not here: run a build that uses it, or set CMSIS_NN_ROOT")
    return KernelFolder(KERNELS / "cmsis_nn", root)


@pytest.fixture(scope="session")
def cmsis_nn_library(cmsis_nn: KernelFolder, tmp_path_factory: pytest.TempPathFactory) -> HostLibrary:
    return HostLibrary(cmsis_nn, tmp_path_factory.mktemp("cmsis_nn"))
