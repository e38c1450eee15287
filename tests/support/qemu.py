"""Firmware in qemu-system-arm, instruction by instruction, and boards with the memory of its machines."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.toolchain import COMPILER, LINK_FLAGS, core_flags

QEMU = "qemu-system-arm"
_TIMEOUT_S = 120
#: A line for an instruction that is entered, and for one that was left again without having had an effect:
#: "Trace 0: 0x7f2d2c000100 [00800408/08000100/00000110/ff020201] main"
#: "Stopped execution of TB chain before 0x7f2d2c000100 [08000100] main" (on the way to an interrupt)
#: "cpu_io_recompile: rewound execution of TB to 08000100" (it accesses a device: translated in another way)
_ENTERED = re.compile(rb"Trace \d+: \w+ \[\w+/(\w+)/")
_LEFT = re.compile(rb"Stopped execution of TB chain before \w+ \[(\w+)\]|cpu_io_recompile: .* to (\w+)")
_WARNING = b"qemu-system-arm: warning"
_FIGURES = ["core", "clock", "interrupts", "memory", "flash.wait_states", "flash.line_width_bits"]


@dataclass(frozen=True)
class Target:
    """A machine of QEMU, with its core and memory."""

    machine: str
    core: str
    features: tuple[str, ...]
    flash: int
    flash_size: str
    ram: int
    ram_size: str

    @property
    def board(self) -> Board:
        """Return a board with the same memory and a flash without wait states."""
        return Board.model_validate(
            {
                "name": self.machine,
                "vendor": "QEMU",
                "part": self.machine,
                "description": "memory of a machine of QEMU",
                "core": self.core,
                "features": self.features,
                "clock": "25 MHz",
                "interrupts": 32,
                "memory": [
                    {
                        "name": "FLASH",
                        "kind": "flash",
                        "origin": self.flash,
                        "size": self.flash_size,
                        "holds": ["code", "weights"],
                    },
                    {
                        "name": "RAM",
                        "kind": "ram",
                        "origin": self.ram,
                        "size": self.ram_size,
                        "holds": ["data", "arena", "stack"],
                    },
                ],
                "flash": {"wait_states": 0, "line_width_bits": 64, "prefetch": False},
                "sources": dict.fromkeys([*_FIGURES, "flash.prefetch"], "QEMU, hw/arm"),
            }
        )


#: QEMU, docs/system/arm/{nrf,stm32,mps2}: a chip of Nordic, two of ST and two FPGA images of Arm.
TARGETS = (
    Target("microbit", "cortex-m0plus", (), 0, "256 KiB", 0x2000_0000, "16 KiB"),
    Target("netduino2", "cortex-m3", (), 0x0800_0000, "1 MiB", 0x2000_0000, "128 KiB"),
    Target("netduinoplus2", "cortex-m4", ("fpu", "dsp"), 0x0800_0000, "1 MiB", 0x2000_0000, "128 KiB"),
    Target("mps2-an500", "cortex-m7", ("fpu", "dsp"), 0, "4 MiB", 0x2000_0000, "4 MiB"),
    Target("mps2-an505", "cortex-m33", ("fpu", "dsp"), 0x1000_0000, "4 MiB", 0x3800_0000, "4 MiB"),
)


@dataclass(frozen=True)
class Ran:
    """Result of firmware in QEMU: its output, exit code, and number of executions by address."""

    output: bytes
    exit_code: int
    executions: Counter[int]

    @property
    def instructions(self) -> int:
        """Number of executed instructions, including those that an IT skips."""
        return self.executions.total()


_LINKER_SCRIPT = """
ENTRY(start)
PHDRS {{ flash PT_LOAD FLAGS(5); ram PT_LOAD FLAGS(6); }}
SECTIONS {{
  .text {flash:#x} : {{ KEEP(*(.vectors)) *(.text*) *(.rodata*) }} :flash
  .bss {ram:#x} (NOLOAD) : {{ *(.data*) *(.bss*) }} :ram
  stack_top = {ram:#x} + 0x3f00;
}}
"""


def build_for(target: Target, source: Path, folder: Path, optimize: str = "-O2") -> Path:
    """Compile a C file with `vectors` and `start`, without initialized data, for a machine; return the ELF file."""
    script = folder / "link.ld"
    script.write_text(_LINKER_SCRIPT.format(flash=target.flash, ram=target.ram))
    flags = [*core_flags(target.board), optimize, "-std=c11", "-Wall", "-Wextra", "-Werror", *LINK_FLAGS]
    place = ["-T", str(script)]
    elf = folder / source.with_suffix(".elf").name
    subprocess.run([COMPILER, *flags, *place, str(source), "-o", str(elf)], check=True)
    return elf


def is_installed() -> bool:
    """Return whether QEMU for Arm is installed."""
    return shutil.which(QEMU) is not None


@cache
def _one_instruction_at_a_time() -> tuple[str, ...]:
    """Return the options to translate single instructions; version 8.1 renamed them."""
    text = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"version (\d+)\.(\d+)", text)
    assert found, text
    is_new = (int(found[1]), int(found[2])) >= (8, 1)
    return ("-accel", "tcg,one-insn-per-tb=on") if is_new else ("-singlestep",)


def run_in_qemu(machine: str, elf: Path) -> Ran:
    """Run `elf` until it ends itself by semihosting. An instruction takes 1 ns of its time."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        command = [QEMU, "-M", machine, "-nodefaults", "-display", "none", "-kernel", str(elf)]
        command += ["-chardev", f"file,id=console,path={output}"]
        command += ["-semihosting-config", "enable=on,target=native,chardev=console"]
        command += ["-icount", "shift=0", *_one_instruction_at_a_time(), "-d", "nochain,exec"]
        with subprocess.Popen(["timeout", str(_TIMEOUT_S), *command], stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            executions: Counter[int] = Counter()
            for line in process.stderr:
                if entered := _ENTERED.match(line):
                    executions[int(entered[1], 16)] += 1
                elif left := _LEFT.match(line):
                    executions[int(left[1] or left[2], 16)] -= 1
                else:
                    assert line.startswith(_WARNING), line
            code = process.wait()
        return Ran(output.read_bytes(), code, +executions)
