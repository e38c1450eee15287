"""Requests of the stages that explain the choice of kernels."""

from __future__ import annotations

from scons_tinyml.stages.plan.request import QuestionRequest
from scons_tinyml.stages.request import File, option, target


class FrontierRequest(QuestionRequest[File], stage="explain.frontier"):
    """Print the assignments that no other one beats in flash, RAM and latency at once."""

    answer: File = target("JSON file to write")


class WhyRequest(QuestionRequest[File], stage="explain.why"):
    """Print the reasons for the kernel of a layer."""

    answer: File = target("JSON file to write")
    layer: str = option("number of the layer")
