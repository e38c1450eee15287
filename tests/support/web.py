"""Networks as WebAssembly, with the contents of their pages, and Wasmtime, which runs them without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.litert import AnyOracle, oracle_for
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.samples import Samples, as_network_input
from scons_tinyml.stages.web.compiler import Exports, WebCompiler, find_web_compiler
from scons_tinyml.stages.web.entries import entry_of
from scons_tinyml.stages.web.expected import Expected, of_oracle, ulps_of, with_bounds
from scons_tinyml.stages.web.page import Contents, Sample
from scons_tinyml.stages.web.portable import Portable, portable
from support.tflite_builder import to_tflite

KERNELS = Path(__file__).parents[2] / "kernels"
Array = NDArray[np.generic]


@cache
def kernel_sources() -> KernelSources:
    """Return all shipped kernel sets, without external sources."""
    return KernelSources.read([KERNELS])


def compiler() -> WebCompiler:
    """Return the compiler, or skip the test where there is none."""
    try:
        return find_web_compiler()
    except EnvironmentProblem as problem:
        pytest.skip(str(problem))


@dataclass(frozen=True)
class WebNetwork:
    """A network, as its file has it, with random samples."""

    tflite: bytes
    count: int = 3
    seed: int = 1

    @classmethod
    def of(cls, graph: Graph, count: int = 3) -> WebNetwork:
        """Return `graph`, written to a file."""
        return cls(to_tflite(graph), count)

    @cached_property
    def graph(self) -> Graph:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "network.tflite"
            path.write_bytes(self.tflite)
            return read_tflite(path)

    @cached_property
    def sources(self) -> KernelSources:
        return kernel_sources().only(["reference"])

    @cached_property
    def network(self) -> Portable:
        return portable(self.graph, {}, self.sources)

    @cached_property
    def module(self) -> bytes:
        return compiler().module(self.network, self.sources)

    @cached_property
    def oracle(self) -> AnyOracle:
        return oracle_for(self.tflite)

    @cached_property
    def values(self) -> Samples:
        return random_samples(self.graph, self.seed, self.count)

    @cached_property
    def inputs(self) -> list[list[Array]]:
        tensors = [self.graph.tensors[index] for index in self.graph.inputs]
        rows = zip(*self.values.inputs, strict=True)
        return [
            [as_network_input(value, tensor) for value, tensor in zip(row, tensors, strict=True)]
            for row in rows
        ]

    @cached_property
    def expected(self) -> list[Expected]:
        found = [
            tuple(array.tobytes() for array in outputs) for outputs in of_oracle(self.oracle, self.inputs)
        ]
        return with_bounds(found, ulps_of(self.network, None), self.oracle, self.inputs)

    def contents(self, **changes: Any) -> Contents:
        """Return the contents of its page without a build."""
        samples = tuple(
            Sample(tuple(array.tobytes() for array in sample), f"class {number}", one)
            for number, (sample, one) in enumerate(zip(self.inputs, self.expected, strict=True))
        )
        given = {
            "network": self.network,
            "module": self.module,
            "compiler": "clang",
            "mode": "int8",
            "description": "a network of a test",
            "entry": entry_of(self.graph, None, self.values.inputs[0]),
            "samples": samples,
            "classes": (),
            "kernels": {},
            "report": None,
            "oracle": self.oracle.name,
        }
        return Contents(**{**given, **changes})


class Instance:
    """A module that runs in Wasmtime. It gets nothing from outside."""

    def __init__(self, module: bytes, exports: Exports) -> None:
        import wasmtime

        self._store = wasmtime.Store()
        loaded = wasmtime.Module(self._store.engine, module)
        self.imports = list(loaded.imports)
        self._exports = wasmtime.Instance(self._store, loaded, []).exports(self._store)
        self._names = exports

    def call(self, name: str) -> Any:
        """Return the result of a function without arguments."""
        return self._exports[name](self._store)

    def infer(self, inputs: Sequence[bytes], sizes_bytes: Sequence[int]) -> tuple[bytes, ...]:
        """Return the outputs, of `sizes_bytes`, of one call."""
        memory = self._exports["memory"]
        for name, data in zip(self._names.inputs, inputs, strict=True):
            memory.write(self._store, data, self.call(name))
        self.call(self._names.invoke)
        found = []
        for name, size_bytes in zip(self._names.outputs, sizes_bytes, strict=True):
            begin = self.call(name)
            found.append(bytes(memory.read(self._store, begin, begin + size_bytes)))
        return tuple(found)
