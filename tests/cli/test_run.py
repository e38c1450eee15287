"""tinyml run on a fake machine: its output on stdout and stderr, its files, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scons_tinyml.cli.commands import run
from scons_tinyml.cli.main import main
from scons_tinyml.emulator.devices.core.unknown import UnknownRegister
from scons_tinyml.emulator.timing import Cost, TimingModel
from scons_tinyml.records.errors import EXIT_FAULT, EXIT_INPUT, EXIT_INTERRUPTED, EXIT_PASS, FirmwareFault
from scons_tinyml.stages import command
from support.fake_machine import IMAGE, MAIN, WORK, FakeMachine, Tick

ROOT = Path(__file__).parents[2]
ENTRY = 0x0800_0000
MODEL = TimingModel("cortex-m4", "cortex-m4-99", lambda _: Cost())
PROGRAM = [
    Tick(ENTRY, 800, stack=(ENTRY,)),
    Tick(MAIN, 1600, prints=b"hello\xff", stack=(ENTRY, MAIN)),
    Tick(WORK, 3200, prints=b" world", stack=(ENTRY, MAIN, WORK)),
    Tick(WORK + 2, 2400, exit_code=0, stack=(ENTRY, MAIN, WORK)),
]


@pytest.fixture
def fake(monkeypatch):
    """Return `prepare(ticks)`: machines made after it play `ticks`; it returns the list of these machines."""
    monkeypatch.setattr(run, "prepare", lambda _: None)
    made = []

    def prepare(ticks):
        def make(board, *, timing=True, unknown_devices=False):
            found = (UnknownRegister(0x4001_3800, MAIN, reads=3),) if unknown_devices else ()
            made.append(FakeMachine(ticks, board, model=MODEL if timing else None, unknown=found))
            return made[-1]

        monkeypatch.setattr(run, "Machine", make)
        monkeypatch.setattr(run, "read_image", lambda *_, **__: IMAGE)
        return made

    return prepare


def call(capfdbinary, *arguments):
    code = command.call(main, ["run", "fake.elf", "--board", "stm32l4", *map(str, arguments)])
    shown = capfdbinary.readouterr()
    return code, shown.out, shown.err.decode()


def test_output_is_unmixed_and_the_table_is_on_stderr(fake, capfdbinary):
    fake(PROGRAM)
    code, shown, table = call(capfdbinary)
    assert (code, shown) == (EXIT_PASS, b"hello\xff world")
    assert (
        table
        == """\

fake.elf on stm32l4: STM32L475VG, cortex-m4f at 80 MHz

cycles  instructions  cycles per instruction      time  between                 stack  ended
 8,000             4                 2000.00  100.0 us  50.0 us and 200.0 us  unknown  exit code 0

timing model cortex-m4-99, -50 % to +100 %: no comparison of this timing model with a board
note: the image runs the core at 0.001 MHz
"""
    )


def test_without_timing_nothing_speaks_of_cycles(fake, capfdbinary, tmp_path):
    fake(PROGRAM)
    path = tmp_path / "counts.json"
    code, _, table = call(capfdbinary, "--no-timing", "--json", path)
    assert code == EXIT_PASS
    assert table.splitlines()[3:5] == [
        "instructions       time    stack  ended",
        "           4  not timed  unknown  exit code 0",
    ]
    assert "cycle" not in table
    assert "cycle" not in path.read_text()
    assert json.loads(path.read_text())["timing"] is None


def test_cycles_and_instructions_are_never_in_one_column(fake, capfdbinary):
    """All columns of the three tables have one unit, and are named after it."""
    fake(PROGRAM)
    _, _, table = call(capfdbinary, "--profile")
    headers = [line for line in table.splitlines() if re.search(r"\bcycles  +", line)]
    assert [re.split(r"  +", line.strip()) for line in headers] == [
        ["cycles", "instructions", "cycles per instruction", "time", "between", "stack", "ended"],
        ["function", "cycles", "share", "with callees", "instructions", "calls"],
        ["source line", "cycles", "share", "instructions"],
    ]


def test_profile_tables(fake, capfdbinary):
    fake(PROGRAM)
    _, _, table = call(capfdbinary, "--profile", "--from", "main")
    assert "\ncounted from main+0x0\n" in table
    assert (
        table[table.index("function ") :]
        == """\
function  cycles   share  with callees  instructions  calls
work       5,600  77.8 %         5,600             2      1
main       1,600  22.2 %         7,200             1      1

source line       cycles    share  instructions
(no source line)   7,200  100.0 %             3
"""
    )


def test_long_profiles_are_cut_with_a_sum(fake, capfdbinary):
    fake([*(Tick(0x0900_0000 + 0x100_0000 * n, 10) for n in range(25)), Tick(MAIN, 5, exit_code=0)])
    _, _, table = call(capfdbinary, "--profile")
    assert "\n(6 more functions)      55  21.6 %" in table


def test_profile_files(fake, capfdbinary, tmp_path):
    fake(PROGRAM)
    code, _, table = call(capfdbinary, "--profile-out", tmp_path / "profile")
    files = ["disassembly.txt", "functions.json", "profile.speedscope.json", "stacks.folded"]
    assert (code, sorted(path.name for path in (tmp_path / "profile").iterdir())) == (EXIT_PASS, files)
    assert (tmp_path / "profile" / "stacks.folded").read_text() == (
        "0x08000000 800\n0x08000000;main 1600\n0x08000000;main;work 5600\n"
    )
    assert all(str(tmp_path / "profile" / name) in table for name in files)
    assert "\nfunction " not in table


def test_json(fake, capfdbinary, tmp_path):
    fake(PROGRAM)
    path = tmp_path / "counts.json"
    call(capfdbinary, "--json", path, "--profile")
    content = json.loads(path.read_text())
    assert content.pop("profile")["cycles"] == 8000
    assert content == {
        "firmware": "fake.elf",
        "board": "stm32l4",
        "part": "STM32L475VG",
        "core": "cortex-m4f",
        "clock_hz": 80_000_000,
        "image_clock_hz": 1000,
        "differences": ["the image runs the core at 0.001 MHz"],
        "unknown_devices": [],
        "instructions": 4,
        "stack_bytes": None,
        "timing": {
            "cycles": 8000,
            "cycles_per_instruction": 2000.0,
            "time_s": {"value": 1e-4, "low": 5e-5, "high": pytest.approx(2e-4)},
            "model": "cortex-m4-99",
            "band": {"low": -0.5, "high": 1.0, "basis": "no comparison of this timing model with a board"},
        },
        "ended": {
            "reason": "exit",
            "exit_code": 0,
            "pc": WORK + 2,
            "place": "work+0x2",
            "line": None,
            "problem": None,
        },
    }


def test_unknown_devices_are_named(fake, capfdbinary, tmp_path):
    fake(PROGRAM)
    path = tmp_path / "counts.json"
    _, _, table = call(capfdbinary, "--unknown-devices", "--json", path)
    assert "note: 1 register of devices that the emulator does not know read as 0: 0x40013800 in" in table
    assert json.loads(path.read_text())["unknown_devices"] == [
        {"address": 0x4001_3800, "reads": 3, "writes": 0, "place": "main+0x0"}
    ]


@pytest.mark.parametrize(
    ("firmware", "ours"), [(1, 65), (3, 67), (58, 122), (59, 123), (1000, 123), (-1, 123)]
)
def test_exit_codes_of_the_firmware(fake, capfdbinary, firmware, ours):
    fake([Tick(MAIN, exit_code=firmware)])
    code, _, table = call(capfdbinary)
    assert code == ours
    assert table.endswith(f"tinyml: error: fake.elf: the firmware ended with exit code {firmware}\n")


@pytest.mark.parametrize(
    ("ticks", "arguments", "ended", "code"),
    [
        ([Tick(MAIN), Tick(WORK, exit_code=9)], ["--until", "work"], "reached work+0x0", EXIT_PASS),
        ([Tick(MAIN), Tick(WORK, exit_code=9)], ["--until", "0x08000201"], "reached work+0x0", EXIT_PASS),
        ([Tick(MAIN, sleeps=True, waits_for=b"x")], [], "asleep, nothing wakes it", EXIT_PASS),
        ([Tick(MAIN, waits_for=b"x")], ["--max-instructions", "1,000"], "limit reached", EXIT_FAULT),
        ([Tick(MAIN, waits_for=b"x")], ["--max-cycles", "1000"], "limit reached", EXIT_FAULT),
    ],
)
def test_ends_and_their_exit_codes(fake, capfdbinary, ticks, arguments, ended, code):
    fake(ticks)
    found, _, table = call(capfdbinary, *arguments)
    assert (found, ended in table) == (code, True)


def test_a_fault_comes_after_the_counts(fake, capfdbinary, monkeypatch):
    made = fake(PROGRAM)
    problem = FirmwareFault("read of 4 bytes at 0x60000000 (pc 0x08000200 in work+0x0)", where="fake.elf")

    def fault(self, **_):
        self.cycles, self.instructions = 5, 3
        raise problem

    monkeypatch.setattr(FakeMachine, "run", fault)
    code, _, table = call(capfdbinary, "--profile")
    assert (code, len(made)) == (EXIT_FAULT, 1)
    assert "     5             3 " in table
    assert table.endswith(f"tinyml: error: {problem}\n")


def test_an_interruption_shows_the_counts(fake, capfdbinary, monkeypatch):
    fake(PROGRAM)

    def interrupt(_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeMachine, "run", interrupt)
    code, _, table = call(capfdbinary)
    assert code == EXIT_INTERRUPTED
    assert "  interrupted\n" in table


def test_input_is_sent(fake, capfdbinary, tmp_path):
    made = fake([Tick(MAIN, waits_for=b"go\x00", prints=b"gone\n"), Tick(MAIN, exit_code=0)])
    (tmp_path / "input").write_bytes(b"go\x00")
    code, shown, table = call(capfdbinary, "--input", tmp_path / "input")
    assert (code, shown, made[0].sent) == (EXIT_PASS, b"gone\n", b"go\x00")
    assert not table.startswith("\n")


def test_scripts(fake, capfdbinary, tmp_path):
    script = tmp_path / "talk.txt"
    script.write_text('send "go"\nexpect "one"\nexpect "two"\n')
    fake([Tick(MAIN, waits_for=b"go", prints=b"one"), Tick(MAIN, prints=b"3"), Tick(MAIN, exit_code=0)])
    code, shown, table = call(capfdbinary, "--script", script)
    assert (code, shown) == (EXIT_FAULT, b"one3")
    assert "  script failed\n" in table
    assert table.endswith(
        f"tinyml: error: {script}:3: waits for 'two': the firmware has ended\n  the last output is '3'\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--profile", "--no-timing"],
            "command line: --profile needs the timing that --no-timing leaves out",
        ),
        (["--profile-out", "x", "--no-timing"], "command line: --profile-out needs the timing"),
        (["--max-cycles", "5", "--no-timing"], "command line: --max-cycles needs the timing"),
        (
            ["--max-instructions", "0"],
            "tinyml run: argument --max-instructions: 0 is not from 1 to 1,000,000,000,000,000",
        ),
        (["--max-cycles", "x"], "tinyml run: argument --max-cycles: 'x' is not a number, such as 0x08000000"),
        (["--until", "wrok"], "fake.elf: there is no symbol 'wrok' in the image\n  did you mean 'work'?"),
        (["--from", "work+2"], "fake.elf: work+0x2, where the measurement was to begin, was never reached"),
        (
            ["--input", "a", "--script", "b"],
            "tinyml run: argument --script: not allowed with argument --input",
        ),
        (["--input", "none"], "none: the input cannot be read: No such file or directory"),
        (["--script", "none"], "none: the script cannot be read: No such file or directory"),
    ],
)
def test_wrong_input(fake, capfdbinary, arguments, message):
    fake([Tick(MAIN), Tick(WORK, exit_code=0)])
    code, _, error = call(capfdbinary, *arguments)
    assert code == EXIT_INPUT
    assert f"tinyml: error: {message}" in error


def test_an_unknown_board(capfdbinary):
    code = command.call(main, ["run", "fake.elf", "--board", "stm32l3"])
    assert code == EXIT_INPUT
    assert b"--board: unknown board 'stm32l3'; did you mean 'stm32l" in capfdbinary.readouterr().err


def test_a_reader_that_goes_away_ends_the_run(tmp_path):
    """`tinyml run ... | head -1` prints no traceback, and the counts up to there."""
    script = tmp_path / "endless.py"
    script.write_text(
        """\
import sys
from pathlib import Path
from scons_tinyml.cli.commands import run
from scons_tinyml.cli.main import main
from scons_tinyml.stages import command
from support.fake_machine import IMAGE, MAIN, FakeMachine, Tick

class Endless(FakeMachine):
    def _following(self):
        while True:
            yield Tick(MAIN, prints=b"again\\n" * 1000)

run.Machine = lambda board, timing, unknown_devices: Endless([Tick(MAIN)], board, model=None)
run.read_image = lambda *_, **__: IMAGE
sys.exit(command.call(main, ["run", "f", "--board", "stm32l4", "--no-timing"]))
"""
    )
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'site_scons'}:{ROOT / 'tests'}"}
    started = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    )
    assert started.stdout.readline() == b"again\n"
    started.stdout.close()
    error = started.stderr.read().decode()
    started.stderr.close()
    assert (started.wait(timeout=60), "Traceback" in error, "BrokenPipe" in error) == (
        EXIT_PASS,
        False,
        False,
    )
    assert "  stdout closed\n" in error
