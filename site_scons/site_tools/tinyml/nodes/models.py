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
from . import shared
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

TRAINING_PACKAGES = ("tensorflow-cpu", "tensorflow", "keras", "numpy", "animal-mnist")
ORACLE_PACKAGES = ("tflite-micro", "ai-edge-litert")
RANDOM_SEED = 0
AS_THEY_ARE = (".tflite", ".onnx")
"""Suffixes of networks that are neither trained nor quantized here."""


@dataclass(frozen=True)
class Network:
    """Network as its files describe it."""

    model: Any
    file: Path | None
    """Its model.toml; None if only a file was given."""
    source: Path | None
    """The given file; None for a network that is trained, or has random weights."""
    mode: str
    trust_model: str | None
    """'yes' for a SavedModel that is loaded whatever it runs."""

    @property
    def is_as_it_is(self) -> bool:
        """Return whether the given file is neither trained nor quantized here."""
        return self.source is not None and self.source.suffix in AS_THEY_ARE


@dataclass(frozen=True)
class ModelNodes:
    """Nodes of a model that later stages need; `accuracy` is None without labelled samples."""

    tflite: Node
    samples: Node
    graph: Node
    constants: Node
    accuracy: Node | None


def add_model(env: Environment, network: Network) -> ModelNodes:
    """Add the nodes of `network`, which all boards share."""
    name, source = network.model.name, network.source
    names = [name, f"{source.parent.name}-{name}"] if source is not None else [name]
    models = f"{env['TINYML_BUILD']}/common/models"
    owner = (network.model, network.file, source, network.trust_model)
    folder = f"{models}/{shared.claim(models, names, owner)}"
    return add_quantized(env, network, add_float(env, network, folder), folder)


def add_float(env: Environment, network: Network, folder: str, target: Any = None) -> Node:
    """Return the float network, or add it: trained, with random weights, or converted from ONNX.

    It becomes the file `target`; by default a file in `folder`.
    """
    if network.source is None:
        return _make(env, network.model, network.file, target or f"{folder}/float.keras", folder)
    if network.source.suffix == ".onnx":
        return _converted(env, network.source, target or f"{folder}/converted.tflite")
    return node_of(env, network.source)


def add_quantized(
    env: Environment, network: Network, float_network: Node, folder: str, target: Any = None
) -> ModelNodes:
    """Add what a build needs of the network: in its mode, as the file `target`, with samples, accuracy and graph."""
    model, mode = network.model, network.mode
    if network.is_as_it_is:
        made = _as_it_is(env, model, float_network, target or f"{folder}/given.tflite", folder)
        tflite = made["network"]
    else:
        files = {name: f"{folder}/{name}.tflite" for name in ("float", "int8")}
        files[mode] = target or files[mode]
        made = _quantize(env, network, float_network, files, folder)
        tflite = made[mode]
    return graph_of(env, model.name, tflite, made["samples"], made.get("accuracy"), f"{folder}/{mode}")


def _make(env: Environment, model: Any, file: Path | None, target: Any, folder: str) -> Node:
    """Add the float network: trained, or with random weights."""
    assert file is not None
    keys = ("input", "dataset", "training", "random_weights", "task")
    record = signatures.canonical([model[key] for key in keys])
    made = add_stage(
        env,
        TrainRequest(keras=target, history=f"{folder}/training.json", model=file),
        title="train" if model.training else "draw",
        values=(record, signatures.packages(*TRAINING_PACKAGES)),
        depends=[node_of(env, file.parent / (model.training or model.random_weights).network)],
    )
    return made["keras"]


def _beside(source: Path | None) -> list[str]:
    """Return the files of a SavedModel, including its weights; none for another `source`."""
    if source is None or source.name != "saved_model.pb":
        return []
    return [str(path) for path in sorted(source.parent.rglob("*")) if path.is_file()]


def _quantize(
    env: Environment, network: Network, keras: Node, files: dict[str, Any], folder: str
) -> dict[str, Node]:
    """Add the network as `files`, 'float' and 'int8', with samples and accuracy."""
    model, file, beside = network.model, network.file, _beside(network.source)
    trust_model = network.trust_model if beside else None
    parts = [model[key] for key in ("input", "dataset", "random_weights", "task", "signature")]
    record = signatures.canonical([*parts, {**model.quantization, "mode": None}])
    quantized = model.dataset is not None or model.random_weights is not None
    request = QuantizeRequest(
        keras=keras,
        float=files["float"],
        int8=files["int8"] if quantized else None,
        samples=f"{folder}/samples.npz",
        model=file,
        trust_model=trust_model,
    )
    values = (record, signatures.packages(*TRAINING_PACKAGES, *ORACLE_PACKAGES))
    depends = [node_of(env, path) for path in beside]
    made = add_stage(env, request, title="quantize", values=values, depends=depends)
    if model.dataset is None:
        return made
    evaluated = AccuracyRequest(
        keras=keras,
        float=made["float"],
        int8=made["int8"],
        accuracy=f"{folder}/accuracy.json",
        model=file,
        trust_model=trust_model,
    )
    record = signatures.canonical([model[key] for key in ("input", "dataset", "task", "signature")])
    values = (record, signatures.packages(*TRAINING_PACKAGES, *ORACLE_PACKAGES))
    return made | add_stage(env, evaluated, title="evaluate", values=values, cached=False)


def _as_it_is(env: Environment, model: Any, tflite: Node, target: Any, folder: str) -> dict[str, Node]:
    request = GivenRequest(
        tflite=tflite,
        network=target,
        samples=f"{folder}/samples.npz",
        seed=RANDOM_SEED,
        signature=model.signature,
    )
    return add_stage(env, request, title="read", values=(signatures.packages(*ORACLE_PACKAGES),))


def _converted(env: Environment, source: Path, target: Any) -> Node:
    """Add the conversion of an ONNX file, by a tool of another environment."""
    command = from_onnx.find_command()
    made = add_stage(
        env,
        FromOnnxRequest(onnx=node_of(env, source), tflite=target, command=command),
        title="convert",
        values=(from_onnx.version(command) if command else "",),
    )
    return made["tflite"]


def graph_of(
    env: Environment, name: str, tflite: Node, samples: Node, accuracy: Node | None, folder: str
) -> ModelNodes:
    """Add the graph of `tflite` as the network `name`, which its C code has as well."""
    request = GraphRequest(
        tflite=tflite, graph=f"{folder}/graph.json", constants=f"{folder}/graph.bin", name=name
    )
    made = add_stage(env, request, title="graph", cached=False)
    return ModelNodes(tflite, samples, made["graph"], made["constants"], accuracy)
