"""Which measurements a network needs, and doing those that are missing."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.key import CostKey, ProofKey
from scons_tinyml.costs.packs.seeds import load_seeds
from scons_tinyml.costs.rows import CostRow, Proof, utc_now
from scons_tinyml.records.board import Board
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.resources import version
from scons_tinyml.stages import lifeline
from scons_tinyml.stages.firmware.toolchain import Toolchain
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.measure.bench import BenchJob, BenchResult, Sample, run_bench
from scons_tinyml.stages.measure.identity import Identity, KernelSources, layer_digest
from scons_tinyml.stages.plan.assign import Candidate, Source, unsupported
from scons_tinyml.stages.plan.candidates import Applicability, candidates
from scons_tinyml.stages.progress import progress

INLINE_JOBS = 2
"""So few measurements are done in this process: starting others would take longer."""


def refuse_hopeless(board: Board, graph: Graph, kernels: Sequence[Kernel]) -> None:
    """Raises UnsupportedError for a layer that no kernel can run, before anything is measured."""
    for layer, found in candidates(graph, kernels, board.features).items():
        if all(item.reason is not None for item in found):
            raise unsupported(
                graph.view(graph.layers[layer]), [_candidate(item, None, {}, {}) for item in found]
            )


@dataclass(frozen=True)
class Trial:
    """A kernel that may run a layer, with the keys under which its cost and its proof are kept."""

    layer: int
    kernel: Kernel
    scratch_bytes: int
    cost_key: CostKey
    proof_key: ProofKey


class Campaign:
    """All trials of one network on one board."""

    def __init__(
        self,
        board: Board,
        graph: Graph,
        sources: KernelSources,
        toolchain: Toolchain,
        link_inputs: tuple[Path, ...],
        samples: Mapping[int, tuple[Sample, ...]],
        oracle: str,
    ) -> None:
        self._board = board
        self._graph = graph
        self._sources = sources
        self._toolchain = toolchain
        self._link_inputs = link_inputs
        self._samples = samples
        self._identity = Identity(board, toolchain, sources, oracle)

    def run(self, database: CostDatabase) -> dict[int, tuple[Candidate, ...]]:
        """Candidates of every layer that has a call; what is missing is measured and recorded one by one."""
        found = candidates(self._graph, self._sources.kernels, self._board.features)
        trials = [trial for layer, kernels in found.items() for trial in self._trials(layer, kernels)]
        costs, proofs = self._known(database, trials)
        if any(job.timing for job in self._missing(trials, costs, proofs).values()):
            load_seeds(database, self._sources.folder)
            costs, proofs = self._known(database, trials)
        while jobs := self._missing(trials, costs, proofs):
            self._measure(database, jobs)
            costs, proofs = self._known(database, trials)  # less than all if a corrupt file was kept aside
        by_name = {(trial.layer, trial.kernel.name): trial for trial in trials}
        return {
            layer: tuple(
                _candidate(item, by_name.get((layer, item.kernel.name)), costs, proofs) for item in kernels
            )
            for layer, kernels in found.items()
        }

    def _trials(self, layer: int, kernels: tuple[Applicability, ...]) -> Iterator[Trial]:
        view = self._graph.view(self._graph.layers[layer])
        digest = layer_digest(self._graph.only(view.layer), self._samples[layer])
        for item in kernels:
            if item.reason is None:
                yield Trial(
                    layer=layer,
                    kernel=item.kernel,
                    scratch_bytes=item.scratch_bytes,
                    cost_key=self._identity.cost(view, item.kernel),
                    proof_key=self._identity.proof(digest, item.kernel),
                )

    def _known(
        self, database: CostDatabase, trials: Sequence[Trial]
    ) -> tuple[dict[str, CostRow], dict[str, Proof]]:
        costs = database.find(trial.cost_key for trial in trials)
        return costs, database.find_proofs(trial.proof_key for trial in trials)

    def _missing(
        self, trials: Sequence[Trial], costs: Mapping[str, CostRow], proofs: Mapping[str, Proof]
    ) -> dict[Trial, BenchJob]:
        """What is to be measured, or only to be proven where the cycles are known. A fault has no cycles."""
        jobs = {}
        for trial in trials:
            proof, timing = proofs.get(trial.proof_key.digest), trial.cost_key.digest not in costs
            if proof is None or (timing and proof.fault is None):
                jobs[trial] = self._job(trial, timing)
        return jobs

    def _measure(self, database: CostDatabase, jobs: Mapping[Trial, BenchJob]) -> None:
        with progress("measured", len(jobs)) as advance:
            for trial, result in _results(jobs):
                _record(database, trial, result, timed=jobs[trial].timing, board=self._board.name)
                advance(f"{trial.kernel.name} on layer {trial.layer}")

    def _job(self, trial: Trial, timing: bool) -> BenchJob:
        return BenchJob(
            board=self._board,
            graph=self._graph.only(self._graph.layers[trial.layer]),
            kernel=trial.kernel,
            scratch_bytes=trial.scratch_bytes,
            samples=self._samples[trial.layer],
            toolchain=self._toolchain,
            include_folders=self._sources.include_folders,
            link_inputs=self._link_inputs,
            timing=timing,
        )


def _results(jobs: Mapping[Trial, BenchJob]) -> Iterator[tuple[Trial, BenchResult]]:
    """Results as they come; several processes when there is enough to do."""
    if len(jobs) <= INLINE_JOBS:
        yield from ((trial, run_bench(job)) for trial, job in jobs.items())
        return
    with (
        tempfile.TemporaryDirectory(prefix="tinyml-measure-", ignore_cleanup_errors=True) as folder,
        ProcessPoolExecutor(
            max_workers=cpu_count(),
            mp_context=get_context("spawn"),
            initializer=_start_worker,
            initargs=(folder,),
        ) as pool,
    ):
        futures = {pool.submit(run_bench, job): trial for trial, job in jobs.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _start_worker(folder: str) -> None:
    """Ctrl-C reaches workers too: they end at once and without a word, and this process clears their `folder`."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    tempfile.tempdir = folder
    lifeline.follow_parent()


def _record(database: CostDatabase, trial: Trial, result: BenchResult, *, timed: bool, board: str) -> None:
    """Keep what was found. Cycles of a kernel that faulted are none."""
    if timed and result.fault is None:
        counted = (result.cycles, result.instructions, utc_now(), version())
        database.record(CostRow(trial.cost_key, *counted, board=board))
    database.record_proof(
        Proof(
            key=trial.proof_key,
            compared_bytes=result.compared_bytes,
            differing_bytes=result.differing_bytes,
            max_ulps=result.max_ulps,
            fault=result.fault,
            checked_at=utc_now(),
            tool_version=version(),
        )
    )


def _candidate(
    item: Applicability, trial: Trial | None, costs: Mapping[str, CostRow], proofs: Mapping[str, Proof]
) -> Candidate:
    if trial is None:
        return Candidate(item.kernel.name, None, False, item.scratch_bytes, item.reason)
    cost = costs.get(trial.cost_key.digest)
    proof = proofs[trial.proof_key.digest]
    reason = proof.disagreement(item.kernel.max_ulps)
    return Candidate(
        item.kernel.name,
        cost.cycles if cost else None,
        reason is None,
        item.scratch_bytes,
        reason,
        _source(cost) if cost else None,
    )


def _source(row: CostRow) -> Source:
    return Source(row.key.digest, row.key.evidence, row.measured_at, row.key.timing_version)
