"""Speed of the emulator with and without its timing model, as ratios to Unicorn without hooks.

    python benchmarks/emulator.py [--board stm32l4] [--runs 5] [NETWORK.tflite | MODEL ...]

Without arguments: the four int8 networks of MLPerf Tiny if they lie in ../shared/models, else the model catdetector.
Each network is built for the board first. All three run in turn in one process, so a slower machine slows them all.
The goal with timing is 40 million instructions per second in the median of the networks, and at least half the speed of
the board; without timing it is 150 million.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "site_scons"))

from scons_tinyml.emulator.machine import Machine  # noqa: E402
from scons_tinyml.records.board import Board, read_board  # noqa: E402

NETWORKS = ("ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "vww_96_int8")
START = """\
import sys
from pathlib import Path
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import read_board
machine = Machine(read_board(Path(sys.argv[1])))
machine.load(Path(sys.argv[2]))
machine.run_until(machine.symbol(sys.argv[3]))
"""
HEADER = (
    f"{'network':24} {'instructions':>13} {'timed':>12} {'untimed':>12} {'Unicorn':>13} {'ratios':>13}  board"
)
_STOP = 0x9FFF_F000  # no board has memory at this address; Machine.call returns to it too


@dataclass(frozen=True)
class Firmware:
    """A built network, with its function for one inference."""

    name: str
    elf: Path
    function: str


def main() -> None:
    """Build, run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*")
    parser.add_argument("--board", default="stm32l4")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    shared = [ROOT.parent / "shared" / "models" / f"{name}.tflite" for name in NETWORKS]
    models = arguments.models or ([str(path) for path in shared] if shared[0].exists() else ["catdetector"])
    path = ROOT / "boards" / f"{arguments.board}.toml"
    board = read_board(path)
    built = [build(board, model) for model in models]
    print(
        f"start of Python, emulator and firmware: first {start_s(path, built[0]):.2f} s, "
        f"second {start_s(path, built[0]):.2f} s"
    )
    rows = [speeds(board, firmware, arguments.runs) for firmware in built]
    print(HEADER)
    for row in rows:
        print(row)
    timed = statistics.median(row.timed for row in rows)
    untimed = statistics.median(row.untimed for row in rows)
    print(f"median: {timed:.1f} million instructions per second with timing, {untimed:.1f} without")


def build(board: Board, model: str) -> Firmware:
    """Build the firmware of a network. Exceeded budgets do not matter."""
    command = [sys.executable, "-m", "SCons", "-Q", f"target={board.name}", f"model={model}"]
    limits = ["flash=8 MiB", "ram=8 MiB", "latency=100 s"]
    subprocess.run([*command, *limits], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    name = Path(model).stem
    elf = ROOT / "build" / board.name / name / f"{name}.elf"
    return Firmware(name, elf, f"{name}_invoke")


def start_s(board: Path, firmware: Firmware) -> float:
    """Return the seconds until a new process reaches the first inference."""
    start = time.perf_counter()
    command = [sys.executable, "-c", START, str(board), str(firmware.elf), firmware.function]
    subprocess.run(command, cwd=ROOT / "site_scons", check=True)
    return time.perf_counter() - start


@dataclass(frozen=True)
class Speeds:
    """Million instructions per second of one network."""

    name: str
    instructions: int
    timed: float
    untimed: float
    bare: float
    board: float  # speed of the timed emulator relative to the board

    def __str__(self) -> str:
        """Return a row of the table."""
        ratios = f"{self.timed / self.bare:.2f} {self.untimed / self.bare:.2f}"
        return (
            f"{self.name:24} {self.instructions:13,} {self.timed:7.1f} MIPS {self.untimed:7.1f} MIPS "
            f"{self.bare:8.1f} MIPS {ratios:>13} {self.board:6.2f}"
        )


def speeds(board: Board, firmware: Firmware, runs: int) -> Speeds:
    """Run one inference in each of the three, `runs` times in turn, and return the medians."""
    machines = [Machine(board, timing=timing) for timing in (True, False)]
    calls: list[Callable[[], object]] = []
    for machine in machines:
        machine.load(firmware.elf)
        machine.run_until(machine.symbol(firmware.function))
        calls.append(lambda machine=machine: machine.call(machine.symbol(firmware.function)))
    calls.append(bare(board, machines[1], firmware))
    for call in calls:  # the first run decodes and translates
        call()
    timed = machines[0]
    cycles, instructions = timed.cycles, timed.instructions
    calls[0]()
    cycles, instructions = timed.cycles - cycles, timed.instructions - instructions
    repeat = max(1, 5_000_000 // instructions)
    taken: list[list[float]] = [[], [], []]
    for _ in range(runs):
        for column, call in zip(taken, calls, strict=True):
            start = time.perf_counter()
            for _ in range(repeat):
                call()
            column.append((time.perf_counter() - start) / repeat)
    seconds = [statistics.median(column) for column in taken]
    rates = [instructions / value / 1e6 for value in seconds]
    return Speeds(firmware.name, instructions, *rates, board=cycles / board.clock / seconds[0])


def bare(board: Board, machine: Machine, firmware: Firmware) -> Callable[[], object]:
    """Prepare the same inference in Unicorn alone, with the memory and registers of `machine`."""
    import unicorn
    from unicorn import arm_const, unicorn_const

    engine = unicorn.Uc(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB)
    engine.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M4)
    for region in board.memory:
        # Stores are faster in memory without permission to execute; the emulator does the same.
        code = unicorn_const.UC_PROT_EXEC if region.kind == "flash" else 0
        engine.mem_map(
            region.origin, region.size, unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE | code
        )
        engine.mem_write(region.origin, machine.read(region.origin, region.size))
    engine.mem_map(0xE000_0000, 0x10_0000)
    engine.mem_map(_STOP, 0x1000)
    engine.reg_write(arm_const.UC_ARM_REG_FPEXC, 1 << 30)
    entry, stack = machine.symbol(firmware.function), machine.register("sp")

    def call() -> None:
        engine.reg_write(arm_const.UC_ARM_REG_SP, stack)
        engine.reg_write(arm_const.UC_ARM_REG_LR, _STOP | 1)
        engine.emu_start(entry | 1, _STOP)

    return call


if __name__ == "__main__":
    main()
