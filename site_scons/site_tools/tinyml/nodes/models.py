"""Nodes that do not depend on the board: float and int8 network, accuracy, typed graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.stages.graph.request import GraphRequest
from scons_tinyml.stages.quantize import from_onnx
from scons_tinyml.stages.quantize.requests import (
    AccuracyRequest,
    FromOnnxRequest,
    GivenRequest,
    QuantizeRequest,
)
from scons_tinyml.stages.train.request import TrainRequest

from ..dependencies import signatures
from ..paths import file as node_of
from . import data
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

TRAINING_PACKAGES = ("tensorflow-cpu", "keras", "numpy")
ORACLE_PACKAGES = ("tflite-micro", "ai-edge-litert")
RANDOM_SEED = 0
AS_THEY_ARE = (".tflite", ".onnx")
"""Suffixes of networks that are neither trained nor quantized here."""


@dataclass(frozen=True)
class ModelNodes:
    """Nodes of a model that later stages need; `accuracy` is None without labelled samples."""

    tflite: Node
    samples: Node
    graph: Node
    constants: Node
    accuracy: Node | None


def add_model(
    env: Environment,
    model: Any,
    file: Path | None,
    source: Path | None,
    mode: str,
    trust_model: str | None,
    outside: tuple[Path, ...] = (),
) -> ModelNodes:
    """Add the nodes of `model` in `mode`; `file` is its model.toml, None if only `source` was given.

    `trust_model` is 'yes' for a SavedModel that is loaded whatever it runs. Its data set may lie in folders `outside`.
    """
    folder = f"{env['TINYML_BUILD']}/common/models/{model.name}"
    if source is not None and source.suffix in AS_THEY_ARE:
        return _given_network(env, model, source, folder)
    splits = data.add_data(env, model, file, folder, outside) if model.dataset and file else None
    keras = node_of(env, source) if source is not None else _make(env, model, file, folder, splits)
    beside = _beside(source)
    made = _quantize(env, model, file, splits, keras, folder, beside, trust_model if beside else None)
    tflite = made["int8" if mode == "int8" else "float"]
    accuracy = made.get("accuracy")
    return _graph(env, model, tflite, made["samples"], accuracy, f"{folder}/{mode}")


def _make(env: Environment, model: Any, file: Path | None, folder: str, splits: Node | None) -> Node:
    """Add the float network: trained on `splits`, or with random weights."""
    assert file is not None
    keys = ("input", "training", "random_weights", "task")
    record = signatures.canonical([model[key] for key in keys])
    made = add_stage(
        env,
        TrainRequest(
            keras=f"{folder}/float.keras", history=f"{folder}/training.json", data=splits, model=file
        ),
        title="train" if model.training else "draw",
        values=(record, signatures.packages(*TRAINING_PACKAGES)),
        depends=data.code_nodes(env, file.parent / (model.training or model.random_weights).network),
    )
    return made["keras"]


def _beside(source: Path | None) -> list[str]:
    """Return the files of a SavedModel, including its weights; none for another `source`."""
    if source is None or source.name != "saved_model.pb":
        return []
    return [str(path) for path in sorted(source.parent.rglob("*")) if path.is_file()]


def _quantize(
    env: Environment,
    model: Any,
    file: Path | None,
    splits: Node | None,
    keras: Node,
    folder: str,
    beside: list[str],
    trust_model: str | None,
) -> dict[str, Node]:
    parts = [model[key] for key in ("input", "random_weights", "task", "signature")]
    output = model.dataset and model.dataset.output
    record = signatures.canonical([*parts, output, {**model.quantization, "mode": None}])
    quantized = model.dataset is not None or model.random_weights is not None
    request = QuantizeRequest(
        keras=keras,
        float=f"{folder}/float.tflite",
        int8=f"{folder}/int8.tflite" if quantized else None,
        samples=f"{folder}/samples.npz",
        data=splits,
        model=file,
        trust_model=trust_model,
    )
    values = (record, signatures.packages(*TRAINING_PACKAGES, *ORACLE_PACKAGES))
    depends = [node_of(env, path) for path in beside]
    made = add_stage(env, request, title="quantize", values=values, depends=depends)
    if splits is None:
        return made
    evaluated = AccuracyRequest(
        keras=keras,
        float=made["float"],
        int8=made["int8"],
        data=splits,
        accuracy=f"{folder}/accuracy.json",
        model=file,
        trust_model=trust_model,
    )
    record = signatures.canonical([output, *(model[key] for key in ("task", "signature", "metrics"))])
    own = [file.parent / name for name in sorted({*data.metric_files(model).values()})] if file else []
    depends = [node for path in own for node in data.code_nodes(env, path)]
    values = (record, signatures.packages(*TRAINING_PACKAGES, *ORACLE_PACKAGES))
    return made | add_stage(env, evaluated, title="evaluate", values=values, depends=depends, cached=False)


def _given_network(env: Environment, model: Any, source: Path, folder: str) -> ModelNodes:
    request = GivenRequest(
        tflite=_tflite(env, source, folder),
        network=f"{folder}/given.tflite",
        samples=f"{folder}/samples.npz",
        seed=RANDOM_SEED,
        signature=model.signature,
    )
    made = add_stage(env, request, title="read", values=(signatures.packages(*ORACLE_PACKAGES),))
    return _graph(env, model, made["network"], made["samples"], None, f"{folder}/given")


def _tflite(env: Environment, source: Path, folder: str) -> Node:
    """Return the node of `source`, or of its conversion if it is ONNX, by a tool of another environment."""
    if source.suffix != ".onnx":
        return node_of(env, source)
    command = from_onnx.find_command()
    made = add_stage(
        env,
        FromOnnxRequest(onnx=node_of(env, source), tflite=f"{folder}/converted.tflite", command=command),
        title="convert",
        values=(from_onnx.version(command) if command else "",),
    )
    return made["tflite"]


def _graph(
    env: Environment, model: Any, tflite: Node, samples: Node, accuracy: Node | None, folder: str
) -> ModelNodes:
    request = GraphRequest(
        tflite=tflite, graph=f"{folder}/graph.json", constants=f"{folder}/graph.bin", name=model.name
    )
    made = add_stage(env, request, title="graph", cached=False)
    return ModelNodes(tflite, samples, made["graph"], made["constants"], accuracy)
