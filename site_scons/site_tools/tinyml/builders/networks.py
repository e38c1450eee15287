"""Builders of networks: float and quantized."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from SCons.Node.FS import Dir

from scons_tinyml.records.network_source import SAVED_MODEL

from .. import job, network_types, paths
from ..commandline.naming import NETWORK_FILES
from ..nodes import models
from ..nodes.artefacts import copied
from .base import WORK, Call, made_of, stem_of

_SUFFIXES = (*NETWORK_FILES, SAVED_MODEL, ".toml")


@dataclass(frozen=True)
class FloatModel:
    """Float network with the nodes that hold it; None for a file that no builder was called for."""

    network: models.Network
    nodes: models.FloatNodes | None


@dataclass(frozen=True)
class QuantizedModel:
    """Network in its final types, with all nodes that a build needs of it."""

    network: models.Network
    nodes: models.ModelNodes


def float_model(call: Call) -> list[Any]:
    """Train the network of a model.toml, or copy a given one; an ONNX file is converted."""
    env, found = call.env, _described(call, call.one_source())
    target = call.target(f"{env['TINYML_BUILD']}/{found.network.model.name}.keras")
    made = models.add_float(call.settled({}), found.network, f"{stem_of(target)}{WORK}", target)
    if call.targets and paths.given(env, made.network) != target:
        made = models.FloatNodes(copied(env, target, made.network), made.splits)
    made.network.attributes.tinyml = FloatModel(found.network, made)
    return [made.network]


def quantized_model(call: Call) -> list[Any]:
    """Quantize a network, or take it as it is; TINYML_QUANTIZE is 'int8', 'int16x8' or 'float'."""
    found = _described(call, call.one_source())
    network = network_types.in_types(found.network, call.arguments)
    target = call.target(f"{call.env['TINYML_BUILD']}/{network.model.name}_{network.version}.tflite")
    env, folder = call.settled({}), f"{stem_of(target)}{WORK}"
    made = found.nodes or models.add_float(env, network, folder)
    nodes = models.add_quantized(env, network, made, folder, target)
    nodes.tflite.attributes.tinyml = QuantizedModel(network, nodes)
    return [nodes.tflite]


def quantized_of(call: Call, source: Any) -> QuantizedModel:
    """Return the network that a later stage begins with, made of `source` if that is a file or a float network."""
    found = made_of(source)
    if isinstance(found, QuantizedModel):
        return found
    described = _described(call, source)
    network = network_types.in_types(described.network, call.arguments)
    env = call.settled({})
    if described.nodes is None:
        return QuantizedModel(network, models.add_model(env, network))
    folder = f"{stem_of(paths.given(call.env, described.nodes.network))}_{network.version}{WORK}"
    return QuantizedModel(network, models.add_quantized(env, network, described.nodes, folder))


def is_network(source: Any) -> bool:
    """Return whether `source` is a network: of a builder, or in a file, or a folder with a SavedModel."""
    return made_of(source) is not None or isinstance(source, Dir) or str(source).endswith(_SUFFIXES)


def _described(call: Call, source: Any) -> FloatModel:
    """Return the network of `source`, a node of `float_model` or a file; the latter has no node yet."""
    found = made_of(source)
    if isinstance(found, FloatModel):
        return found
    return FloatModel(job.network(call.env, {**call.arguments, "model": paths.given(call.env, source)}), None)
