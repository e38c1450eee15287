"""Differences of LiteRT's reference kernels from TensorFlow Lite Micro's, over layers of the kernels' tests.

`python -m support.oracle_differences docs/oracles.md` renews the table in that file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.ir import OptionValue
from scons_tinyml.stages.litert import run_litert
from support.all_cases import KERNEL_CASES
from support.cases import Case
from support.elementwise_cases import ELEMENTWISE
from support.kernel_calls import KERNELS, KernelFolder
from support.oracle import in_litert, run_oracle_outputs
from support.signal_cases import SIGNALS
from support.tflite_builder import NetworkBuilder, to_tflite

BEGIN, END = "<!-- differences -->\n", "<!-- /differences -->\n"
CASES = 60
"""Number of layers of each operator and type, or of each kernel, in the table."""

Key = tuple[str, str]
"""Operator, and type of its first input."""


@dataclass(frozen=True)
class Difference:
    """Differences of one operator in one type: numbers of compared and differing layers, and the largest distance."""

    compared: int
    differ: int
    largest: float
    refused: int

    @property
    def text(self) -> str:
        """Text such as '3 of 12 layers, by 1 at most'."""
        found = f"{self.differ} of {self.compared} layers, {_amount(self.largest)}" if self.differ else ""
        refused = (
            f"{self.refused} of {self.compared + self.refused} layers are refused" if self.refused else ""
        )
        return "; ".join(filter(None, (found, refused)))


def _amount(largest: float) -> str:
    return "where one answers NaN" if largest == float("inf") else f"by {largest:.3g} at most"


def differences(cases: int = CASES) -> dict[Key, Difference]:
    """Return the operators of which some of `cases` layers differ. The layers are the same in every run."""
    found: dict[Key, list[float | None]] = {}
    drawn = (case for layers in _layers() for case in _drawn(layers, cases))
    for case in (*large_layers(), *drawn):
        if not in_litert(case.graph):
            key = (case.view.layer.operator, case.view.input(0).type)
            found.setdefault(key, []).append(distance(case))
    compared = {key: _difference(distances) for key, distances in sorted(found.items())}
    return {key: one for key, one in compared.items() if one.differ or one.refused}


def table(found: Mapping[Key, Difference]) -> str:
    """Return the table as Markdown."""
    lines = ["| operator | type | LiteRT differs on |", "| --- | --- | --- |"]
    lines += [f"| {operator} | {type_name} | {one.text} |" for (operator, type_name), one in found.items()]
    return "".join(f"{line}\n" for line in lines)


def documented(text: str) -> set[Key]:
    """Return operator and type of each line of the table in `text`."""
    _, _, rest = text.partition(BEGIN)
    lines = rest.partition(END)[0].splitlines()[2:]
    return {(cells[1].strip(), cells[2].strip()) for cells in (line.split("|") for line in lines)}


def large_layers() -> Iterator[Case]:
    """Yield layers with sums of usual length and outputs of the whole int8 range, so that rounding shows."""
    yield from (_large("FULLY_CONNECTED", (1, 128), (512, 128), (1, 512), seed=seed) for seed in range(4))
    window = {
        "padding": "SAME",
        **dict.fromkeys(("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor"), 1),
    }
    image, output = (1, 12, 12, 8), (1, 12, 12, 32)
    yield _large("CONV_2D", image, (32, 3, 3, 8), output, seed=0, **window)
    weights = (1, 3, 3, 32)
    yield _large("DEPTHWISE_CONV_2D", image, weights, output, seed=0, **window, depth_multiplier=4)


def _large(
    operator: str,
    shape: Sequence[int],
    weights: Sequence[int],
    output: Sequence[int],
    seed: int,
    **options: OptionValue,
) -> Case:
    random, net = np.random.default_rng(seed), NetworkBuilder()
    terms = prod(weights[:3]) if operator == "DEPTHWISE_CONV_2D" else prod(weights[1:])
    source = net.activation(shape, "int8", scale=0.05)
    values = net.constant(random.integers(-127, 128, weights).astype(np.int8), scales=[0.01])
    bias = net.constant(random.integers(-(2**12), 2**12, output[-1]).astype(np.int32))
    target = net.activation(output, "int8", scale=0.045 * terms**0.5)
    if operator == "FULLY_CONNECTED":
        options = {"weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer(operator, [source, values, bias], [target], fused_activation_function="NONE", **options)
    return Case(net.finish([source], [target]), (random.integers(-128, 128, shape).astype(np.int8),))


def _layers() -> Iterator[SearchStrategy[Case]]:
    yield from ELEMENTWISE.values()
    elementwise = {"LOOKUP", "COMPARE", "LOGICAL", *(operator for operator, _ in ELEMENTWISE)}
    for kernel in KernelFolder(KERNELS / "reference").kernels:
        if kernel.operator not in {*elementwise, *SIGNALS}:  # LiteRT has no signal operators
            yield KERNEL_CASES[kernel.operator](kernel.type)


def _drawn(layers: SearchStrategy[Case], cases: int) -> list[Case]:
    found: list[Case] = []

    @settings(
        max_examples=cases,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(layers)
    def draw(case: Case) -> None:
        found.append(case)

    draw()
    return found


def distance(case: Case) -> float | None:
    """Return the largest difference of outputs, 0 if all bits are equal, None if LiteRT refuses the layer."""
    wanted = run_oracle_outputs(case.graph, case.inputs)
    try:
        outputs = run_litert(to_tflite(case.graph), case.inputs)
    except UnsupportedError:
        return None
    return max(_apart(*pair) for pair in zip(outputs, wanted, strict=True))


def _apart(found: NDArray[np.generic], wanted: NDArray[np.generic]) -> float:
    if found.shape == wanted.shape and found.tobytes() == wanted.tobytes():
        return 0.0
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        return float("inf")
    first, second = found.astype(np.float64), wanted.astype(np.float64)
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    apart = np.abs(np.subtract(first, second, where=~same, out=np.zeros_like(first)))
    return float("inf") if np.isnan(apart).any() else float(apart.max(initial=0.0)) or sys.float_info.min


def _difference(distances: list[float | None]) -> Difference:
    known = [distance for distance in distances if distance is not None]
    return Difference(len(known), sum(map(bool, known)), max(known, default=0.0), len(distances) - len(known))


if __name__ == "__main__":
    file = Path(sys.argv[1])
    before, _, after = file.read_text().partition(BEGIN)
    file.write_text(f"{before}{BEGIN}{table(differences())}{END}{after.partition(END)[2]}")
