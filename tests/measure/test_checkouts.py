"""Keys of rows under different external sources: no checkout takes a row of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.costs.key import CostKey, ProofKey
from scons_tinyml.records.board import read_board
from scons_tinyml.stages.firmware.toolchain import find_toolchain, kernel_flags
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.identity import Identity
from support.declared_sets import EXTERNAL, RELU, revisions
from support.tflite_builder import NetworkBuilder

pytestmark = pytest.mark.arm

ROOT = Path(__file__).parents[2]
SET = 'description = "Theirs"\nexternal_include = ["inc"]\n' + EXTERNAL + revisions("1")


def write_checkout(folder: Path, revision: str, code: str = "") -> Path:
    for name, text in (("inc/theirs.h", f"/* $Revision: V.{revision} */\n"), ("src/relu.c", code)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    place = tmp_path / "kernels" / "theirs"
    place.mkdir(parents=True)
    (place / "set.toml").write_text(SET)
    (place / "relu.toml").write_text(RELU)
    (place / "relu.c").write_text('#include "theirs.h"\n')
    return place.parent


def keys(sets: Path, checkout: Path, board_name: str = "stm32l4r5") -> tuple[CostKey, ProofKey]:
    """Return the keys of the kernel on a layer, for a row and for a proof."""
    board = read_board(ROOT / "boards" / f"{board_name}.toml")
    sources = KernelSources.read([sets], {"theirs": checkout})
    net = NetworkBuilder()
    tensors = [net.activation((1, 8), "int8", scale=0.5) for _ in range(2)]
    net.layer("RELU", tensors[:1], tensors[1:])
    graph = net.finish(tensors[:1], tensors[1:])
    (item,) = implementations(lower(graph, sources.providers, Core.of(board))[0])
    identity = Identity(board, find_toolchain(), sources, "none")
    return identity.cost(graph.view(graph.layers[0]), item), identity.proof("layer", item)


def test_equal_checkouts_in_two_places_share_rows(sets: Path, tmp_path: Path) -> None:
    first, second = (write_checkout(tmp_path / name, "1.0") for name in ("first", "second"))
    assert keys(sets, first) == keys(sets, second)


@pytest.mark.parametrize(("revision", "code"), [("1.1", ""), ("1.0", "/* changed */")])
def test_a_header_or_a_source_that_differs_makes_other_keys(
    sets: Path, tmp_path: Path, revision: str, code: str
) -> None:
    first = keys(sets, write_checkout(tmp_path / "first", "1.0"))
    second = keys(sets, write_checkout(tmp_path / "second", revision, code))
    for one, other in zip(first, second, strict=True):
        assert one.kernel_digest != other.kernel_digest
        assert one.digest != other.digest


def test_a_switch_is_part_of_the_flags_of_the_cores_that_it_is_for(sets: Path, tmp_path: Path) -> None:
    old, new = (write_checkout(tmp_path / name, name) for name in ("2.9", "3.0"))
    assert "THEIRS_FAST" not in keys(sets, old)[0].flags
    for key in keys(sets, new):
        assert key.flags.endswith(" -O2 -DTHEIRS_FAST")
    assert "THEIRS_FAST" not in keys(sets, new, "stm32f103")[0].flags
    board = read_board(ROOT / "boards" / "stm32l4r5.toml")
    kernel_set = KernelSources.read([sets], {"theirs": new}).sets["theirs"]
    for own in (True, False):
        assert "-DTHEIRS_FAST" in kernel_flags(board, kernel_set, own=own)
