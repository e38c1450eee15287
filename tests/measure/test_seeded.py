"""A campaign with a fresh database times nothing that the seeds beside its kernels know, and proves all of it."""

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.packs.files import loose_text
from scons_tinyml.records.board import read_board
from scons_tinyml.records.trust import PackOrigin
from scons_tinyml.stages.executors.work import Done
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.bench import BenchResult
from scons_tinyml.stages.measure.campaign import Campaign
from scons_tinyml.stages.measure.sample import Sample
from support.networks import small_int8
from support.same_objects import SameObjects

ROOT = Path(__file__).parents[2]
PASSES = BenchResult(cycles=1000, instructions=500, compared_bytes=1, differing_bytes=0, max_ulps=0)


def own(candidate):
    """The same candidate, as if its row had been measured here."""
    source = candidate.source and replace(candidate.source, pack=None)
    return replace(candidate, source=source)


def test_seeds_save_the_timing_and_not_the_proof(tmp_path):
    for name in ("reference", "include"):
        shutil.copytree(ROOT / "kernels" / name, tmp_path / "kernels" / name)
    sources = KernelSources.read([tmp_path / "kernels"])
    graph = small_int8()
    samples = {layer.index: (Sample((b"in",), (b"out",)),) for layer in graph.layers}
    board = read_board(ROOT / "boards" / "stm32l4.toml")
    timed = []

    class Passing:
        def results(self, _, jobs):
            timed.append([job.timing for job in jobs.values()])
            return (Done(trial, PASSES) for trial in jobs)

    fixed = (Path("startup.o"), (), samples, "an oracle", SameObjects())
    subject = Campaign(board, graph, sources, find_toolchain(), *fixed, executor=Passing())

    def run(name):
        with CostDatabase.open(tmp_path / name) as database:
            return subject.run(database), tuple(database.all_rows())

    chosen, measured = run("first.sqlite3")
    (tmp_path / "kernels" / "costs").mkdir()
    seeds = tmp_path / "kernels" / "costs" / "stm32l4.jsonl"
    seeds.write_text(loose_text(measured))
    pack = PackOrigin("seeds stm32l4", sha256(seeds.read_bytes()).hexdigest())
    facts = {"origin": pack.name, "pack_name": pack.name, "pack_digest": pack.digest}
    again, rows = run("second.sqlite3")
    assert rows == tuple(replace(row, **facts) for row in measured)
    assert {one.source.pack for found in again.values() for one in found if one.source} == {pack}
    assert {layer: tuple(map(own, found)) for layer, found in again.items()} == chosen
    assert timed == [[True] * 4, [True] * 2, [False] * 4]  # two of them are variants with weights in RAM
    assert {row.board for row in measured} == {"stm32l4"}
