"""Nodes that do not depend on the board: float and int8 network, accuracy, typed graph."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.record import Record
from scons_tinyml.stages.graph.request import GraphRequest
from scons_tinyml.stages.quantize.requests import (
    FromOnnxRequest,
    GivenRequest,
    QuantizeRequest,
)
from scons_tinyml.stages.train.request import TrainRequest

from ..dependencies import signatures
from ..paths import file as node_of
from . import data, given, shared
from .given import ORACLE_PACKAGES
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

TRAINING_PACKAGES = ("tensorflow-cpu", "tensorflow", "keras", "numpy")
RANDOM_SEED = 0
AT_ONCE = ("int8", "float")
"""Versions of a network that TensorFlow makes together; others are made of the float one."""
AS_THEY_ARE = (".tflite", ".onnx")
"""Suffixes of networks that are neither trained nor quantized here."""


class Network(Record):
    """Network as its files describe it."""

    model: Any
    file: Path | None
    """Its model.toml; None if only a file was given."""
    source: Path | None
    """The given file; None for a network that is trained, or has random weights."""
    mode: str
    """'int8', 'int16x8' or 'float'; 'given' for a network that is used as it is."""
    trust_model: str | None
    """'yes' for a SavedModel that is loaded whatever it runs."""
    fold_constant_channels: str
    """'no' if channels that are the same for every input are computed."""
    outside: tuple[Path, ...]
    """Folders outside of the project that paths of its model.toml may lead to."""
    keep_float: tuple[str, ...] = ()
    """Float layers that are not quantized."""
    keep_int16: tuple[str, ...] = ()
    """Layers with activations of 16 bits among others of 8."""
    described_types: tuple[str, ...] = ()
    """Names of those of these two that its model.toml gives, and not the command line."""

    @property
    def is_mixed(self) -> bool:
        """Return whether some layers have another type than the rest."""
        return bool(self.keep_float or self.keep_int16)

    @property
    def type(self) -> str:
        """Type of the network, as its report says: the mode, or 'mixed'."""
        return "mixed" if self.is_mixed else self.mode

    @property
    def version(self) -> str:
        """Name of its files: the mode, with a digest of the layers that have another type."""
        if not self.is_mixed:
            return self.mode
        kept = signatures.canonical([sorted(self.keep_float), sorted(self.keep_int16)])
        return f"{self.mode}-mixed-{sha256(kept.encode()).hexdigest()[:8]}"

    @property
    def is_as_it_is(self) -> bool:
        """Return whether the given file is neither trained nor quantized here."""
        return self.source is not None and self.source.suffix in AS_THEY_ARE


class FloatNodes(Record):
    """Float network, or a given one, and the splits of the data set that it was trained on."""

    network: Node
    splits: Node | None = None


class ModelNodes(Record):
    """Nodes of a model that later stages need; `accuracy` is None without labelled samples."""

    tflite: Node
    samples: Node
    graph: Node
    constants: Node
    accuracy: Node | None
    folding: str
    """'no' if channels that are the same for every input are computed."""
    float: Node | None = None
    """The float version of a network that was quantized here."""
    splits: Node | None = None
    folder: str = ""
    """Folder of files of this version alone."""
    judged: Node | None = None
    """Judgements of its versions on the test split; None without labelled samples."""


def add_model(env: Environment, network: Network) -> ModelNodes:
    """Add the nodes of `network`, which all boards share."""
    name, source = network.model.name, network.source
    names = [name, f"{source.parent.name}-{name}"] if source is not None else [name]
    models = f"{env['TINYML_BUILD']}/common/models"
    owner = (network.model, network.file, source, network.trust_model)
    folder = f"{models}/{shared.claim(models, names, owner)}"
    return add_quantized(env, network, add_float(env, network, folder), folder)


def add_float(env: Environment, network: Network, folder: str, target: Any = None) -> FloatNodes:
    """Return the float network, or add it: trained, with random weights, or converted from ONNX.

    It becomes the file `target`; by default a file in `folder`.
    """
    model, source = network.model, network.source
    if source is None:
        assert network.file is not None
        splits = data.add_data(env, model, network.file, folder, network.outside) if model.dataset else None
        return FloatNodes(
            _make(env, model, network.file, splits, target or f"{folder}/float.keras", folder), splits
        )
    if source.suffix == ".onnx":
        return FloatNodes(_converted(env, source, target or f"{folder}/converted.tflite"))
    return FloatNodes(node_of(env, source))


def add_quantized(
    env: Environment, network: Network, made: FloatNodes, folder: str, target: Any = None
) -> ModelNodes:
    """Add what a build needs of the network: in its mode, as the file `target`, with samples, accuracy and graph."""
    files = {name: f"{folder}/{name}.tflite" for name in ("float", "int8", "given", network.version)}
    files[network.version] = target or files[network.version]
    add = _as_it_is if network.is_as_it_is else _quantize
    found = add(env, network, made, files, folder)
    tflite = found[network.version]
    folding = network.fold_constant_channels
    place = f"{folder}/{network.version}{'-all-channels' if folding == 'no' else ''}"
    nodes = graph_of(
        env, network.model.name, tflite, found["samples"], found.get("accuracy"), place, folding=folding
    )
    of_float = None if network.mode in ("float", "given") else found.get("float")
    return replace(nodes, float=of_float, splits=found.get("data"), judged=found.get("judged"), folder=place)


def _make(env: Environment, model: Any, file: Path, splits: Node | None, target: Any, folder: str) -> Node:
    """Add the float network: trained on `splits`, or with random weights."""
    keys = ("input", "training", "random_weights", "task", "variants")
    record = signatures.canonical([model[key] for key in keys])
    made = add_stage(
        env,
        TrainRequest(
            keras=target,
            history=f"{folder}/training.json",
            data=splits,
            model=file,
            variant=model.variant or None,
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
    env: Environment, network: Network, made: FloatNodes, files: dict[str, Any], folder: str
) -> dict[str, Node]:
    """Add the network as `files`, 'float' and 'int8', with samples and accuracy."""
    model, file, beside, splits = network.model, network.file, _beside(network.source), made.splits
    trust_model = network.trust_model if beside else None
    if network.source is not None and given.has_samples(model):
        splits = given.add_samples(env, model, file, made.network, folder, network.outside, trust_model)
    parts = [model[key] for key in ("input", "random_weights", "task", "signature")]
    output = model.dataset and model.dataset.output
    record = signatures.canonical([*parts, output, given.representative_count(model)])
    quantized = given.is_quantized(model) or model.random_weights is not None
    request = QuantizeRequest(
        keras=made.network,
        float=files["float"],
        int8=files["int8"] if quantized else None,
        samples=f"{folder}/samples.npz",
        data=splits,
        model=file,
        trust_model=trust_model,
    )
    values = (record, signatures.packages(*TRAINING_PACKAGES, *ORACLE_PACKAGES))
    depends = [node_of(env, path) for path in beside]
    found = add_stage(env, request, title="quantize", values=values, depends=depends)
    found = {**found, **({"data": splits} if splits else {})}
    version, name = "int8", "int8"
    if network.version not in AT_ONCE:
        name = network.version
        found[name] = given.add_integer(env, network, found["float"], splits, files[name])["int8"]
    if splits is None or not given.is_labelled(model):
        return found
    versions: dict[str, Node] = {"float": found["float"], **({version: found[name]} if name in found else {})}
    return {**found, **given.add_accuracy(env, network, versions, splits, folder)}


def _as_it_is(
    env: Environment, network: Network, made: FloatNodes, files: dict[str, Any], folder: str
) -> dict[str, Node]:
    """Add a network that is not trained here: as it is, or in int8 by its representative samples."""
    model, file = network.model, network.file
    request = GivenRequest(
        tflite=made.network,
        network=files["given"],
        samples=f"{folder}/samples.npz",
        seed=RANDOM_SEED,
        signature=model.signature,
    )
    read = add_stage(env, request, title="read", values=(signatures.packages(*ORACLE_PACKAGES),))
    found = {"given": read["network"], "samples": read["samples"]}
    if not given.has_samples(model):
        return found
    assert network.source is not None
    versions = {"given": read["network"]}
    splits = given.add_samples(env, model, file, read["network"], folder, network.outside)
    found["data"] = splits
    if given.has_representative(model):
        name = "int8" if network.mode == "float" else network.version
        samples = f"{folder}/samples_{name}.npz"
        integer = given.add_integer(env, network, read["network"], splits, files[name], samples)
        versions = {"float": read["network"], "int8": integer["int8"]}
        found |= {"float": read["network"], name: integer["int8"]}
        found["samples"] = read["samples"] if network.mode == "float" else integer["samples"]
    if given.is_labelled(model):
        found |= given.add_accuracy(env, network, versions, splits, folder)
    return found


def _converted(env: Environment, source: Path, target: Any) -> Node:
    """Add the conversion of an ONNX file, by a tool of another environment."""
    from scons_tinyml.stages.quantize import from_onnx  # not in every build

    command = from_onnx.find_command()
    made = add_stage(
        env,
        FromOnnxRequest(onnx=node_of(env, source), tflite=target, command=command),
        title="convert",
        values=(from_onnx.version(command) if command else "",),
    )
    return made["tflite"]


def graph_of(
    env: Environment,
    name: str,
    tflite: Node,
    samples: Node,
    accuracy: Node | None,
    folder: str,
    *,
    folding: str,
) -> ModelNodes:
    """Add the graph of `tflite` as the network `name`, which its C code has as well."""
    request = GraphRequest(
        tflite=tflite,
        graph=f"{folder}/graph.json",
        constants=f"{folder}/graph.bin",
        name=name,
        fold_constant_channels=folding,
    )
    made = add_stage(env, request, title="graph", cached=False)
    return ModelNodes(tflite, samples, made["graph"], made["constants"], accuracy, folding)
