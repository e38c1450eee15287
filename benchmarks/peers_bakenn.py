"""The image of a network as bakenn 1.0.0 (PyPI) compiles it, for peers.py.

bakenn writes C for one network. It includes the files of CMSIS-NN 4.0.0 that it calls, changed by its authors. The
newer copy that our kernels call has other interfaces and cannot replace them. Kernels are chosen as its documentation
says for CMSIS-NN on a Cortex-M4 (static priority). It has no command, so its Python function is called. Its own build
for a bare core uses -Os without FPU and copies bytes one by one, which is several times slower. Here it gets the flags
of our images and the compiler's memcpy, as in its list for CMake.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.stack import Stack
from scons_tinyml.records.board import Board
from scons_tinyml.records.placement import place
from scons_tinyml.stages.firmware.render import linker_script, startup_code
from scons_tinyml.stages.firmware.sizes import image_sizes, read_image
from scons_tinyml.stages.firmware.toolchain import (
    COMPILER,
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    LINK_LIBRARIES,
    core_flags,
)
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.samples import network_inputs

BAKE = """\
import json, sys
import bakenn
options = bakenn.CBackendOptions(
    kernel_policy=bakenn.KernelPolicy.STATIC_PRIORITY, enable_cmsis_nn=True, target=bakenn.CORTEX_M4
)
try:
    made = bakenn.compile_tflite(sys.argv[1], sys.argv[2], name="peer", backend_options=options).artifacts
except bakenn.BakeNNError as error:
    print(json.dumps({"refused": " ".join(str(error).split())}))
else:
    own = (made.model_source, made.weights_source, made.kernels_source)
    folders = (made.output_dir, *made.support_include_dirs)
    print(json.dumps({
        "sources": [str(path) for path in own],
        "support": [str(path) for path in made.support_sources],
        "includes": [str(path) for path in folders],
        "arena_bytes": made.memory_report.arena_bytes,
    }))
"""
MAIN = """\
#include "bknn_peer.h"

#define ARENA __attribute__((section(".arena"), used))
ARENA static _Alignas(BKNN_PEER_ARENA_ALIGNMENT) uint8_t arena[BKNN_PEER_ARENA_SIZE + !BKNN_PEER_ARENA_SIZE];
ARENA _Alignas(16) int8_t peer_input[BKNN_PEER_INPUT_SIZE];
ARENA _Alignas(16) int8_t peer_output[BKNN_PEER_OUTPUT_SIZE];

int main(void)
{
    for (;;) {
        bknn_peer_infer(arena, peer_input, peer_output);
    }
}
"""
DEFINITION = "-DBAKENN_CMSIS_NN_BUILTIN_MEMORY"


LEVELS = ("-O2", "-O3")
"""Levels of optimization of our kernel sets. Either may be faster, depending on the network."""


@dataclass(frozen=True)
class Refused:
    """Refusal of a network, in bakenn's own words."""

    reason: str


@dataclass(frozen=True)
class Generated:
    """Files that bakenn wrote, and the size of its arena."""

    sources: tuple[str, ...]
    support: tuple[str, ...]
    includes: tuple[str, ...]
    arena_bytes: int


@dataclass(frozen=True)
class Measured:
    """Bytes of an image, with cycles and output of its slowest inference, in the order of a row of peers.py."""

    flash_bytes: int
    ram_bytes: int
    cycles: int
    differing_bytes: int


def bake(python: Path, network: Path, folder: Path) -> Generated | Refused:
    """Let bakenn, in the environment of `python`, write C for `network` into `folder`."""
    shutil.rmtree(folder, ignore_errors=True)  # bakenn refuses a folder with other files
    folder.mkdir(parents=True)
    command = [str(python), "-c", BAKE, str(network), str(folder / "generated")]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if "refused" in answer:
        return Refused(answer["refused"])
    sources, support, includes = (tuple(answer[key]) for key in ("sources", "support", "includes"))
    return Generated(sources, support, includes, answer["arena_bytes"])


def measure(board: Board, network: Path, samples: Path, generated: Generated, level: str) -> Measured:
    """Link the image, run it on the samples of our builds, and compare outputs with the oracle."""
    elf = link(board, generated, level)
    machine = Machine(board)
    machine.load(elf)
    machine.reset()
    stack = Stack(machine.symbol("__stack_limit"), machine.symbol("__stack_top"))
    stack.paint(machine)
    oracle, cycles, differing = Oracle(network.read_bytes()), 0, 0
    for (values,) in network_inputs(read_tflite(network), samples, 4):
        machine.run_until(machine.symbol("bknn_peer_infer"))
        machine.write(machine.symbol("peer_input"), values.tobytes())
        begin = machine.cycles
        machine.run_until(machine.register("lr") & ~1)
        cycles = max(cycles, machine.cycles - begin)
        wanted = oracle.run([values])[0].tobytes()
        given = machine.read(machine.symbol("peer_output"), len(wanted))
        differing += sum(one != other for one, other in zip(given, wanted, strict=True))
    sizes = image_sizes(read_image(elf), board, "bknn_peer", generated.arena_bytes)
    ram_bytes = sizes.data_bytes + sizes.bss_bytes + sizes.arena_bytes + stack.used_bytes(machine)
    return Measured(sizes.flash_bytes, ram_bytes, cycles, differing)


def link(board: Board, generated: Generated, level: str) -> Path:
    """Link the image with the start-up code and the linker script of our images."""
    folder = Path(generated.includes[0]).parent / level.strip("-")
    folder.mkdir(exist_ok=True)
    written = {
        "main.c": MAIN,
        "startup.c": startup_code(board),
        "link.ld": linker_script(board, place(board, generated.arena_bytes)),
    }
    for name, text in written.items():
        (folder / name).write_text(text)
    own = (str(folder / "main.c"), str(folder / "startup.c"))
    includes = [f"-I{path}" for path in generated.includes]
    objects = []
    for number, source in enumerate((*generated.sources, *generated.support, *own)):
        objects.append(str(folder / f"{number}.o"))
        language = [*core_flags(board), *LANGUAGE_FLAGS, level, DEFINITION, *includes]
        subprocess.run([COMPILER, *language, "-c", source, "-o", objects[-1]], check=True)
    elf = folder / "image.elf"
    linking = [*core_flags(board), *LINK_FLAGS, "-T", str(folder / "link.ld"), "-o", str(elf), *objects]
    subprocess.run([COMPILER, *linking, *LINK_LIBRARIES], check=True)
    return elf
