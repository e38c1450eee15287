"""Files for the choice of kernels, and the request of the stage that plans."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target

OBJECTIVES = ("latency", "flash", "ram")


class QuestionRequest(Request[File]):
    """Common fields of the plan and of the stages that explain it."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    measurements: File = source("what was measured of the kernels")
    footprint: File = source("what their code takes")
    board: File = option("description of the board")
    kernels: tuple[str, ...] = option("kernel sets to choose from")
    optimize: str = option("what is to be as small as can be", choices=OBJECTIVES)
    model: File | None = option("model.toml, for its budgets", default=None)
    limits: str = option("budgets of the command line", default="")


class PlanRequest(QuestionRequest[File], stage="plan"):
    """Choose kernels and plan memory."""

    plan: File = target("JSON file to write")
