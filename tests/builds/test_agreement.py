"""Rows that do not add up to the run of the image: measured again; the build fails if that does not help."""

import json
import sqlite3
from contextlib import closing
from itertools import pairwise

import pytest

from support.networks import SMALL
from support.tflite_builder import NetworkBuilder, to_tflite

ONCE_MORE = "tinyml: the build begins once more, with the rows that were measured again\n"
SLOW = "reference/conv_2d_int8"


def cycles_of(project, kernel):
    with closing(sqlite3.connect(project.folder / ".tinyml" / "costs.sqlite3")) as connection:
        ((cycles,),) = connection.execute("select cycles from costs where kernel = ?", [kernel]).fetchall()
    return cycles


def poison(project, kernel, cycles):
    """Set a wrong number of cycles in the row of `kernel`, and nothing else."""
    with closing(sqlite3.connect(project.folder / ".tinyml" / "costs.sqlite3")) as connection:
        connection.execute("update costs set cycles = ? where kernel = ?", [cycles, kernel])
        connection.commit()
    (project.results("stm32l4", "small") / "measurements.json").unlink()


def test_a_wrong_row_is_measured_again_and_the_build_is_right(project):
    """The slower kernel has the smallest number, so that it is chosen first."""
    before, true = project.published("stm32l4", "small"), cycles_of(project, SLOW)
    poison(project, SLOW, 9)
    found = project.scons(*SMALL)
    assert found.code == 0, found.errors
    assert found.errors.count(ONCE_MORE) == 1
    name = json.loads(before["report.json"])["layers"][0]["name"]
    assert f"layer 0 ({name}, {SLOW}) takes {true:,} cycles, was 9\n  their rows are replaced" in found.errors
    assert cycles_of(project, SLOW) == true
    assert project.published("stm32l4", "small") == before
    assert "PASS" in found.output
    assert project.scons(*SMALL).stages == []


def test_a_build_that_was_killed_before_it_began_once_more(project):
    """The database has the right rows, the plan is still of the wrong ones."""
    before, true = project.published("stm32l4", "small"), cycles_of(project, SLOW)
    poison(project, SLOW, 9)
    assert project.scons(*SMALL, "build/stm32l4/small/run.json").code == 0
    with closing(sqlite3.connect(project.folder / ".tinyml" / "costs.sqlite3")) as connection:
        connection.execute("update costs set cycles = ? where kernel = ?", [true, SLOW])
        connection.commit()
    found = project.scons(*SMALL)
    assert (found.code, found.errors.count(ONCE_MORE)) == (0, 1), found.errors
    assert project.published("stm32l4", "small") == before


def test_a_build_fails_where_measuring_again_does_not_help(project):
    """A bug, or a limit of the emulator, is imitated by doubling the sum."""
    report = project.report("stm32l4", "small")
    total, rows = report["agreement"]["sum_of_layers_cycles"], project.rows()
    project.edit("site_scons/scons_tinyml/stages/run/agreement.py", "total = sum(", "total = 2 * sum(")
    found = project.scons(*SMALL)
    assert found.code == 1
    assert (
        f"small on stm32l4: the layers add up to {2 * total:,} cycles, the run of all takes " in found.errors
    )
    for layer in report["layers"]:
        if layer["kernel"]:
            line = f"({layer['name']}, {layer['kernel']}) takes {layer['cycles']:,} cycles, was {layer['cycles']:,}"
            assert line in found.errors
    assert "measured again, they take what they took" in found.errors
    assert ONCE_MORE not in found.errors
    assert project.rows().keys() == rows.keys()
    assert not (project.results("stm32l4", "small") / "small.elf").exists()


def tiny(layers):
    """Return a network whose layers take so few cycles that cold caches make a difference."""
    net = NetworkBuilder("tiny")
    tensors = [net.activation((1, 4), "int16", scale=0.1) for _ in range(layers + 1)]
    for source, target in pairwise(tensors):
        net.layer("RELU", [source], [target])
    return net.finish([tensors[0]], [tensors[-1]])


@pytest.mark.parametrize("board", ["stm32l4", "rp2040"])
def test_a_tiny_network_is_believed(new_clone, shared_cache, tmp_path, board):
    """Measured alone, with cold caches, layers take 20 % longer on the stm32l4, three times on the rp2040."""
    project = new_clone(tmp_path / "project", cache=shared_cache)
    project.take_kernels("reference/relu_int16")
    (project.folder / "tiny.tflite").write_bytes(to_tflite(tiny(10)))
    found = project.scons("-j2", f"target={board}", "model=tiny.tflite")
    assert (found.code, ONCE_MORE in found.errors) == (0, False), found.errors
    agreement = json.loads((project.results(board, "tiny") / "agreement.json").read_text())
    assert agreement["sum_of_layers_cycles"] > 1.03 * agreement["run_cycles"]
    assert agreement["measured_again"] == []
