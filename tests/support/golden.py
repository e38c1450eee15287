"""Cycles of small programs, kept per version of a timing model: tests/emulator/golden/<version>.toml.

A model whose cycles change gets a new version, and with it a new file. From the root of the repository:

    PYTHONPATH=site_scons:tests python -m support.golden

writes the files of the current versions of the models, and overwrites existing ones.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.timing import timed_cores, timing_for
from support.assembly import build_image, make_board

FOLDER = Path(__file__).parents[1] / "emulator" / "golden"
COMMAND = "PYTHONPATH=site_scons:tests python -m support.golden"
_WITH_FPU = ("cortex-m4", "cortex-m33", "cortex-m7")
_ENABLE_FPU = "ldr r0, =0xe000ed88\nldr r1, =0x00f00000\nstr r1, [r0]\ndsb\nisb"
_SOURCE = """
start: {enable_fpu}
ldr r0, =0x20000100
ldr r1, =0x20000200
ldr r2, =0x20000300
ldr r3, =0x20000400
ldr r4, =table
movs r5, #100
movs r6, #7
movs r7, #10
.balign 16
again: {body}
subs r7, #1
beq end
b again
nop
end: b end
.ltorg
.balign 64
table: .rept 16
.word 0x01020304
.endr
"""


@cache
def programs() -> tuple[dict[str, Any], ...]:
    """Return name, cores, board and body of the programs."""
    return tuple(tomllib.loads((FOLDER / "programs.toml").read_text())["program"])


def cycles(folder: Path, core: str, program: dict[str, Any]) -> int:
    """Return the cycles of ten rounds of a program, from reset; images are built in `folder`."""
    board = make_board(core, ram_wait_states=program.get("ram_wait_states", 0), **program.get("flash", {}))
    enable = _ENABLE_FPU if core in _WITH_FPU else ""
    machine = Machine(board)
    machine.load(build_image(folder, _SOURCE.format(enable_fpu=enable, body=program["body"]), core))
    machine.run_until(machine.symbol("end"))
    return machine.cycles


def cycles_of_core(folder: Path, core: str) -> dict[str, int]:
    """Return the cycles of all programs that run on a core, by name."""
    mine = [program for program in programs() if core in program.get("cores", [core])]
    return {program["name"]: cycles(folder, core, program) for program in mine}


def golden(version: str) -> dict[str, int] | None:
    """Return the kept cycles of a version, None if there are none."""
    path = FOLDER / f"{version}.toml"
    return tomllib.loads(path.read_text())["cycles"] if path.exists() else None


def write(version: str, found: dict[str, int]) -> None:
    """Write the file of a version."""
    lines = [f"# Cycles with timing model {version}; written by tests/support/golden.py.", "[cycles]"]
    lines += [f'"{name}" = {cycles}' for name, cycles in found.items()]
    (FOLDER / f"{version}.toml").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Write the files of all cores."""
    for core in timed_cores():
        version = timing_for(core).version
        with tempfile.TemporaryDirectory() as folder:
            found = cycles_of_core(Path(folder), core)
        before = golden(version)
        changed = "" if before in (None, found) else ": CHANGED, though the version is the same"
        write(version, found)
        sys.stdout.write(f"{version}: {len(found)} programs{changed}\n")


if __name__ == "__main__":
    main()
