"""Files for the choice of kernels, and the request of the stage that plans."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target

OBJECTIVES = ("latency", "flash", "ram")


class WantedRequest(Request[File]):
    """What a choice is made for: common fields of all stages that choose or explain it."""

    board: File = option("description of the board")
    kernels: tuple[str, ...] = option("kernel sets to choose from")
    optimize: str = option("what is to be as small as can be", choices=OBJECTIVES)
    model: File | None = option("model.toml, for its budgets", default=None)
    limits: str = option("budgets of the command line", default="")


class QuestionRequest(WantedRequest[File]):
    """Common fields of the plan and of the stages that explain it."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    measurements: File = source("what was measured of the kernels")
    footprint: File = source("what their code takes")


class VariantsRequest(WantedRequest[File]):
    """Common fields of stages that choose among variants of a network: as it is, and with layers in patches."""

    graphs: tuple[File, ...] = source("graph of each variant")
    constants: tuple[File, ...] = source("its constants")
    measurements: tuple[File, ...] = source("what was measured of the kernels on it")
    footprints: tuple[File, ...] = source("what their code takes")


class PlanRequest(QuestionRequest[File], stage="plan"):
    """Choose kernels and plan memory."""

    plan: File = target("JSON file to write")
