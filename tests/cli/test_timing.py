"""tinyml timing: rules of a timing model, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from scons_tinyml.cli.commands import timing
from scons_tinyml.cli.main import main
from scons_tinyml.emulator.timing import Cost, RuleNote, TimingModel, evidence, timed_cores, timing_for
from scons_tinyml.emulator.timing.bands import _bands_for, bands_for
from scons_tinyml.emulator.timing.evidence import Evidence, comparisons
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import EXIT_INPUT, EXIT_PASS
from scons_tinyml.records.toml_file import read_record
from scons_tinyml.stages import command

ROOT = Path(__file__).parents[2]
MODEL = TimingModel(
    core="cortex-m4",
    version="cortex-m4-99",
    cost=lambda _: Cost(),
    rules=(
        RuleNote("load-use", "a load whose result is used at once takes 1 more", "DDI 0439D, 3.3.3"),
        RuleNote("data register", "16 bytes", "whole networks on STM32L4R5", fitted=True),
    ),
)


def call(capsys, *arguments):
    code = command.call(main, ["timing", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


EVIDENCE = """\
version = "cortex-m4-99"

[[groups]]
title = "networks"
board = "BOARD"
source = "logs"
note = "the clock is not known"
kinds = ["integer, weights in RAM"]
fitted = true
programs = [
  { name = "ad", measured = 1000, predicted = 1020 },
  { name = "ic", measured = 1000, predicted = 960 },
]

[[groups]]
title = "AES"
board = "BOARD"
source = "README"
kinds = ["integer, weights in RAM"]
programs = [{ name = "encrypt", measured = 500, predicted = 490 }]
"""


@pytest.fixture
def model(monkeypatch, tmp_path):
    (tmp_path / "cortex-m4.toml").write_text(EVIDENCE)
    found = read_record(tmp_path / "cortex-m4.toml", Evidence)
    monkeypatch.setattr(timing, "timing_for", lambda _: MODEL)
    monkeypatch.setattr(evidence, "evidence_for", lambda _: found)
    _bands_for.cache_clear()
    yield
    _bands_for.cache_clear()


@pytest.mark.usefixtures("model")
def test_rules_of_a_core(capsys):
    assert call(capsys, "--core", "cortex-m4") == (
        EXIT_PASS,
        """\
cortex-m4: timing model cortex-m4-99

  kind of code                band              compared  fitted  ratio
  integer, weights in flash   -16.7% to +20.0%         0       0  -
  integer, weights read once  -16.7% to +20.0%         0       0  -
  integer, weights in RAM     -9.1% to +10.0%          3       2  0.960 to 1.020
  floating point              -16.7% to +20.0%         0       0  -

  load-use
    a load whose result is used at once takes 1 more
    source: DDI 0439D, 3.3.3

  data register (fitted)
    16 bytes
    source: whole networks on STM32L4R5

comparisons with boards, predicted / measured cycles

  networks (fitted), BOARD
    kind: integer, weights in RAM
    ad 1.020, ic 0.960
    source: logs
    note: the clock is not known

  AES, BOARD
    kind: integer, weights in RAM
    encrypt 0.980
    source: README
""",
        "",
    )


@pytest.mark.usefixtures("model")
def test_the_memory_system_of_a_board(capsys):
    _, shown, _ = call(capsys, "--board", "stm32l4", "--project", ROOT)
    assert shown.startswith("cortex-m4: timing model cortex-m4-99\n")
    system = shown[shown.index("stm32l4: ") :]
    assert system.startswith(
        """\
stm32l4: memory system of the STM32L475VG at 80 MHz

  memory  from        size      wait states  holds
  FLASH   0x08000000  1.00 MiB            4  code, weights
  SRAM1   0x20000000  96.0 KiB            0  data, arena, stack, weights, code
  SRAM2   0x10000000  32.0 KiB            0  data, arena, stack, weights, code

  one read of the flash delivers 64 bits
    source: RM0351, section 'Flash memory organization': 64 bits and 8 of ECC
  and takes 5 cycles
"""
    )
    assert (
        "\n  instruction cache of the flash: 1.0 KiB in lines of 32 B, fully associative\n    source: RM0351"
        in system
    )
    assert "\n  prefetch buffer: on\n" in system


def test_every_core_without_a_choice(capsys):
    _, shown, _ = call(capsys)
    assert [line.partition(":")[0] for line in shown.splitlines() if ": timing model " in line] == list(
        timed_cores()
    )


def test_json_of_a_board(capsys):
    _, shown, _ = call(capsys, "--board", "stm32l4", "--json", "--project", ROOT)
    content, model, board = (
        json.loads(shown),
        timing_for("cortex-m4"),
        read_board(ROOT / "boards" / "stm32l4.toml"),
    )
    assert content["version"] == model.version
    assert content["bands"] == {kind.value: asdict(band) for kind, band in bands_for(model).items()}
    assert len(content["comparisons"]) == len(comparisons("cortex-m4", model.version))
    assert content["rules"] == [asdict(rule) for rule in model.rules]
    assert (content["board"], content["clock_hz"]) == ("stm32l4", 80_000_000)
    assert content["flash"]["wait_states"] == 4
    assert content["flash"]["instruction_cache"]["size"] == 1024
    assert content["memory"][1]["origin"] == 0x2000_0000
    assert content["sources"] == board.sources


@pytest.mark.usefixtures("model")
def test_json_has_the_programs(capsys):
    _, shown, _ = call(capsys, "--core", "cortex-m4", "--json")
    (content,) = json.loads(shown)
    assert content["comparisons"][2] == {
        "name": "encrypt",
        "group": "AES",
        "board": "BOARD",
        "source": "README",
        "kinds": ["integer, weights in RAM"],
        "fitted": False,
        "measured_cycles": 500,
        "predicted_cycles": 490,
    }
    assert content["bands"]["integer, weights in RAM"] == {
        "low": -0.091,
        "high": 0.1,
        "basis": "3 comparisons, 2 of them with rules chosen on them, 0.960 to 1.020 of the measured cycles",
        "comparisons": 3,
        "fitted": 2,
        "least": 0.96,
        "most": 1.02,
    }


def test_json_of_cores(capsys):
    _, shown, _ = call(capsys, "--json")
    assert [model["core"] for model in json.loads(shown)] == list(timed_cores())
    _, shown, _ = call(capsys, "--json", "--core", "cortex-m3")
    assert [model["core"] for model in json.loads(shown)] == ["cortex-m3"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--board", "stm32l3"], "command line: --board: unknown board 'stm32l3'; did you mean 'stm32l"),
        (["--core", "cortex-m5"], "no timing model for core 'cortex-m5'\n  did you mean 'cortex-m"),
        (
            ["--board", "x", "--core", "y"],
            "tinyml timing: argument --core: not allowed with argument --board",
        ),
    ],
)
def test_wrong_choices(capsys, arguments, message):
    code, shown, error = call(capsys, *arguments)
    assert (code, shown) == (EXIT_INPUT, "")
    assert error.startswith(f"tinyml: error: {message}")


def test_every_rule_says_where_it_comes_from(capsys):
    """All shipped models are checked."""
    for core in timed_cores():
        _, shown, _ = call(capsys, "--core", core)
        for rule in timing_for(core).rules:
            assert rule.text and rule.source
            assert f"\n  {rule.name}{' (fitted)' if rule.fitted else ''}\n" in shown
