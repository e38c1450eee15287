"""Requests of the stages that compare a quantized network with its float version."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target

MOST_LAYERS = 3
"""Layers for which other types are tried: each takes a measurement of every kernel of its new type."""
PLACES = 2 * MOST_LAYERS + 1
"""Networks that are tried: two for each of these layers, and one with all activations of 16 bits."""


class QualityRequest(Request[File], stage="quality"):
    """Compare a quantized network with its float version, layer by layer."""

    tflite: File = source("the network as it is built")
    float: File | None = source("its float version, where it is known", default=None)
    data: File | None = source("splits of its data set, where it has one", default=None)
    samples: File = source("samples for a network without a data set")
    judged: File | None = source("what its versions make of the test split", default=None)
    quality: File = target("JSON file to write")
    name: str = option("name of the network")
    quantization: str = option("type of the network, or 'given' for that of its layers")


class AlternativesRequest(Request[File], stage="quality.alternatives", foreign="tflite"):
    """Make networks with other types in the layers that lose most."""

    quality: File = source("what quantization does to each layer")
    tflite: File = source("the network as it is built")
    float: File | None = source("its float version, where it is known", default=None)
    data: File | None = source("splits of its data set, where it has one", default=None)
    samples: File = source("samples for a network without a data set")
    alternatives: File = target("JSON file to write")
    networks: tuple[File, ...] = target("a .tflite for each; one that cannot be made is empty")
    activations: int = option("bits of most activations of the network as it is built", default=8)
    keep_float: tuple[str, ...] = option("layers that it has in float32, by name", default=())
    keep_int16: tuple[str, ...] = option(
        "layers that it has with activations of 16 bits, by name", default=()
    )
    count: int = option("most representative samples to take")
    named: File = option("file of the network, for messages")
    model: File | None = option("model.toml of the network", default=None)
