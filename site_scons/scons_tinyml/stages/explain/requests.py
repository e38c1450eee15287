"""Requests of the stages that explain the choice of kernels."""

from __future__ import annotations

from scons_tinyml.stages.plan.request import QuestionRequest, VariantsRequest
from scons_tinyml.stages.request import File, Request, option, place, source, target


class FrontierRequest(VariantsRequest[File], stage="explain.frontier"):
    """Print the assignments that no other one beats in flash, RAM and latency at once."""

    answer: File = target("JSON file to write")


class WhyRequest(QuestionRequest[File], stage="explain.why"):
    """Print the reasons for the kernel of a layer."""

    answer: File = target("JSON file to write")
    layer: str = option("number of the layer")


class NeededRequest(Request[File], stage="explain.needed"):
    """List the kernels of several networks."""

    networks: tuple[File, ...] = source("a .tflite each; empty ones stand for none")
    needed: File = target("JSON file to write")
    board: File = option("description of the board")
    fold_constant_channels: str = option(
        "no: channels that are the same for every input are computed", default="yes"
    )
    kernels: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    external: tuple[str, ...] = place("set=checkout that replaces its wheel, several times", default=())


class DiagnoseRequest(QuestionRequest[File], stage="explain.diagnose"):
    """Print what quantization loses in each layer, and what other types there cost."""

    quality: File = source("what quantization does to each layer")
    alternatives: File = source("networks with other types, and what they are worth")
    networks: tuple[File, ...] = source("a .tflite for each; empty ones stand for none")
    samples: File = source("inputs to measure with")
    startup: File = source("object of the start-up code")
    archives: tuple[File, ...] = source("compiled kernel sets")
    answer: File = target("JSON file to write")
    trust: str = option("packs and signers whose hardware rows may decide, with commas between", default="")
    fold_constant_channels: str = option(
        "no: channels that are the same for every input are computed", default="yes"
    )
    sets: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    costs: File = place("database of what was measured")
    compiler: str = place("command or path of the compiler")
    external: tuple[str, ...] = place("set=folder of external sources, several times", default=())
