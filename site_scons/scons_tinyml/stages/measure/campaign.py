"""Measurements that a network needs, and a runner for the missing ones."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.dates import utc_now
from scons_tinyml.costs.evidence import keys_by_class
from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.packs.seeds import load_seeds
from scons_tinyml.costs.rows import CostRow, Proof
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import ClusterProblem
from scons_tinyml.records.placement import DEFAULT
from scons_tinyml.records.trust import NOBODY, PackOrigin, Trust
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.resources import version
from scons_tinyml.stages.executors.processes import Processes
from scons_tinyml.stages.executors.work import HERE, Done, Executor
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.objects import ArchivedObjects, KernelObjects
from scons_tinyml.stages.firmware.toolchain import Toolchain
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Offer
from scons_tinyml.stages.lowering.implementation import Implementation, Lowered, Refusal, implementations
from scons_tinyml.stages.lowering.lower import Provider, lower, lower_offer, offers, wanted
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.bench import BenchJob, BenchResult, LayerBench, run_bench
from scons_tinyml.stages.measure.bench_work import BenchWork
from scons_tinyml.stages.measure.hardware.firmware import VERSION
from scons_tinyml.stages.measure.identity import Identity
from scons_tinyml.stages.measure.of_worker import require_sound
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.measure.search.taking import take_offers
from scons_tinyml.stages.measure.trials import Trial, list_trials
from scons_tinyml.stages.measure.variants import slower_variants
from scons_tinyml.stages.native_code.prepare import prepare
from scons_tinyml.stages.plan.assign import Candidate, Measurement, Source, unsupported
from scons_tinyml.stages.progress import Advance, progress

ELSEWHERE = "the output is not what it is in another placement"
"""Start of the reason when a placement changes the output: a bug of ours, or a limit of the chip."""

_FASTEST = 2
"""Implementations of a layer whose variants are measured."""


def refuse_hopeless(board: Board, graph: Graph, providers: Sequence[Provider]) -> None:
    """Raise UnsupportedError for a layer that no kernel can run, before measuring."""
    for layer, items in lower(graph, providers, Core.of(board)).items():
        refused = [item for item in items if isinstance(item, Refusal)]
        if len(refused) == len(items):
            raise unsupported(graph.view(graph.layers[layer]), [_refused(item) for item in refused])


@dataclass(frozen=True)
class Known:
    """Rows and proofs by the digests of their keys, and the reasons why trials have no row."""

    costs: Mapping[str, CostRow]
    proofs: Mapping[str, Proof]
    refused: Mapping[Trial, str] = field(default_factory=dict)
    foreign: Sequence[CostRow] = ()
    """Rows under the requested keys, but measured from other objects than the present ones."""

    def lacks_row(self, trial: Trial) -> bool:
        """Return True when cycles are missing. Trials that faulted or were refused get none."""
        return not (trial.cost_key.digest in self.costs or trial in self.refused or self.faulted(trial))

    def is_proven(self, trial: Trial) -> bool:
        """Return True when cycles are known, and the output is the oracle's."""
        proof = self.proofs.get(trial.proof_key.digest)
        is_right = proof is not None and proof.disagreement(trial.item.max_ulps) is None
        return is_right and trial.cost_key.digest in self.costs and trial not in self.refused

    def faulted(self, trial: Trial) -> bool:
        """Return True when the trial's kernel faults on its layer."""
        proof = self.proofs.get(trial.proof_key.digest)
        return proof is not None and proof.fault is not None


class Campaign:
    """All trials of one network on one board."""

    def __init__(
        self,
        board: Board,
        graph: Graph,
        sources: KernelSources,
        toolchain: Toolchain,
        startup: Path,
        archives: tuple[Path, ...],
        samples: Mapping[int, tuple[Sample, ...]],
        oracle: str,
        objects: KernelObjects | None = None,
        trust: Trust = NOBODY,
        executor: Executor | None = None,
    ) -> None:
        """Prepare the trials. `objects` identifies the content of `archives`; tests may replace it.

        Hardware rows of packs that `trust` does not name are listed, but decide nothing. Without `executor` trials run
        in processes of this machine.
        """
        self._board = board
        self._graph = graph
        self._sources = sources
        self._samples = samples
        self._trust = trust
        self._executor = executor or Processes()
        self.builder = ImageBuilder(board, toolchain, sources.include_folders, startup, archives)
        self._work = BenchWork(self.builder)
        self._objects = objects or ArchivedObjects(self.builder)
        self._identity = Identity(board, toolchain, sources, oracle)
        self.lowered = _worth_it(board, lower(graph, sources.providers, Core.of(board)))
        self._alone = cache(lambda layer: graph.only(graph.layers[layer]))
        self._offers = cache(
            lambda layer: offers(graph.view(graph.layers[layer]), sources.providers, Core.of(board))
        )
        self.taken: set[tuple[int, str]] = set()
        """Offers that are among the implementations, by layer and name."""
        self.dropped: set[tuple[int, str]] = set()
        """Offers that are not worth it."""
        self.measured = 0
        """Number of rows recorded so far."""

    def trials(self, placements: Sequence[str] = (DEFAULT,), *, variants: bool = False) -> list[Trial]:
        """Return all trials in `placements`, those of variants only if asked for. Runs nothing."""
        found = list_trials(
            self._graph, self.lowered, self._identity, self._samples, self._objects, placements
        )
        return [trial for trial in found if variants or not trial.item.variant_of]

    def offers(self) -> dict[int, dict[str, Offer]]:
        """Return the schedules that generators offer, by layer and name."""
        return {layer: self._offers(layer) for layer in self.lowered}

    def take(self, names: Iterable[tuple[int, str]]) -> None:
        """Generate the offers with these layers and names, or those of variants, as implementations like others."""
        missing: dict[int, set[str]] = {}
        for layer, name in names:
            if all(item.name != name for item in self.lowered[layer]):
                missing.setdefault(layer, set()).add(name)
        core = Core.of(self._board)
        for layer, found in missing.items():
            view, items = self._graph.view(self._graph.layers[layer]), list(self.lowered[layer])
            for offer in wanted(self._offers(layer), found):
                items += lower_offer(view, offer, core)
                self.taken.add((layer, offer.name))
            in_order = sorted(items, key=lambda item: self._order_of_offers(layer, item))
            self.lowered |= _worth_it(self._board, {layer: tuple(in_order)})

    def _order_of_offers(self, layer: int, item: Lowered) -> str:
        """Return '' for usual implementations, else the name: the order is not that of measuring."""
        base = item.base if isinstance(item, Implementation) else item.name
        return item.name if (layer, base) in self.taken else ""

    def drop(self, names: Iterable[tuple[int, str]]) -> None:
        """Forget offers that were taken, with their variants."""
        for layer, name in names:
            self.lowered[layer] = tuple(
                item
                for item in self.lowered[layer]
                if name not in (item.name, item.base if isinstance(item, Implementation) else "")
            )
            self.taken.discard((layer, name))
            self.dropped.add((layer, name))

    def run(self, database: CostDatabase, tune_s: float = 0.0) -> dict[int, tuple[Candidate, ...]]:
        """Return the candidates of every layer with a call, measured in the default placement.

        Offers that are worth it are among them; for `tune_s` seconds, more of them are measured. Variants are
        measured where the implementation that they vary is among the fastest of the layer.
        """
        take_offers(self, database, tune_s)
        every = self.trials(variants=True)
        trials = [trial for trial in every if not trial.item.variant_of]
        known = self.complete(database, trials)
        better = _among_the_fastest(trials, known)
        variants = [trial for trial in every if (trial.layer, trial.item.variant_of) in better]
        if variants:
            trials += variants
            known = self.complete(database, trials)
        return self.candidates(trials, known)

    def known(self, database: CostDatabase, trials: Sequence[Trial]) -> Known:
        """Return the knowledge of `trials`. Measures nothing."""
        return self._known(database, trials, {})

    def complete(self, database: CostDatabase, trials: Sequence[Trial], title: str = "measured") -> Known:
        """Return the knowledge of `trials`, after measuring and recording missing ones one by one."""
        known = self._known(database, trials, {})
        if any(map(known.lacks_row, trials)):
            load_seeds(database, self._sources.folders)
            known = self._known(database, trials, {})
        _warn_of_foreign(database, known.foreign)
        refused = self._without_room(trial for trial in trials if known.lacks_row(trial))
        known = replace(known, refused=refused)
        total = len({*filter(known.lacks_row, trials), *self._jobs(trials, known)})
        if total:
            prepare(self._board.core)
        with progress(title, total) as advance:
            while jobs := self._jobs(trials, known):
                refused |= self._measure(database, jobs, known, advance)
                known = self._known(database, trials, refused)  # less if a corrupt file was moved away
        return known

    def measure_again(self, database: CostDatabase, trials: Sequence[Trial]) -> dict[Trial, int]:
        """Replace the rows of `trials` in any case; return the cycles of those that did not fault."""
        jobs = {trial: self.job(trial, timing=True) for trial in trials}
        with progress("measured again", len(jobs)) as advance:
            self._measure(database, jobs, self._known(database, trials, {}), advance)
        known = self._known(database, trials, {})
        return {
            trial: known.costs[trial.cost_key.digest].cycles
            for trial in trials
            if trial.cost_key.digest in known.costs and not known.faulted(trial)
        }

    def candidates(self, trials: Sequence[Trial], known: Known) -> dict[int, tuple[Candidate, ...]]:
        """Return the candidates of every layer with a call; `trials` are those of one placement.

        Variants that were not tried are none.
        """
        by_subject = {trial.subject: trial for trial in trials}
        return {
            layer: self._surely_faster(
                layer,
                [
                    _refused(item)
                    if isinstance(item, Refusal)
                    else _candidate(item, by_subject.get((layer, item.name)), known, self._trust)
                    for item in items
                    if isinstance(item, Refusal) or not item.variant_of or (layer, item.name) in by_subject
                ],
            )
            for layer, items in self.lowered.items()
        }

    def _surely_faster(self, layer: int, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Return `candidates` with a reason against variants that are no faster at the slow end of their error band."""
        cycles = {one.kernel: one.cycles for one in candidates if one.cycles is not None}
        items = implementations(self.lowered[layer])
        slower = slower_variants(self._board, self._graph, layer, items, cycles)
        return tuple(replace(one, reason=one.reason or slower.get(one.kernel)) for one in candidates)

    def job(self, trial: Trial, *, timing: bool) -> BenchJob:
        """Return everything that a process or a board needs to measure `trial`."""
        return BenchJob(
            bench=LayerBench(self._alone(trial.layer), trial.item, self._samples[trial.layer]),
            builder=self.builder,
            timing=timing,
            placement=trial.placement,
        )

    def _known(self, database: CostDatabase, trials: Sequence[Trial], refused: Mapping[Trial, str]) -> Known:
        """Return results from the present objects.

        Results from others under the same key count as unknown.
        """
        costs = database.find(key for trial in trials for key in (trial.cost_key, _on_board(trial)))
        proofs = database.find_proofs({trial.proof_key for trial in trials})
        mine = {
            digest: trial.object_digest
            for trial in trials
            for digest in (trial.cost_key.digest, _on_board(trial).digest, trial.proof_key.digest)
        }
        return Known(
            {digest: row for digest, row in costs.items() if row.object_digest == mine[digest]},
            {digest: proof for digest, proof in proofs.items() if proof.object_digest == mine[digest]},
            refused,
            foreign=[row for digest, row in costs.items() if row.object_digest != mine[digest]],
        )

    def _without_room(self, trials: Iterable[Trial]) -> dict[Trial, str]:
        """Return trials whose weights and activations alone exceed their placement, with the reason."""
        reasons = ((trial, self.job(trial, timing=True).misfit()) for trial in trials)
        return {trial: reason for trial, reason in reasons if reason is not None}

    def _jobs(self, trials: Sequence[Trial], known: Known) -> dict[Trial, BenchJob]:
        """Return the next jobs: measurements, or only proofs where cycles are known.

        An unproven kernel is tried only in the first of its placements; its other placements are compared
        with that.
        """
        jobs: dict[Trial, BenchJob] = {}
        first: set[str] = set()
        for trial in trials:
            proof, timing = trial.proof_key.digest, known.lacks_row(trial)
            if trial not in known.refused and (timing if proof in known.proofs else proof not in first):
                first.add(proof)
                jobs[trial] = self.job(trial, timing=timing)
        return jobs

    def _measure(
        self, database: CostDatabase, jobs: Mapping[Trial, BenchJob], known: Known, advance: Advance
    ) -> dict[Trial, str]:
        """Record the results of `jobs` as they arrive; return refused trials with the reason.

        Raises ClusterProblem with the number of rows that are recorded.
        """
        refused = {}
        try:
            for done in self._executor.results(self._work, jobs):
                trial = done.name
                reason = _refusal(trial, done.result, known.proofs.get(trial.proof_key.digest))
                if reason is not None:
                    refused[trial] = reason
                else:
                    self._record(database, done, jobs[trial])
                advance(str(trial))
        except ClusterProblem as problem:
            raise problem.after(self.measured) from None
        return refused

    def _record(self, database: CostDatabase, done: Done[Trial, BenchResult], job: BenchJob) -> None:
        """Record a result. A kernel that faulted has no cycles."""
        trial, result = done.name, done.result
        if job.timing and result.fault is None:
            counted = (result.cycles, result.instructions, utc_now(), version(), trial.object_digest)
            row = CostRow(trial.cost_key, *counted, board=self._board.name)
            if done.worker != HERE:
                require_sound(database, row, done.worker, lambda: run_bench(job).cycles)
            database.record(row)
            self.measured += 1
        database.record_proof(
            Proof(
                key=trial.proof_key,
                compared_bytes=result.compared_bytes,
                differing_bytes=result.differing_bytes,
                max_ulps=result.max_ulps,
                fault=result.fault,
                checked_at=utc_now(),
                tool_version=version(),
                object_digest=trial.object_digest,
            )
        )


def _worth_it(board: Board, lowered: Mapping[int, tuple[Lowered, ...]]) -> dict[int, tuple[Lowered, ...]]:
    """Return `lowered` without constants in RAM as variants, where the weights of all kernels are in RAM."""
    is_flash = board.regions("weights")[0].kind == "flash"
    return {
        layer: tuple(
            item
            for item in items
            if is_flash or isinstance(item, Refusal) or not (item.variant_of and item.uses_ram_constants)
        )
        for layer, items in lowered.items()
    }


def _among_the_fastest(trials: Iterable[Trial], known: Known) -> set[tuple[int, str]]:
    """Return layer and name of the proven implementations of each layer that take the least cycles."""
    cycles: dict[int, list[tuple[int, str]]] = {}
    for trial in trials:
        if known.is_proven(trial):
            row = known.costs[trial.cost_key.digest]
            cycles.setdefault(trial.layer, []).append((row.cycles, trial.kernel))
    return {(layer, kernel) for layer, found in cycles.items() for _, kernel in sorted(found)[:_FASTEST]}


def _refusal(trial: Trial, result: BenchResult, proof: Proof | None) -> str | None:
    """Return the reason to refuse a result: no room, or another output than where weights are by default."""
    is_first = trial.placement == DEFAULT and not trial.item.variant_of
    if result.misfit is not None or is_first or proof is None:
        return result.misfit
    found = (result.differing_bytes, result.max_ulps, result.fault)
    if found == (proof.differing_bytes, proof.max_ulps, proof.fault):
        return None
    difference = result.fault or f"{result.differing_bytes:,} bytes differ from the oracle's"
    return f"{ELSEWHERE}: {difference}, and {proof.disagreement() or 'none do'} there"


def _refused(item: Refusal) -> Candidate:
    return Candidate(item.name, None, False, 0, item.reason)


def _candidate(item: Implementation, trial: Trial | None, known: Known, trust: Trust) -> Candidate:
    found = Candidate(
        item.name,
        None,
        False,
        item.scratch_bytes,
        in_place=item.in_place,
        digest=item.digest,
        max_ulps=item.max_ulps,
        explanation=item.explanation,
        ram_constants=item.depends_on_ram,
    )
    if trial is None:
        return found
    cost = known.costs.get(trial.cost_key.digest)
    proof = known.proofs.get(trial.proof_key.digest)
    on_board = known.costs.get(_on_board(trial).digest)
    reason = known.refused.get(trial) or (proof.disagreement(item.max_ulps) if proof else "not proven")
    return replace(
        found,
        cycles=cost.cycles if cost else None,
        proven=reason is None,
        reason=reason,
        source=_source(cost, trust) if cost else None,
        other=Measurement(on_board.cycles, _source(on_board, trust)) if on_board else None,
    )


def _warn_of_foreign(database: CostDatabase, rows: Sequence[CostRow]) -> None:
    for evidence in ("emulator", "hardware"):
        kernels = sorted({row.key.kernel for row in rows if row.key.evidence == evidence})
        if kernels:
            then = (
                "are measured again"
                if evidence == "emulator"
                else "do not count; scons measure port= measures"
            )
            warning = (
                f"{database.path}: stale {evidence} rows of {', '.join(kernels)} were measured from other objects "
                f"than those at hand; they {then}"
            )
            print_wrapped(f"tinyml: warning: {warning}", sys.stderr)


def _on_board(trial: Trial) -> CostKey:
    """Return the key of a row measured on a board."""
    return keys_by_class(trial.cost_key, VERSION)["hardware"]


def _source(row: CostRow, trust: Trust) -> Source:
    pack = None if row.is_own else PackOrigin(row.pack_name or row.origin, row.pack_digest, row.signer)
    return Source(
        row.key.digest,
        row.key.evidence,
        row.measured_at,
        row.key.timing_version,
        row.board,
        pack,
        pack is not None and trust.allows(pack),
    )
