"""Sources that are not part of the repository, for tests that compile them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.kernel import Kernel, read_kernel_set
from scons_tinyml.stages.firmware import fetch
from scons_tinyml.stages.firmware.requests import FetchRequest
from support.kernel_calls import KERNELS

CHECKOUT = Path(os.environ["CMSIS_NN_ROOT"]) if os.environ.get("CMSIS_NN_ROOT") else None
"""Checkout of CMSIS-NN that tests compile instead of the wheel's copy."""


@cache
def cmsis_nn_root() -> Path:
    """Return the folder of CMSIS-NN: CHECKOUT, that of a build, or a fetched one. Skip the test without any."""
    if CHECKOUT is not None:
        return CHECKOUT
    root = KERNELS.parent / "build" / "common" / "external" / "cmsis_nn"
    if not all(
        (root / name).is_file() for name in _needed()
    ):  # missing, or of a build before the last change
        root = Path(mkdtemp(prefix="tinyml-cmsis-nn-"))
        try:
            fetch.main(FetchRequest(set=KERNELS / "cmsis_nn", manifest=root / "manifest.json"))
        except EnvironmentProblem as error:
            pytest.skip(f"CMSIS-NN is not here and cannot be fetched: {error.problem}")
    return root


def cmsis_nn_kernels() -> dict[str, Kernel]:
    """Return the kernels by name, as declared for CHECKOUT or the wheel, without those that it has no functions for."""
    kernels = read_kernel_set(KERNELS / "cmsis_nn", CHECKOUT)[1]
    return {kernel.name: kernel for kernel in kernels if kernel.sources}


def _needed() -> list[str]:
    kernel_set, kernels = read_kernel_set(KERNELS / "cmsis_nn")
    return [*kernel_set.external_headers, *(name for kernel in kernels for name in kernel.external_sources)]
