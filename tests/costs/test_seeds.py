"""Rows that come with the kernels: in order, loaded where rows are missing, and true when they are measured again."""

import shutil
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.memory import memory_text
from scons_tinyml.costs.packs.files import loose_text, read_loose
from scons_tinyml.costs.packs.seeds import load_seeds, seed_files, seeds_text
from scons_tinyml.library.workspace import Workspace, compile_kernels
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.placement import placements
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.bench import BenchJob, LayerBench, run_bench
from scons_tinyml.stages.measure.identity import Identity
from support.cost_rows import KEY, ROW
from support.external_sources import cmsis_nn_root
from support.seed_layers import OPERATORS, layer_of, sample_of

ROOT = Path(__file__).parents[2]
KERNELS = ROOT / "kernels"
SHIPPED = seed_files([KERNELS])
WHOLE = ("stm32l1", "stm32l4")
"""Boards of which all operators are measured again."""
TOLERANCE = 0.03
"""Seeds are measured with the weights of a trained network and linked with others' code; here neither is at hand."""
TOLERANCES = {"SOFTMAX": 0.10}
"""A few values, whose exponentials take more or less time: between trained networks 6 to 9 % were seen."""

OTHER = replace(ROW, key=replace(KEY, core="cortex-m4f"), cycles=7, instructions=7)


@pytest.fixture
def kernels(tmp_path):
    """A folder of kernels with seeds: `write(name, *rows)`."""

    def write(name, *rows):
        path = tmp_path / "costs" / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text(loose_text(rows))
        return tmp_path

    return write


@pytest.fixture
def database(tmp_path):
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        yield database


def test_rows_of_all_boards_are_loaded_once(kernels, database):
    kernels("a", ROW)
    folder = kernels("b", ROW, OTHER)
    assert load_seeds(database, [folder]) == 2
    found = set(database.all_rows())
    assert {row.origin for row in found} <= {"seeds a", "seeds b"}
    assert {(row.key, row.cycles) for row in found} == {(ROW.key, 1000), (OTHER.key, 7)}
    assert load_seeds(database, [folder]) == 0


def test_what_was_measured_here_stays(kernels, database):
    mine = replace(ROW, cycles=1001, measured_at="2020-01-01T00:00:00+00:00")
    database.record(mine)
    assert load_seeds(database, [kernels("a", ROW, OTHER)]) == 1
    assert database.find([KEY]) == {KEY.digest: mine}


def test_without_seeds_nothing_happens(tmp_path, database):
    assert load_seeds(database, [tmp_path]) == 0


def test_two_branches_that_measured_the_same_row_merge(kernels, database):
    """Git leaves both lines when they are not beside each other's: the newer one is taken."""
    newer = replace(ROW, cycles=1001, measured_at="2025-01-01T00:00:00+00:00")
    folder = kernels("a", newer, ROW)
    load_seeds(database, [folder])
    digest = sha256((folder / "costs" / "a.jsonl").read_bytes()).hexdigest()
    seeded = replace(newer, origin="seeds a", pack_name="seeds a", pack_digest=digest)
    assert database.find([KEY]) == {KEY.digest: seeded}


def test_seeds_that_were_loaded_are_written_as_they_were(kernels, database):
    folder = kernels("a", ROW, replace(OTHER, origin="pack team 0123"))
    load_seeds(database, [folder])
    assert seeds_text(database.all_rows()) == (folder / "costs" / "a.jsonl").read_text()


@pytest.mark.parametrize(("old", "new"), [('"cycles":1000', '"cycles":999'), ("{", "<<<<<<< HEAD\n{")])
def test_a_damaged_line_stops_the_build_with_its_place(kernels, database, old, new):
    folder = kernels("a", ROW)
    path = folder / "costs" / "a.jsonl"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=rf"^{path}:1: "):
        load_seeds(database, [folder])
    assert database.count()["costs"] == 0


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_seeds_are_in_order(path):
    rows = read_loose(path)
    assert path.read_text() == loose_text([replace(row, origin="measured here") for row in rows])
    assert all(first.key.digest < second.key.digest for first, second in pairwise(rows))
    assert {row.board for row in rows} == {path.stem}
    assert (ROOT / "boards" / f"{path.stem}.toml").is_file()


def test_every_shipped_board_has_seeds_or_shares_those_of_another():
    """A row holds for each board whose core and memory are those of its key."""
    known = {(row.key.core, row.key.memory) for path in SHIPPED for row in read_loose(path)}
    for path in (ROOT / "boards").glob("*.toml"):
        board = read_board(path)
        assert (board.core_name, memory_text(board, placements(board)[0])) in known, board.name


@pytest.mark.parametrize("set_name", ["reference", "cmsis_nn"])
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_sample_of_the_seeds_is_measured_again(path, set_name, tmp_path):
    """Of each operator the set's cheapest row; on most boards of one operator, as this takes its time."""
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("there is no compiler for the target")
    board = read_board(ROOT / "boards" / f"{path.stem}.toml")
    toolchain = find_toolchain()
    externals = {set_name: cmsis_nn_root()} if set_name == "cmsis_nn" else {}
    sources = KernelSources.read([KERNELS], externals).only([set_name])
    identity = Identity(board, toolchain, sources, "none")
    workspace = Workspace(board, sources, toolchain, tmp_path, tmp_path / "costs.sqlite3")
    ordered = sorted(read_loose(path), key=lambda row: -row.cycles)
    rows = {row.key.operator: row for row in ordered if row.key.kernel.startswith(f"{set_name}/")}
    operators = sorted(rows.keys() & OPERATORS) if path.stem in WHOLE else ["CONV_2D"]
    again, expected = {}, {}
    for operator in operators:
        row = rows[operator]
        graph = layer_of(row)
        found = next(
            item for item in lower(graph, sources.providers, Core.of(board))[0] if item.name == row.key.kernel
        )
        key = identity.cost(graph.view(graph.layers[0]), found)
        if key.compiler != row.key.compiler:
            pytest.skip(f"measured with {row.key.compiler}, at hand is {key.compiler}")
        assert key == row.key, f"{path.name} is out of date: docs/adding.md, 'Seeds', says how it is made"
        job = BenchJob(
            bench=LayerBench(graph, found, (sample_of(graph),)),
            builder=compile_kernels(workspace, [found]),
            timing=True,
        )
        again[operator], expected[operator] = run_bench(job).cycles, row.cycles
    for operator, cycles in expected.items():
        assert again[operator] == pytest.approx(cycles, rel=TOLERANCES.get(operator, TOLERANCE)), operator
    assert len(again) >= (4 if path.stem in WHOLE else 1)
