"""What a campaign measures: everything that the database lacks, and nothing that it has."""

from pathlib import Path

import pytest

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.kernel import read_kernel_set
from scons_tinyml.resources import folders
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.measure import campaign
from scons_tinyml.stages.measure.bench import BenchResult, Sample
from scons_tinyml.stages.measure.campaign import Campaign, refuse_hopeless
from scons_tinyml.stages.measure.identity import KernelSources
from support.networks import small_int8

PASSES = BenchResult(cycles=1000, instructions=500, compared_bytes=1, differing_bytes=0, max_ulps=0)
FAULTS = BenchResult(0, 0, 0, 0, 0, fault="reads address 0")


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """`run(result)`, and how many measurements each run has done."""
    (kernels,) = (folder for folder in folders("kernels", tmp_path))
    kernel_set, declared = read_kernel_set(kernels / "reference")
    sources = KernelSources(kernels, {kernel_set.name: kernel_set}, tuple(declared), {})
    graph = small_int8()
    samples = {layer.index: (Sample((b"in",), (b"out",)),) for layer in graph.layers}
    board = read_board(folders("boards", tmp_path)[0] / "stm32l4.toml")
    subject = Campaign(board, graph, sources, find_toolchain(), Path("startup.o"), (), samples, "an oracle")
    counts = []
    monkeypatch.setattr(campaign, "load_seeds", lambda *_: 0)  # test_seeded.py is about them

    def run(result):
        def results(jobs):
            counts.append(len(jobs))
            for trial in jobs:
                yield trial, result

        monkeypatch.setattr(campaign.pool, "results", results)
        monkeypatch.setattr(campaign, "load_seeds", lambda *_: 0)  # they would be found instead
        with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
            return subject.run(database)

    return run, counts


@pytest.mark.parametrize("result", [PASSES, FAULTS])
def test_nothing_is_measured_twice(bench, result):
    run, counts = bench
    assert run(result) == run(result)
    assert counts == [4]


def test_rows_name_their_board_and_that_they_were_measured_here(bench, tmp_path):
    bench[0](PASSES)
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        found = {(row.board, row.origin) for row in database.all_rows()}
    assert found == {("stm32l4", "measured here")}


def test_rows_that_were_lost_on_the_way_are_measured_again(bench, monkeypatch):
    """As when SQLite finds the file corrupt after the costs were read: the new file has none of them."""
    run, counts = bench
    expected = run(PASSES)
    find_proofs = CostDatabase.find_proofs
    lost = []

    def lose_all(database, keys):
        if not lost:
            lost.append(True)
            for table in ("costs", "proofs"):
                database._database.table(table).delete_where()
        return find_proofs(database, keys)

    monkeypatch.setattr(CostDatabase, "find_proofs", lose_all)
    assert run(PASSES) == expected
    assert counts == [4, 4, 4]


def test_a_layer_without_a_kernel_is_refused_before_anything_runs(tmp_path):
    board = read_board(folders("boards", tmp_path)[0] / "stm32l4.toml")
    with pytest.raises(UnsupportedError, match=r"layer 0 (.|\n)*there is no kernel for CONV_2D"):
        refuse_hopeless(board, small_int8(), [])
