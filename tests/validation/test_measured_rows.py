"""`tinyml validate` on a table of expected results, with firmware that is compiled here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.cli.main import main
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.session import RunRequest, run_session
from scons_tinyml.records.errors import BudgetExceeded, InputError
from scons_tinyml.validation.run import measure

pytestmark = pytest.mark.arm

BOARD = "NUCLEO_L4R5ZI"
TALK = 'expect "m-ready"\nsend "infer 1 1%"\nexpect "m-infer-start-1\\r\\n"\n'


@pytest.fixture
def folder(tmp_path: Path, compile_image: Any) -> Path:
    """A project with firmware, scripts, and no table yet."""
    binary = compile_image(BOARD, "kws", rounds=10)
    shutil.copy(binary, tmp_path / "raw.bin")
    shutil.copy(binary.with_suffix(".elf"), tmp_path / "image.elf")
    (tmp_path / "ask.txt").write_text('expect "m-ready"\nsend "infer 1 0%"\nwait exit\n')
    (tmp_path / "measured.txt").write_text(TALK + 'measure\nexpect "m-infer-done"\n')
    (tmp_path / "whole.txt").write_text(TALK + 'expect "m-infer-done"\n')
    return tmp_path


def row(name: str, **keys: object) -> str:
    values = {"name": name, "board": "stm32l4r5", "source": "made up", **keys}
    return "[[firmware]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def validate(folder: Path, *rows: str) -> dict[str, Any]:
    """The images of the report by name; BudgetExceeded is for the caller."""
    (folder / "expected.toml").write_text("\n".join(rows))
    try:
        arguments = ["--jobs", "1", "--project", folder, "--json", folder / "out.json"]
        main(["validate", *map(str, [folder / "expected.toml", *arguments])])
    finally:
        if (folder / "out.json").exists():
            images = json.loads((folder / "out.json").read_text())["images"]
    return {image["image"]: image for image in images}


def test_pieces_between_names_and_by_a_script(folder, compile_image, board, capsys):
    """All three ways count one inference of the same firmware; printing is in the scripts' counts."""
    expected = measure(compile_image(BOARD, "kws", rounds=10), board(BOARD), "kws").cycles_per_inference
    images = validate(
        folder,
        row("names", image="image.elf", script="ask.txt", cycles=expected, until="lap", **{"from": "infer"}),
        row("script", image="image.elf", script="measured.txt", time=f"{expected / 120e6 * 1e6:.3f} us"),
        row(
            "raw",
            image="raw.bin",
            symbols="image.elf",
            script="ask.txt",
            cycles=expected / 10,
            until="lap",
            repetitions=10,
            **{"from": "infer"},
        ),
    )
    assert [images[name]["inside"] for name in ("names", "script", "raw")] == [True] * 3
    assert images["names"]["cycles"] == pytest.approx(expected, rel=0.01)
    assert images["raw"]["cycles"] == pytest.approx(images["names"]["cycles"] / 10)
    assert images["script"]["cycles"] > images["names"]["cycles"]
    assert images["names"]["measured"] == "infer to lap"
    assert "all 3 images are inside of their bands" in capsys.readouterr().out


def test_a_row_outside_of_its_own_band(folder, capsys):
    keys = {"image": "image.elf", "script": "ask.txt", "until": "lap", "from": "infer"}
    with pytest.raises(BudgetExceeded) as caught:
        validate(folder, row("one", cycles=1, **keys), row("none", cycles=1, within=0.5, **keys))
    assert caught.value.exit_code == 2
    assert "2 of 2 images are outside of their bands" in capsys.readouterr().out


PROBLEMS = [
    ({"image": "none.elf", "until": "lap"}, "none.elf"),
    ({"image": "image.elf", "until": "lapp"}, "expected.toml: one.until: "),
    ({"image": "image.elf", "script": "none.txt"}, "the script cannot be read"),
    ({"image": "image.elf", "until": "lap", "max_instructions": 1000}, "the limit of 1,000 instructions"),
    ({"image": "image.elf", "until": "lap", "script": "whole.txt"}, "the firmware has reached the place"),
]


@pytest.mark.parametrize(("keys", "message"), PROBLEMS)
def test_a_row_that_does_not_run_is_told(folder, capsys, keys, message):
    with pytest.raises(BudgetExceeded):
        validate(folder, row("one", cycles=1, **keys))
    out = capsys.readouterr().out
    assert "failed" in out
    assert message in out


def test_a_table_has_no_networks(folder):
    (folder / "expected.toml").write_text(row("one", image="image.elf", until="lap", cycles=1))
    with pytest.raises(InputError, match="a table of expected results has no networks to choose from"):
        main(["validate", str(folder / "expected.toml"), "--network", "kws"])


def test_the_step_measure_begins_the_count(folder, board):
    """A count from reset is the one from the step on, and that before it."""
    from scons_tinyml.emulator.script import read_script

    counts = {}
    for name in ("measured", "whole"):
        machine = Machine(board(BOARD))
        machine.load(folder / "image.elf")
        request = RunRequest(script=read_script(folder / f"{name}.txt"), profile=True)
        counts[name] = run_session(machine, request)
    (folder / "before.txt").write_text(TALK)
    machine = Machine(board(BOARD))
    machine.load(folder / "image.elf")
    before = run_session(machine, RunRequest(script=read_script(folder / "before.txt")))
    assert counts["whole"].cycles == before.cycles + counts["measured"].cycles
    assert counts["whole"].instructions == before.instructions + counts["measured"].instructions
    assert sum(cost.cycles for cost in counts["measured"].profile.costs) == counts["measured"].cycles


def test_two_beginnings_are_an_error(folder, board):
    from scons_tinyml.emulator.script import read_script

    machine = Machine(board(BOARD))
    machine.load(folder / "image.elf")
    request = RunRequest(measure_from=machine.symbol("infer"), script=read_script(folder / "measured.txt"))
    with pytest.raises(InputError, match="both say where the measurement begins"):
        run_session(machine, request)
