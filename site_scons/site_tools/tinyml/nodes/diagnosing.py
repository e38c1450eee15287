"""Nodes of what quantization does to a network: its quality, and answers to `scons diagnose`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scons_tinyml.stages.explain.requests import DiagnoseRequest, NeededRequest
from scons_tinyml.stages.quality.request import PLACES, AlternativesRequest, QualityRequest

from ..commandline.queries import DIAGNOSE
from ..dependencies import signatures
from . import choosing, measuring, native
from .build import Job
from .given import ACTIVATION_BITS, ORACLE_PACKAGES, QUANTIZER_PACKAGES, representative_count
from .kernels import linked_identity
from .needed import Compiled, add_archive
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node


def add_quality(env: Environment, job: Job) -> Node:
    """Add the comparison of the network with its float version; boards share it, and no image depends on it."""
    model, network = job.model, job.build.network
    request = QualityRequest(
        tflite=model.tflite,
        float=model.float,
        data=model.splits,
        samples=model.samples,
        judged=model.judged,
        quality=f"{model.folder}/quality.json",
        name=network.model.name,
        quantization=network.type,
    )
    values = (signatures.packages("numpy", *ORACLE_PACKAGES),)
    return add_stage(env, request, title="compare", values=values)["quality"]


def add_diagnosis(env: Environment, job: Job, compiled: Compiled, choice: choosing.ChoiceNodes) -> None:
    """Add the node of `scons diagnose`: other types are tried and measured for it alone."""
    quality = add_quality(env, job)
    found = _alternatives(env, job, quality)
    networks = tuple(node for name, node in found.items() if name.startswith("networks"))
    build = job.build
    request = DiagnoseRequest(
        quality=quality,
        alternatives=found["alternatives"],
        networks=networks,
        samples=job.model.samples,
        startup=compiled.startup,
        archives=_archives(env, job, networks),
        answer=f"{job.folder}/diagnosis.json",
        trust=build.trust,
        fold_constant_channels=job.model.folding,
        sets=tuple(env["TINYML_KERNELS"]),
        costs=env["TINYML_COSTS"],
        compiler=env["TINYML_CC"],
        external=measuring.externals(job),
        **choosing.fields(job, choice.measured, choice.footprint),
    )
    depending = measuring.depending(env, job)
    values = (*depending["values"], *choosing.values_of(job), str(build.board.clock))
    answer = add_stage(env, request, title="explain", **{**depending, "values": values})["answer"]
    native.require_native_code(env, build.board.core, answer)
    measuring.one_by_one(env, answer)
    env.AlwaysBuild(answer)  # it prints the answer
    env.Alias(DIAGNOSE, answer)


def _alternatives(env: Environment, job: Job, quality: Node) -> dict[str, Node]:
    """Add networks with other types, which all boards share."""
    model, network = job.model, job.build.network
    folder = f"{model.folder}/other-types"
    request = AlternativesRequest(
        quality=quality,
        tflite=model.tflite,
        float=model.float,
        data=model.splits,
        samples=model.samples,
        alternatives=f"{folder}/alternatives.json",
        networks=tuple(f"{folder}/{place}.tflite" for place in range(PLACES)),
        activations=ACTIVATION_BITS.get(network.mode, 8),
        keep_float=network.keep_float,
        keep_int16=network.keep_int16,
        count=representative_count(network.model),
        named=str(network.source or network.file),
        model=network.file,
    )
    described = network.model
    record = signatures.canonical([described.dataset and described.dataset.output, described.metrics])
    return add_stage(
        env,
        request,
        title="quantize",
        values=(record, signatures.packages(*QUANTIZER_PACKAGES)),
        cached=False,
    )


def _archives(env: Environment, job: Job, networks: tuple[Node, ...]) -> tuple[Node, ...]:
    """Add archives of the kernels that the `networks` need."""
    folder = f"{job.folder}/other-types"
    request = NeededRequest(
        networks=networks,
        needed=f"{folder}/kernels.json",
        board=job.build.board_file,
        fold_constant_channels=job.model.folding,
        kernels=tuple(env["TINYML_KERNELS"]),
        external=job.checkouts,
    )
    values = (job.timing_value, job.build.declarations, linked_identity(env, job.build.board))
    listed = add_stage(env, request, title="needed", values=values, cached=False)["needed"]
    return tuple(
        add_archive(env, f"{folder}/{one.name}.a", [(listed, [one])]) for one in job.sets if one.has_files
    )
