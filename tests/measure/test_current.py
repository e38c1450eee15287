"""What a campaign asks for is what `costs stale` calls current: both are made of the same circumstances."""

import shutil
from dataclasses import replace

import pytest

from scons_tinyml.costs.current import Circumstances
from scons_tinyml.costs.evidence import keys_by_class
from scons_tinyml.costs.rows import CostRow, Proof
from scons_tinyml.costs.stale import reasons, unknown
from scons_tinyml.records.board import read_board
from scons_tinyml.resources import find_all, folders
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.lowering.declared import implementation_of
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.current import fetched_sources, find_current
from scons_tinyml.stages.measure.hardware.firmware import VERSION
from scons_tinyml.stages.measure.identity import Identity
from scons_tinyml.stages.oracle import oracle_name
from support.networks import small_int8


@pytest.fixture
def kernels(tmp_path):
    """A copy of our own kernel sets, without what is not part of the repository."""
    shutil.copytree(folders("kernels", tmp_path)[0], tmp_path / "kernels")
    return tmp_path / "kernels"


@pytest.fixture
def boards(tmp_path):
    return [read_board(path) for path in find_all("boards", tmp_path).values()]


def made(board, sources):
    """A row and a proof of every reference kernel on `board`, as a campaign makes their keys."""
    own = replace(sources, kernels=tuple(k for k in sources.kernels if k.set_name == "reference"))
    identity = Identity(board, find_toolchain(), own, oracle_name())
    graph = small_int8()
    view = graph.view(graph.layers[0])
    for implementation in (implementation_of(view, kernel) for kernel in own.kernels):
        yield CostRow(
            identity.cost(view, implementation),
            1,
            1,
            "2024-01-02T03:04:05+00:00",
            "1",
            "a" * 64,
            board=board.name,
        )
        yield Proof(
            identity.proof("0" * 64, implementation),
            1,
            0,
            0,
            None,
            "2024-01-02T03:04:05+00:00",
            "1",
            "a" * 64,
        )


def causes(rows, current):
    return {reason.cause for row in rows for reason in reasons(Circumstances.of(row), current)}


def test_what_a_campaign_measures_is_current(kernels, boards, tmp_path):
    sources = fetched_sources([kernels], tmp_path, {})
    current = find_current(boards, find_toolchain(), sources)
    rows = [row for board in boards for row in made(board, sources)]
    assert len(rows) >= 2 * 5 * len(boards)
    assert causes(rows, current) == set()
    assert [row for row in rows if unknown(Circumstances.of(row), current)] == []


def test_what_a_board_measures_is_current_until_its_firmware_changes(kernels, boards, tmp_path):
    sources = fetched_sources([kernels], tmp_path, {})
    current = find_current(boards, find_toolchain(), sources)
    rows = [row for board in boards for row in made(board, sources) if isinstance(row, CostRow)]
    for version, found in ((VERSION, set()), ("bench-0", {"timing"})):
        measured = [replace(row, key=keys_by_class(row.key, version)["hardware"]) for row in rows]
        assert causes(measured, current) == found


def test_a_change_of_a_kernel_makes_its_rows_stale_and_its_key_another(kernels, boards):
    before = list(made(boards[0], KernelSources.read([kernels])))
    source = kernels / "reference" / "conv_2d_int8.c"
    source.write_text(source.read_text() + "/* changed */\n")
    changed = KernelSources.read([kernels])
    current = find_current(boards, find_toolchain(), changed)
    stale = [row for row in before if reasons(Circumstances.of(row), current)]
    assert {row.key.kernel for row in stale} == {"reference/conv_2d_int8"}
    assert causes(stale, current) == {"sources"}
    asked = {row.key.digest for row in made(boards[0], changed)}
    assert {row.key.digest for row in before if row not in stale} < asked
    assert asked.isdisjoint(row.key.digest for row in stale)


def test_a_board_of_another_speed(kernels, boards, tmp_path):
    sources = fetched_sources([kernels], tmp_path, {})
    board = next(board for board in boards if board.name == "stm32f103")
    slower = board.model_copy(update={"flash": board.flash.model_copy(update={"wait_states": 9})})
    current = find_current(boards, find_toolchain(), sources)
    (reason,) = {
        reason for row in made(slower, sources) for reason in reasons(Circumstances.of(row), current)
    }
    assert reason.text == (
        "no cortex-m3 board has this memory system; on stm32f103 flash.wait_states was 9, is 2"
    )


def test_sources_that_were_not_fetched_cannot_be_judged(kernels, boards, tmp_path):
    current = find_current(boards, find_toolchain(), fetched_sources([kernels], tmp_path / "none", {}))
    assert {name.partition("/")[0] for name, digest in current.sources.items() if digest is None} == {
        "cmsis_nn"
    }


def test_fetched_sources_and_checkouts(kernels, tmp_path):
    fetched = tmp_path / "external" / "cmsis_nn"
    for folder in (fetched, tmp_path):
        (folder / "Include").mkdir(parents=True)
        (folder / "Include" / "arm_nnfunctions.h").write_text("/* $Revision: V.12.5.1 */")
    assert fetched_sources([kernels], fetched.parent, {}).externals == {}  # a part of it was left behind
    (fetched / "manifest.json").touch()
    assert fetched_sources([kernels], fetched.parent, {}).externals == {"cmsis_nn": fetched}
    checkout = {"cmsis_nn": tmp_path}
    assert fetched_sources([kernels], fetched.parent, checkout).externals == checkout
