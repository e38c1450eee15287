"""Requests of the stages that make a .tflite."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, place, source, target


class QuantizeRequest(Request[File], stage="quantize", foreign="keras"):
    """Convert and quantize a network."""

    keras: File = source("float network to convert: .keras, or saved_model.pb in its folder")
    float: File = target("float .tflite to write")
    int8: File | None = target("int8 .tflite to write", default=None)
    samples: File = target(".npz file of samples to write")
    data: File | None = source("splits of its data set, where it has one", default=None)
    model: File | None = option("model.toml of the network", default=None)
    trust_model: str | None = option("load a SavedModel with any operators", default=None, choices=("yes",))


class SamplesRequest(Request[File], stage="quantize.data", foreign="network"):
    """Read the samples of a given network. Paths on the command line replace those of the model.toml."""

    network: File = source("network that takes them: .tflite, .keras, or saved_model.pb in its folder")
    data: File = target(".npz file to write the splits to; the training split has representative samples")
    model: File | None = option("model.toml that describes its data set", default=None)
    representative: File | None = option("samples to quantize the network with", default=None)
    test: File | None = option("labelled samples to evaluate it with", default=None)
    sequence: int | None = option("calls that make a sample, of a network with state", default=None)
    trust_model: str | None = option("load a SavedModel with any operators", default=None, choices=("yes",))
    outside: tuple[File, ...] = place("folders outside of the project that its paths may lead to", default=())


class IntegerRequest(Request[File], stage="quantize.integer", foreign="tflite"):
    """Quantize a float .tflite."""

    tflite: File = source("float network, in the form that quantize.given writes")
    data: File | None = source(
        "its splits; without them, random samples stand for representative ones", default=None
    )
    int8: File = target("quantized .tflite to write")
    samples: File | None = target(".npz file of samples to write", default=None)
    count: int = option("most representative samples to take")
    activations: int = option("bits of activations: 8 or 16", default=8)
    keep_float: tuple[str, ...] = option("layers that stay float32, by name", default=())
    keep_int16: tuple[str, ...] = option("layers with activations of 16 bits, by name", default=())
    named: File = option("file of the network, for messages")
    model: File | None = place("model.toml that names some of these layers, for messages", default=None)
    described: tuple[str, ...] = place("its keys that do so", default=())


class AccuracyRequest(Request[File], stage="quantize.evaluate"):
    """Evaluate the versions of a network on the test split."""

    float: File | None = source("float .tflite", default=None)
    int8: File | None = source("int8 .tflite", default=None)
    given: File | None = source("the only version of a network, used as it is", default=None)
    data: File = source("splits of its data set")
    accuracy: File = target("JSON file to write its metrics to")
    judged: File = target("JSON file to write its confusion matrix or errors to")
    model: File | None = option("model.toml of the network", default=None)


class GivenRequest(Request[File], stage="quantize.given"):
    """Take a network file of any converter."""

    tflite: File = source("network to read")
    network: File = target(".tflite file to write")
    samples: File = target(".npz file to write")
    seed: int = option("seed of the values of the samples")
    signature: str | None = option("which network of the file, where it has several", default=None)


class FromOnnxRequest(Request[File], stage="quantize.from_onnx"):
    """Convert an .onnx file."""

    onnx: File = source("network to convert")
    tflite: File = target("float .tflite to write")
    command: File | None = place("the converter, where it is not to be searched for", default=None)
