"""Stage: a network becomes a page that runs it in a browser.

python -m scons_tinyml.stages web --graph G.json --constants G.bin --tflite N.tflite --samples S.npz --mode int8
    [--judged judged.json] [--model model.toml] [--plan P.json --report R.json --image I.elf --board B.toml]
    --sets FOLDER ... --page web.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.board import read_board
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.model import read_model
from scons_tinyml.records.quality import Judged
from scons_tinyml.records.units import format_bytes
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages import files
from scons_tinyml.stages.gate.report_file import read_report
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.lower import lower_again
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.plan.record import Plan, read_plan
from scons_tinyml.stages.samples import network_inputs, read_samples
from scons_tinyml.stages.web.compiler import find_web_compiler
from scons_tinyml.stages.web.entries import entry_of
from scons_tinyml.stages.web.expected import of_image, of_oracle, ulps_of, with_bounds
from scons_tinyml.stages.web.page import Contents, Sample, of_kernels, page
from scons_tinyml.stages.web.portable import portable
from scons_tinyml.stages.web.request import WebRequest

if TYPE_CHECKING:
    from scons_tinyml.stages.graph.ir import Graph
    from scons_tinyml.stages.litert import AnyOracle
    from scons_tinyml.stages.lowering.implementation import Implementation
    from scons_tinyml.stages.oracle_child import Array

SAMPLES = 8
"""Samples that the page checks itself on."""


def main(request: WebRequest[Path]) -> None:
    """Compile, run the samples, write the page. Raises EnvironmentProblem without a compiler, UnsupportedError."""
    compiler = find_web_compiler()
    graph = read_graph(request.graph, request.constants)
    plan = read_plan(request.plan) if request.plan else None
    sources = KernelSources.read(request.sets, external_folders(request.external))
    network = portable(graph, _chosen(request, graph, plan, sources), sources)
    module = compiler.module(network, sources)
    oracle = oracle_for(request.tflite.read_bytes(), request.tflite)
    inputs = network_inputs(graph, request.samples, SAMPLES)
    found = _outputs(request, graph, plan, oracle, inputs)
    expected = with_bounds(found, ulps_of(network, plan), oracle, inputs)
    classes, labels = _classes(request), read_samples(request.samples)
    model = read_model(request.model) if request.model else None
    contents = Contents(
        network=network,
        module=module,
        compiler=compiler.version,
        mode=graph.quantization if request.mode == "given" else request.mode,
        description=model.description if model else "",
        entry=entry_of(graph, model, labels.inputs[0]),
        samples=tuple(
            Sample(tuple(array.tobytes() for array in sample), _label(labels.labels, number, classes), one)
            for number, (sample, one) in enumerate(zip(inputs, expected, strict=True))
        ),
        classes=classes,
        kernels={layer.index: layer.kernel for layer in plan.layers if layer.kernel} if plan else {},
        report=read_report(request.report) if request.report else None,
        oracle=oracle.name,
    )
    text = page(contents)
    files.write_text(request.page, text)
    print_wrapped(
        f"{request.page}: {format_bytes(len(text.encode()))}, of which {format_bytes(len(module))} are code "
        "and weights"
    )
    print_wrapped(of_kernels(contents))
    print_wrapped(f"tinyml serve {request.page.parent} --open shows it")


def _chosen(
    request: WebRequest[Path], graph: Graph, plan: Plan | None, sources: KernelSources
) -> dict[int, Implementation]:
    """Return the functions of the build by layer, none without one."""
    if plan is None or request.board is None:
        return {}
    chosen = {layer.index: (layer.kernel, layer.digest) for layer in plan.layers if layer.kernel is not None}
    used = sources.only({name.partition("/")[0] for name, _ in chosen.values()})
    return lower_again(graph, chosen, used.providers, Core.of(read_board(request.board)))


def _outputs(
    request: WebRequest[Path],
    graph: Graph,
    plan: Plan | None,
    oracle: AnyOracle,
    inputs: Sequence[Sequence[Array]],
) -> list[tuple[bytes, ...]]:
    """Return the outputs of the emulator, or of the oracle without a build."""
    if plan is not None and request.image is not None and request.board is not None:
        return of_image(read_board(request.board), request.image, graph, plan.memory, inputs)
    return [tuple(array.tobytes() for array in outputs) for outputs in of_oracle(oracle, inputs)]


def _classes(request: WebRequest[Path]) -> tuple[str, ...]:
    if request.judged is None:
        return ()
    return Judged.model_validate(read_json(request.judged)).classes


def _label(labels: object, number: int, classes: Sequence[str]) -> str:
    """Return the class of a sample, '' without one."""
    import numpy as np

    return classes[int(labels[number])] if isinstance(labels, np.ndarray) and classes else ""
