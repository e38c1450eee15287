"""Requests of the stages that let layers run patch by patch."""

from __future__ import annotations

from scons_tinyml.stages.plan.request import VariantsRequest
from scons_tinyml.stages.request import File, Request, option, source, target


class PatchRequest(Request[File], stage="patch"):
    """Write variants of a network with less RAM for activations, and more work."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    graphs: tuple[File, ...] = target("graph of each variant to write")
    all_constants: tuple[File, ...] = target("constants of each variant to write")
    percents: tuple[str, ...] = option("most work of each variant, in percent of the network as it is")
    board: File = option("description of the board")


class ChooseRequest(VariantsRequest[File], stage="patch.choose"):
    """Choose the variant of a network that is best for the budgets."""

    graph: File = target("graph to write")
    chosen_constants: File = target("file to write its constants to")
