"""The start-up code of every shipped board, run in Unicorn alone: from the first address to main()."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from unicorn import UC_ARCH_ARM, UC_HOOK_MEM_WRITE, UC_MODE_THUMB, Uc
from unicorn import arm_const as arm

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.placement import place
from scons_tinyml.stages.firmware.render import linker_script, startup_code
from scons_tinyml.stages.firmware.sizes import image_sizes, read_image
from scons_tinyml.stages.firmware.toolchain import LANGUAGE_FLAGS, LINK_FLAGS, WARNING_FLAGS, core_flags

BOARDS = {path.stem: read_board(path) for path in (Path(__file__).parents[2] / "boards").glob("*.toml")}
MODELS = {
    "cortex-m0plus": arm.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm.UC_CPU_ARM_CORTEX_M7,
    "cortex-m33": arm.UC_CPU_ARM_CORTEX_M33,
}
MAIN = """
#include <stdint.h>
volatile uint32_t initialized = 0x12345678u, zeroed;
__attribute__((section(".bss.tinyml_arena.x"))) uint8_t arena[64];
void tinyml_clock_begin(void) {} /* a chip without devices cannot get its clock ready */
int main(void) { for (;;) { arena[0] = (uint8_t)(initialized + zeroed); } }
"""
CPACR, CCR, ICIALLU, DCISW, VTOR = 0xE000ED88, 0xE000ED14, 0xE000EF50, 0xE000EF60, 0xE000ED08
PPB, SSI = 0xE000_0000, 0x1800_0000


@dataclass
class Started:
    """Memory when main() was reached, and what was written to system registers on the way."""

    machine: Uc
    symbols: dict[str, int]
    written: list[tuple[int, int]] = field(default_factory=list)

    def word(self, address: int) -> int:
        return int.from_bytes(self.machine.mem_read(address, 4), "little")

    def writes(self, address: int) -> list[int]:
        return [value for where, value in self.written if where == address]


def link(board: Board, folder: Path) -> Path:
    (folder / "startup.c").write_text(startup_code(board))
    (folder / "main.c").write_text(MAIN)
    (folder / "link.ld").write_text(linker_script(board, place(board, 64)))
    flags = (*core_flags(board), *LANGUAGE_FLAGS, "-O2", *WARNING_FLAGS, *LINK_FLAGS)
    command = ["arm-none-eabi-gcc", *flags, "-T", "link.ld", "startup.c", "main.c", "-o", "image.elf"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "image.elf"


def start(board: Board, elf: Path) -> Started:
    """Run the image from reset, or from its boot stage as the boot ROM does, until main()."""
    machine = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
    machine.ctl_set_cpu_model(MODELS[board.core])
    for region in board.memory:
        machine.mem_map(region.origin, region.size)
    for start_of_devices in (PPB, SSI):
        machine.mem_map(start_of_devices, 0x10_0000)
    with elf.open("rb") as stream:
        file = ELFFile(stream)
        for segment in file.iter_segments("PT_LOAD"):
            machine.mem_write(segment["p_paddr"], segment.data())
        table = file.get_section_by_name(".symtab")
        started = Started(machine, {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()})
    for region in board.memory:
        if region.kind == "ram":
            machine.mem_write(region.origin, b"\xee" * region.size)

    def note(_uc: Uc, _kind: int, address: int, _size: int, value: int, _data: object) -> None:
        if address >= PPB or SSI <= address < SSI + 0x100:
            started.written.append((address, value & 0xFFFFFFFF))

    machine.hook_add(UC_HOOK_MEM_WRITE, note)
    if board.boot_stage == "rp2040":
        first = board.regions("code")[0].origin | 1
    else:
        machine.reg_write(arm.UC_ARM_REG_SP, started.word(board.vector_table))
        first = started.word(board.vector_table + 4)
    machine.emu_start(first, started.symbols["main"] & ~1, count=20_000)
    return started


@pytest.fixture(scope="module", params=sorted(BOARDS))
def started(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Board, Started]:
    board = BOARDS[request.param]
    elf = link(board, tmp_path_factory.mktemp(board.name))
    return board, start(board, elf)


def test_main_finds_memory_as_c_wants_it(started: tuple[Board, Started]) -> None:
    board, found = started
    assert found.machine.reg_read(arm.UC_ARM_REG_PC) == found.symbols["main"] & ~1
    assert found.word(found.symbols["initialized"]) == 0x12345678
    assert found.word(found.symbols["zeroed"]) == 0
    stack = place(board, 64).stack
    assert stack.origin < found.machine.reg_read(arm.UC_ARM_REG_SP) <= stack.end


def test_vectors_are_where_the_core_starts(started: tuple[Board, Started]) -> None:
    board, found = started
    words = [found.word(board.vector_table + 4 * index) for index in range(16 + board.interrupts)]
    assert words[0] == found.symbols["__stack_top"] == place(board, 64).stack.end
    assert words[1] == found.symbols["Reset_Handler"]
    reserved = {7, 8, 9, 10, 13}
    assert {index for index, word in enumerate(words) if word == 0} == reserved
    assert {word for index, word in enumerate(words) if index > 1 and index not in reserved} == {
        found.symbols["Default_Handler"]
    }


def test_a_stack_that_has_its_region_alone_ends_in_it(tmp_path: Path) -> None:
    """Data in ITCM, the arena in OCRAM."""
    board = BOARDS["imxrt1062"]
    regions = [
        region.model_copy(update={"holds": ("data", "code")}) if region.name == "ITCM" else region
        for region in board.memory
    ]
    board = board.model_copy(update={"memory": tuple(regions)})
    placed = place(board, 64)
    assert (placed.data.name, placed.arena.name, placed.stack.name) == ("ITCM", "OCRAM", "DTCM")
    found = start(board, link(board, tmp_path))
    assert found.word(board.vector_table) == placed.stack.end
    assert found.word(found.symbols["initialized"]) == 0x12345678


def test_fpu_is_enabled_where_there_is_one(started: tuple[Board, Started]) -> None:
    board, found = started
    assert found.writes(CPACR) == ([0xF << 20] if "fpu" in board.features else [])


def test_caches_are_emptied_and_then_enabled_where_there_are_some(started: tuple[Board, Started]) -> None:
    board, found = started
    order = [address for address, _ in found.written if address in (ICIALLU, DCISW, CCR)]
    if board.core_caches is None:
        assert order == []
        return
    data = board.core_caches.data
    lines = data.size // data.line
    assert order == [ICIALLU, *[DCISW] * lines, CCR]
    assert found.writes(CCR) == [1 << 17 | 1 << 16]
    shift = (data.line - 1).bit_length()
    each = {way << 30 | index << shift for way in range(4) for index in range(lines // 4)}
    assert set(found.writes(DCISW)) == each


def crc32_of_the_boot_rom(data: bytes) -> int:
    """RP2040 datasheet, section 2.8.1.3.1: polynomial 0x04C11DB7 from all ones, highest bit first."""
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1 ^ (0x04C11DB7 if remainder >> 31 else 0)) & 0xFFFFFFFF
    return remainder


def test_crc_of_the_boot_rom_on_the_published_check_value() -> None:
    assert crc32_of_the_boot_rom(b"123456789") == 0x0376E6E7  # CRC-32/MPEG-2


def test_boot_stage_of_the_rp2040(tmp_path: Path) -> None:
    board = BOARDS["rp2040"]
    elf = link(board, tmp_path)
    found = start(board, elf)
    stage = bytes(found.machine.mem_read(0x1000_0000, 256))
    assert int.from_bytes(stage[252:], "little") == crc32_of_the_boot_rom(stage[:252])
    assert found.writes(VTOR) == [board.vector_table] == [0x1000_0100]
    set_up = [(address - SSI, value) for address, value in found.written if address < PPB]
    ctrlr0, ctrlr1, ssienr, baudr, spi_ctrlr0 = 0x00, 0x04, 0x08, 0x14, 0xF4
    assert (set_up[0], set_up[-1]) == ((ssienr, 0), (ssienr, 1))  # off while it is set up
    assert dict(set_up[1:-1]) == {
        baudr: 4,
        ctrlr0: 31 << 16 | 3 << 8,  # 32 bits a frame, one wire, read after command and address
        ctrlr1: 0,
        spi_ctrlr0: 0x03 << 24 | 2 << 8 | 6 << 2,  # command 0x03 of 8 bits, 24 bits of address
    }
    sizes = image_sizes(read_image(elf), board, "x", 64)
    assert sizes.sections[".boot_stage"] == 256
    assert sizes.code_bytes == 256 + sizes.sections[".vectors"] + sizes.sections[".text"]


def test_the_boot_stage_of_the_ra4m1(tmp_path: Path) -> None:
    """Reset vectors that lead to those behind it, and options that leave the watchdogs off."""
    board = BOARDS["ra4m1"]
    found = start(board, link(board, tmp_path))
    assert [found.word(0x400 + 4 * index) for index in range(16)] == [
        0xFFFF_FFFF,
        0xFFFF_CFFF,
        *[0xFFFF_FFFF] * 14,
    ]
    found.written.clear()
    found.machine.reg_write(arm.UC_ARM_REG_SP, found.word(0))
    found.machine.emu_start(found.word(4), found.symbols["main"] & ~1, count=20_000)
    assert found.machine.reg_read(arm.UC_ARM_REG_PC) == found.symbols["main"] & ~1
    assert found.writes(VTOR) == [board.vector_table] == [0x500]


def test_the_boot_stage_of_the_imxrt(tmp_path: Path) -> None:
    """Configuration of the flash and image vector table where the ROM looks, and an entry that leads to the vectors."""
    board = BOARDS["imxrt1062"]
    found = start(board, link(board, tmp_path))
    flash = 0x6000_0000
    places = (0x00, 0x0C, 0x44, 0x50, 0x80, 0x84, 0x88, 0x1C0, 0x1C4)
    assert [found.word(flash + place) for place in places] == [
        *(0x42464346, 0x00020101, 0x01060401, board.flash_capacity_bytes),
        *(0x0A1804EB, 0x32041EFF, 0x00002601, 256, 4096),
    ]
    header, entry, _, _, data, itself, *_ = (found.word(flash + 0x1000 + 4 * index) for index in range(8))
    assert (header, itself, found.word(data)) == (0x432000D1, flash + 0x1000, flash)
    found.written.clear()
    found.machine.emu_start(entry, found.symbols["main"] & ~1, count=20_000)
    assert found.machine.reg_read(arm.UC_ARM_REG_PC) == found.symbols["main"] & ~1
    assert found.writes(VTOR) == [board.vector_table] == [flash + 0x2000]


def test_the_boot_stage_of_the_rp2350(tmp_path: Path) -> None:
    """RP2350 datasheet, section 'Block Structure': items between two markers, and a loop of this block alone."""
    board = BOARDS["rp2350"]
    found = start(board, link(board, tmp_path))
    words = [found.word(0x1000_0000 + 4 * index) for index in range(7)]
    assert words == [0xFFFFDED3, 0x1021_0142, 0x0203, board.vector_table, 3 << 8 | 0xFF, 0, 0xAB123579]
    assert board.vector_table % 512 == 0 and 16 + board.interrupts <= 128


def test_the_boot_stage_is_independent_of_where_it_lies(tmp_path: Path) -> None:
    """The boot ROM runs it from RAM (SRAM5), not from flash."""
    board = BOARDS["rp2040"]
    found = start(board, link(board, tmp_path))
    copy = 0x2004_1F00
    found.machine.mem_write(copy, bytes(found.machine.mem_read(0x1000_0000, 256)))
    found.written.clear()
    found.machine.emu_start(copy | 1, found.symbols["main"] & ~1, count=20_000)
    assert found.machine.reg_read(arm.UC_ARM_REG_PC) == found.symbols["main"] & ~1
    assert found.writes(VTOR) == [board.vector_table]
