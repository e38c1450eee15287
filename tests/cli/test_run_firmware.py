"""tinyml run on real images: C programs that print, read, call, fail and end."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from scons_tinyml.cli.main import main
from scons_tinyml.records.errors import EXIT_FAULT, EXIT_INPUT, EXIT_INTERRUPTED, EXIT_PASS
from scons_tinyml.stages import command
from support.firmware import build_firmware, convert

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs the cross compiler")

CALLS = """\
volatile u32 sink;
APART void inner(u32 rounds) { for (u32 i = 0; i < rounds; i++) sink += i; }
APART void outer(void) { for (int i = 0; i < 4; i++) inner(10); sink++; }
APART u32 factorial(u32 n) { u32 rest = n > 1 ? factorial(n - 1) : 1; sink = rest; return n * rest; }
int main(void)
{
    print("begin\\n");
    for (int i = 0; i < 3; i++) outer();
    inner(5);
    inner(7);
    u32 product = factorial(5);
    print("end\\n");
    return product == 120 ? 0 : 1;
}
"""
SERVER = """\
int main(void)
{
    uart_begin();
    uart_print("ready\\r\\n");
    for (;;) {
        char c = uart_get();
        if (c == '!') return 7;
        uart_put('<'); uart_put(c); uart_put('>');
    }
}
"""
COMPUTES = """\
volatile u32 sink;
int main(void)
{
    uart_begin();
    uart_print("ready\\r\\n");
    for (;;) sink++;
}
"""
#: After one Ctrl-C, the end of a run takes 0.2 s and the time of the report, here on a busy machine.
WITHIN_S = 10
PIPE_BYTES = 4096


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return build_firmware(tmp_path_factory.mktemp("calls"), CALLS)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    return build_firmware(tmp_path_factory.mktemp("server"), SERVER)


@pytest.fixture
def run(capfdbinary):
    """Return a function that calls tinyml run and returns exit code, firmware output and stderr."""

    def call(image, *arguments):
        code = command.call(main, ["run", str(image), "--board", "stm32l4", *map(str, arguments)])
        shown = capfdbinary.readouterr()
        return code, shown.out, shown.err.decode()

    return call


@pytest.fixture
def counts(run, tmp_path):
    """Return a function that returns the JSON of a run, which has to exit with 0."""

    def call(image, *arguments):
        code, _, error = run(image, "--json", tmp_path / "counts.json", *arguments)
        assert code == EXIT_PASS, error
        return json.loads((tmp_path / "counts.json").read_text())

    return call


@pytest.mark.parametrize("suffix", [".elf", ".hex", ".bin"])
def test_all_formats_run_alike(counts, calls, suffix):
    expected = counts(calls)
    found = counts(calls if suffix == ".elf" else convert(calls, suffix))
    assert {key: found[key] for key in ("instructions", "timing")} == {
        key: expected[key] for key in ("instructions", "timing")
    }


def test_semihosting_output_and_exit(run, calls):
    code, shown, table = run(calls)
    assert (code, shown) == (EXIT_PASS, b"begin\nend\n")
    assert table.startswith("program.elf on stm32l4: STM32L475VG, cortex-m4f at 80 MHz\n")
    assert "  exit code 0\n" in table


def test_the_same_cycles_every_time(counts, calls):
    assert counts(calls)["timing"] == counts(calls)["timing"]


def test_without_timing_the_same_instructions(counts, calls):
    fast = counts(calls, "--no-timing")
    assert (fast["instructions"], fast["timing"]) == (counts(calls)["instructions"], None)


def test_the_stack_is_measured(counts, calls, tmp_path):
    deep = build_firmware(tmp_path, CALLS.replace("factorial(5)", "factorial(105) * 0 + 120"))
    frame_bytes = 8  # push {r4, lr}
    assert counts(deep)["stack_bytes"] - counts(calls)["stack_bytes"] == 100 * frame_bytes


def test_the_profile_is_exact(counts, calls):
    """Calls are as in the source; functions, lines and chains of calls add up to the run."""
    content = counts(calls, "--profile")
    profile = content["profile"]
    functions = {function["name"]: function for function in profile["functions"]}
    assert {name: function["calls"] for name, function in functions.items()} == {
        "Reset_Handler": 1,
        "main": 1,
        "outer": 3,
        "inner": 14,
        "factorial": 5,
    }
    assert profile["cycles"] == content["timing"]["cycles"]
    for key in ("functions", "lines"):
        assert (
            sum(part["cycles"] for part in profile[key]) + profile["cycles_outside_of_instructions"]
            == profile["cycles"]
        )
        assert sum(part["instructions"] for part in profile[key]) == content["instructions"]
    assert functions["Reset_Handler"]["inclusive_cycles"] == profile["cycles"]
    assert functions["inner"]["inclusive_cycles"] == functions["inner"]["cycles"]
    assert functions["factorial"]["inclusive_cycles"] == functions["factorial"]["cycles"]
    source = (calls.with_name("program.c")).read_text().splitlines()
    hottest = profile["lines"][0]
    assert "for (u32 i = 0; i < rounds; i++) sink += i;" in source[hottest["line"] - 1]


def test_chains_of_calls_add_up(run, calls, tmp_path):
    code, _, table = run(calls, "--profile-out", tmp_path, "--json", tmp_path / "counts.json")
    assert code == EXIT_PASS, table
    cycles = json.loads((tmp_path / "counts.json").read_text())["timing"]["cycles"]
    chains = dict(line.rsplit(" ", 1) for line in (tmp_path / "stacks.folded").read_text().splitlines())
    assert sum(map(int, chains.values())) == cycles
    assert set(chains) >= {
        "Reset_Handler;main",
        "Reset_Handler;main;inner",
        "Reset_Handler;main;outer;inner",
        "Reset_Handler;main;factorial;factorial;factorial;factorial;factorial",
    }
    functions = {
        part["name"]: part for part in json.loads((tmp_path / "functions.json").read_text())["functions"]
    }
    inner = sum(int(spent) for chain, spent in chains.items() if chain.endswith(";inner"))
    assert inner == functions["inner"]["cycles"]
    scope = json.loads((tmp_path / "profile.speedscope.json").read_text())
    assert scope["profiles"][0]["endValue"] == cycles
    disassembly = (tmp_path / "disassembly.txt").read_text()
    assert "<inner+0x0>" in disassembly
    assert "for (u32 i = 0; i < rounds; i++) sink += i;" in disassembly


KNOTS = """\
volatile u32 sink, ticks;
void SysTick_Handler(void) { ticks++; }
APART u32 leaf(u32 n) { return sink += n; }
APART u32 tail(u32 n) { sink++; return leaf(n + 1); }
APART u32 maybe(u32 n) { if (n > 2) maybe(n - 1); return sink += n; }
APART u32 branch(u32 n) { if (n & 1) return n; sink++; return leaf(n); }
static u32 (*volatile pointers[2])(u32) = { leaf, tail };
APART u32 indirect(u32 n) { return pointers[n & 1](n); }
APART u32 twice(u32 n) { return indirect(n) + indirect(n + 1); }
int main(void)
{
    volatile u32 *systick = (volatile u32 *)0xE000E010;
    systick[1] = PERIOD;
    systick[2] = 0;
    systick[0] = PERIOD ? 7 : 0;
    pointers[0] = leaf;
    pointers[1] = tail;
    for (u32 i = 0; i < 40; i++) { twice(i); maybe(i & 7); branch(i); }
    systick[0] = 0;
    return 0;
}
"""


@pytest.mark.parametrize("period", [0, 211, 997])
def test_chains_agree_with_functions(run, tmp_path, period):
    """The program has tail calls, pointers to functions, recursion, conditional returns and interrupts."""
    elf = build_firmware(tmp_path, KNOTS.replace("PERIOD", str(period)))
    code, _, error = run(elf, "--profile-out", tmp_path)
    assert code == EXIT_PASS, error
    content = json.loads((tmp_path / "functions.json").read_text())
    last: dict[str, int] = {}
    for line in (tmp_path / "stacks.folded").read_text().splitlines():
        chain, cycles = line.rsplit(" ", 1)
        name = chain.rpartition(";")[2]
        last[name] = last.get(name, 0) + int(cycles)
    outside = last.pop("(outside of instructions)", 0)
    assert last == {part["name"]: part["cycles"] for part in content["functions"]}
    assert outside == content["cycles_outside_of_instructions"]
    assert (outside > 0) == (period > 0)
    calls = {part["name"]: part["calls"] for part in content["functions"]}
    assert (calls["twice"], calls["indirect"], calls["tail"], calls["leaf"], calls["branch"]) == (
        40,
        80,
        40,
        100,
        40,
    )


def test_a_part_of_the_run(counts, calls):
    """The part is one round of the loop in outer, from one call of inner to the next."""
    whole = {part["name"]: part for part in counts(calls, "--profile")["profile"]["functions"]}
    content = counts(calls, "--from", "inner", "--until", "inner", "--profile")
    part = {function["name"]: function["calls"] for function in content["profile"]["functions"]}
    assert part == {"inner": 1, "outer": 0}
    assert content["ended"]["place"] == "inner+0x0"
    assert 0 < content["timing"]["cycles"] < whole["inner"]["cycles"] / 10
    assert content["profile"]["cycles"] == content["timing"]["cycles"]


def test_a_raw_image_is_profiled_by_addresses(counts, calls):
    raw = convert(calls, ".bin")
    named = {
        p["address"]: (p["cycles"], p["calls"]) for p in counts(calls, "--profile")["profile"]["functions"]
    }
    found = {
        p["address"]: (p["cycles"], p["calls"]) for p in counts(raw, "--profile")["profile"]["functions"]
    }
    assert found == named
    lent = counts(raw, "--symbols", calls, "--profile")["profile"]["functions"]
    assert {part["name"] for part in lent} == {"Reset_Handler", "main", "outer", "inner", "factorial"}


def test_a_raw_image_elsewhere(run, tmp_path):
    """The image boots from the vector table at its load address."""
    elf = build_firmware(
        tmp_path, CALLS.replace("return product == 120 ? 0 : 1", "return 5"), origin=0x0801_0000
    )
    code, shown, error = run(convert(elf, ".bin"), "--load-address", "0x08010000")
    assert (code, shown) == (64 + 5, b"begin\nend\n"), error


def test_uart_input_from_a_file(run, server, tmp_path):
    (tmp_path / "input").write_bytes(b"ab\x80!")
    code, shown, table = run(server, "--input", tmp_path / "input")
    assert (code, shown) == (64 + 7, b"ready\r\n<a><b><\x80>")
    assert "  exit code 7\n" in table


def test_uart_input_from_a_script(run, server, tmp_path):
    script = tmp_path / "talk.txt"
    script.write_text(
        'timeout 10 ms\nexpect "ready\\r\\n"\nsend "x"\nexpect "<x>"\nwait 1 ms\nsend hex 79\nexpect "<y>"\n'
    )
    code, shown, table = run(server, "--script", script, "--json", tmp_path / "counts.json")
    assert (code, shown) == (EXIT_PASS, b"ready\r\n<x><y>"), table
    cycles = json.loads((tmp_path / "counts.json").read_text())["timing"]["cycles"]
    assert 80_000 < cycles < 100_000
    script.write_text('expect "ready"\nsend "z"\ntimeout 1 ms\nexpect "<w>"\n')
    code, shown, table = run(server, "--script", script)
    assert (code, shown) == (EXIT_FAULT, b"ready\r\n<z>")
    assert f"{script}:4: waits for '<w>': it did not come in 0.001 s" in table


@pytest.mark.parametrize("timing", [[], ["--no-timing"]])
def test_a_fault_names_address_function_and_line(run, tmp_path, timing):
    elf = build_firmware(
        tmp_path, 'int main(void)\n{\n    print("x");\n    return *(volatile int *)0x60000000;\n}\n'
    )
    code, shown, error = run(elf, *timing)
    assert (code, shown) == (EXIT_FAULT, b"x")
    assert "read of 4 bytes at 0x60000000" in error
    assert "in main+0x" in error
    assert "program.c:5" in error


def test_symbols_that_are_not_there(run, calls):
    code, shown, error = run(calls, "--until", "iner")
    assert (code, shown) == (EXIT_INPUT, b"")
    assert "there is no symbol 'iner' in the image\n  did you mean 'inner'" in error


def test_firmware_that_hangs_reaches_a_limit(run, server):
    code, _, error = run(server, "--max-instructions", "100000")
    assert code == EXIT_FAULT
    assert "the limit of 100,000 instructions was reached (pc 0x0800" in error
    assert error.endswith(
        "\n  firmware that never ends needs --until PLACE; --max-instructions, --max-cycles and --max-seconds say when "
        "to give up\n"
    )
    assert " in main+0x" in error


def test_a_place_without_a_name_is_said_once(run, server):
    _, _, error = run(convert(server, ".bin"), "--max-instructions", "100000")
    assert re.search(r"was reached \(pc 0x0800[0-9a-f]{4}\)\n", error)


def start(image, *arguments):
    """Start tinyml run as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "scons_tinyml", "run", str(image), "--board", "stm32l4", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT / "site_scons")},
        cwd=ROOT,
    )


def interrupt(process):
    """Send one Ctrl-C; return exit code and stderr. Nobody reads stdout."""
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(timeout=WITHIN_S), process.stderr.read().decode()
    finally:
        process.kill()


@pytest.mark.parametrize("timing", [[], ["--no-timing"]], ids=["timed", "untimed"])
@pytest.mark.parametrize("program", [SERVER, COMPUTES], ids=["devices", "native code"])
def test_one_ctrl_c_ends_a_run_with_its_counts(tmp_path, program, timing):
    """Ctrl-C comes in callbacks of the emulator, where SERVER nearly always is, and in native code."""
    image, instants_s = build_firmware(tmp_path, program), (0, 0.03, 0.25, 0.6)
    processes = [start(image, *timing) for _ in instants_s]
    for process, instant_s in zip(processes, instants_s, strict=True):
        assert process.stdout.read(7) == b"ready\r\n"
        work(process, instant_s)
        code, error = interrupt(process)
        assert (code, error.count("  interrupted\n")) == (EXIT_INTERRUPTED, 1), error
        assert "Traceback" not in error and "ignored" not in error


def test_ctrl_c_ends_a_run_whose_output_nobody_takes(tmp_path):
    process = start(
        build_firmware(tmp_path, 'int main(void) { for (;;) print("output\\n"); }'), "--no-timing"
    )
    room = fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    while waiting_bytes(process.stdout) <= room - len("output\n") or not sleeps(process):
        time.sleep(0.01)
        assert process.poll() is None
    code, error = interrupt(process)
    assert (code, error.count("  interrupted\n")) == (EXIT_INTERRUPTED, 1), error


def work(process, cpu_s):
    """Wait until it has taken so much more processor time."""
    end_s = processor_s(process) + cpu_s
    while processor_s(process) < end_s:
        time.sleep(0.005)
        assert process.poll() is None


def processor_s(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sleeps(process):
    """Return whether the main thread of `process` waits, as for room in a pipe."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def waiting_bytes(pipe):
    """Return the number of bytes to read in `pipe`."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
