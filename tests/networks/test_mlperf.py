"""The MLPerf Tiny networks, int8 and float, whole, as images on the emulated stm32l4r5, against the oracle.

Those of their makers, where they lie beside the repository, and those of models/mlperf_tiny_*. Floats are as far from
the oracle's as SOFTMAX declares, which is the last layer; everything else is the same byte for byte.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scons_tinyml.stages.graph.ir import Graph, Tensor
from scons_tinyml.stages.graph.reader import read_canonical, read_tflite
from scons_tinyml.stages.oracle import Oracle
from support.external_sources import cmsis_nn_root
from support.kernel_calls import KERNELS, KernelFolder
from support.mlperf import FLOAT, HYBRID, INT8, mlperf_file
from support.network_images import NetworkImages
from support.oracle import assert_same

ROOT = Path(__file__).parents[2]
TASKS = ("ad", "ic", "kws", "vww")
MAKE = """\
import sys
from pathlib import Path
from scons_tinyml.stages.quantize.__main__ import QuantizeRequest, main as quantize
from scons_tinyml.stages.train.__main__ import TrainRequest, main as train
for path in map(Path, sys.argv[2:]):
    made = {name: Path(sys.argv[1], f"{path.name}.{name}") for name in ("keras", "history", "float", "int8", "samples")}
    model = {"model": path / "model.toml", "keras": made["keras"]}
    train(TrainRequest(**model, history=made["history"]))
    quantize(QuantizeRequest(**model, **{name: made[name] for name in ("float", "int8", "samples")}))
"""
"""All in one process: importing TensorFlow takes longer than any of the networks."""


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> NetworkImages:
    return NetworkImages(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def reference() -> KernelFolder:
    return KernelFolder(KERNELS / "reference")


@pytest.fixture(scope="module")
def cmsis_nn() -> KernelFolder:
    return KernelFolder(KERNELS / "cmsis_nn", cmsis_nn_root())


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The networks of the repository, as `mlperf_tiny_<task>.int8` and `.float`; processes of a run share them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "mlperf_tiny"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            models = [ROOT / "models" / f"mlperf_tiny_{task}" for task in TASKS]
            command = [sys.executable, "-c", MAKE, str(folder), *map(str, models)]
            subprocess.run(command, check=True, capture_output=True, cwd=ROOT / "site_scons")
            (folder / "made").touch()
    return folder


def samples(tensor: Tensor) -> list[NDArray[np.generic]]:
    """All of the range of int8; floats as images and spectra have them, and far beyond."""
    random = np.random.default_rng(1)
    if tensor.type == "int8":
        return [random.integers(-128, 128, tensor.shape).astype(np.int8) for _ in range(2)]
    return [random.uniform(-reach, reach, tensor.shape).astype(np.float32) for reach in (1, 300)]


def compare(images: NetworkImages, data: bytes, graph: Graph, *folders: KernelFolder) -> set[str]:
    """Run both, compare; the kernel sets that took part."""
    built = images.link(graph, folders)
    inputs = samples(graph.tensors[graph.inputs[0]])
    oracle = Oracle(data)
    for found, values in zip(built.run(inputs), inputs, strict=True):
        assert_same(found, oracle.run([values])[0], built.max_ulps)
    return {kernel.name.partition("/")[0] for kernel in built.kernels}


@pytest.mark.parametrize("name", [*INT8, *FLOAT])
def test_reference_kernels(name: str, images: NetworkImages, reference: KernelFolder) -> None:
    file = mlperf_file(name)
    assert compare(images, file.read_bytes(), read_tflite(file), reference) == {"reference"}


@pytest.mark.parametrize("name", INT8)
def test_cmsis_nn_alone(name: str, images: NetworkImages, cmsis_nn: KernelFolder) -> None:
    file = mlperf_file(name)
    assert compare(images, file.read_bytes(), read_tflite(file), cmsis_nn) == {"cmsis_nn"}


def test_weights_of_the_hybrid_as_floats(images: NetworkImages, reference: KernelFolder) -> None:
    """The float keyword spotter has int8 weights in most layers, which neither our kernels nor the oracle take."""
    given = read_canonical(mlperf_file(HYBRID))
    assert {tensor.type for tensor in given.graph.tensors} == {"float32", "int32"}
    compare(images, given.tflite, given.graph, reference)


@pytest.mark.parametrize("task", TASKS)
def test_ours_int8(task: str, ours: Path, images: NetworkImages, cmsis_nn: KernelFolder) -> None:
    file = ours / f"mlperf_tiny_{task}.int8"
    compare(images, file.read_bytes(), read_tflite(file), cmsis_nn)


@pytest.mark.parametrize("task", TASKS)
def test_ours_float(task: str, ours: Path, images: NetworkImages, reference: KernelFolder) -> None:
    file = ours / f"mlperf_tiny_{task}.float"
    compare(images, file.read_bytes(), read_tflite(file), reference)
