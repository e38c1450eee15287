"""Requests of the stages that compare a quantized network with its float version."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target


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
