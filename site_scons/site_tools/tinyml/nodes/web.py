"""Nodes of `scons web model=M [target=B]`: a page that runs a network in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scons_tinyml.stages.web.compiler import find_web_compiler
from scons_tinyml.stages.web.request import WebRequest

from ..commandline.queries import WEB
from ..dependencies import signatures
from . import cleaning
from .firmware import ReportNodes, SourceNodes
from .given import ORACLE_PACKAGES
from .models import ModelNodes, Network, add_model
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

PAGE = "web.html"


def add_page(
    env: Environment, made: SourceNodes, judged: ReportNodes, published: Sequence[Node], place: str
) -> Node:
    """Add the page of the network of `made` in the folder `place`, with the figures of the report `judged`.

    Raises EnvironmentProblem without a compiler for browsers, before anything is built.
    """
    cleaning.withdraw_with(judged.report, published)
    job = made.job
    of_board = {
        "plan": made.choice.plan,
        "report": judged.report,
        "image": judged.image,
        "board": job.build.board_file,
        "external": job.checkouts,
    }
    return _add(env, job.model, job.build.network, place, of_board)


def add_page_alone(env: Environment, network: Network) -> list[Node]:
    """Add the page of `network` for no board, in its own folder, with reference kernels. Raises as `add_page`."""
    model = add_model(env, network)
    return [_add(env, model, network, model.folder, {})]


def _add(env: Any, model: ModelNodes, network: Network, folder: str, of_board: dict[str, Any]) -> Node:
    compiler = find_web_compiler()
    request = WebRequest(
        graph=model.graph,
        constants=model.constants,
        tflite=model.tflite,
        samples=model.samples,
        judged=model.judged,
        page=f"{folder}/{PAGE}",
        model=network.file,
        mode=network.type,
        sets=tuple(env["TINYML_KERNELS"]),
        **of_board,
    )
    values = (compiler.version, signatures.packages("jinja2", *ORACLE_PACKAGES))
    page = add_stage(env, request, title="web", values=values, cached=False)["page"]
    env.AlwaysBuild(page)  # it depends on sources of kernels, and says what it made
    env.Alias(WEB, page)
    return page
