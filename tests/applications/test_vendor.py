"""Linker script and start-up like those of a chip vendor: sections, sizes by part, stack."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scons_tinyml.emulator.image import read_image as read_symbols
from scons_tinyml.library.application import Application
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.firmware.sizes import Sizes, read_image
from scons_tinyml.stages.firmware.toolchain import COMPILER
from scons_tinyml.stages.firmware.whole import initial_stack, library_symbols, whole_sizes
from support.applications import Firmware, dense, written

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH")

SCRIPT = """
ENTRY(Reset_Handler)
_estack = ORIGIN(RAM) + LENGTH(RAM);
_Min_Heap_Size = 0x200;
_Min_Stack_Size = 0x400;
MEMORY
{
  RAM (xrw) : ORIGIN = 0x20000000, LENGTH = 96K
  RAM2 (xrw) : ORIGIN = 0x10000000, LENGTH = 32K
  FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 1024K
}
SECTIONS
{
  .isr_vector : { KEEP(*(.isr_vector)) } > FLASH
%(first)s
  .text : { *(.text) *(.text*) KEEP(*(.init)) } > FLASH
  .rodata : { *(.rodata) *(.rodata*) } > FLASH
  .init_array : { __init_array_start = .; KEEP(*(.init_array*)) __init_array_end = .; } > FLASH
  _sidata = LOADADDR(.data);
  .data : { _sdata = .; *(.data) *(.data*) . = ALIGN(4); _edata = .; } > RAM AT> FLASH
  .bss : { _sbss = .; *(.bss) *(.bss*) *(COMMON) . = ALIGN(4); _ebss = .; } > RAM
  ._user_heap_stack (NOLOAD) : { . = ALIGN(8); end = .; . = . + _Min_Heap_Size; . = . + _Min_Stack_Size; } > RAM
}
"""
OWN_PLACES = """
  .weights_first ORIGIN(FLASH) + 0x40000 : { *(.rodata.tinyml_weights.kws.*) } > FLASH
  .arena_second (NOLOAD) : { *(.bss.tinyml_arena.kws) } > RAM2
"""
STARTUP = """
#include <stdint.h>
extern uint32_t _estack[], _sidata[], _sdata[], _edata[], _sbss[], _ebss[];
int main(void);
void SystemInit(void);
void tinyml_clock_begin(void);
void SystemInit(void) { *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; }
void Reset_Handler(void);
void Reset_Handler(void)
{
    SystemInit();
    for (uint32_t *from = _sidata, *to = _sdata; to < _edata;) *to++ = *from++;
    for (uint32_t *to = _sbss; to < _ebss;) *to++ = 0;
    main();
    for (;;) ;
}
__attribute__((section(".isr_vector"), used)) static void *const vectors[] = { _estack, Reset_Handler, [15] = 0 };
"""
MAIN = """
#include "kws.h"
#include "kws_small.h"
static int8_t kept[500];
volatile int started = 3;
__attribute__((noinline)) static void use(void)
{
    for (int i = 0; i < 6; ++i) kept[i * started] += kws_output()[i % 4];
}
int main(void) { for (;;) { kws_invoke(); use(); kws_small_invoke(); } }
"""
GRAPHS = {"kws": dense(1, [30, 20, 4]), "kws_small": dense(2, [20, 4])}


def vendor(folder: Path, first: str = "", arena: str = "own", graphs=None) -> Firmware:
    sources = written(folder / "own", startup_c=STARTUP, main_c=MAIN)
    script = folder / "vendor.ld"
    script.write_text(SCRIPT % {"first": first})
    application = Application(sources, ("-O2",), linker_script=script, own_startup=True)
    return Firmware(folder, graphs or GRAPHS, application, arena)


def sizes_of(firmware: Firmware) -> Sizes:
    image = firmware.folder / "image"
    library = [*image.glob("*.o"), *(firmware.folder / "objects").glob("*.a")]
    arenas = {name: one.plan.memory.arena_bytes for name, one in firmware.networks.items()}
    stack = initial_stack(firmware.elf, firmware.board)
    symbols = set(library_symbols([path for path in library if path.name != "startup.o"]))
    return whole_sizes(read_image(firmware.elf), firmware.board, arenas, symbols, stack)


@pytest.mark.parametrize("arena", ["own", "shared"])
def test_a_vendors_script_takes_everything_as_it_is(arena: str, tmp_path: Path) -> None:
    firmware = vendor(tmp_path, arena=arena)
    results = [firmware.run(name) for name in GRAPHS]
    assert [found.differing_bytes for found in results] == [0, 0]
    assert all(found.stack_is_known and 0 < found.stack_bytes < 4096 for found in results)
    sizes, image = sizes_of(firmware), read_image(firmware.elf)
    by_name = {section.name: section.size for section in image.sections}
    needed = [one.plan.memory.arena_bytes for one in firmware.networks.values()]
    assert sizes.arena_bytes == (max(needed) if arena == "shared" else sum(needed))
    assert sizes.reserved_stack_bytes == by_name["._user_heap_stack"] >= 0x600
    assert sizes.data_bytes == by_name[".data"]
    assert sizes.bss_bytes + sizes.arena_bytes == by_name[".bss"]
    assert sizes.code_bytes == by_name[".text"]
    assert sum(by_name[name] for name in (".isr_vector", ".text", ".rodata", ".data")) <= sizes.flash_bytes
    assert sizes.stack_region == "SRAM1"
    weights = {"kws": 30 * 20 + 20 * 4, "kws_small": 20 * 4}
    for name, least in weights.items():
        assert least <= sizes.parts[name].flash_bytes < least + 1000
    assert sum(weights.values()) <= sizes.weight_bytes < sum(weights.values()) + 600
    assert sizes.parts["kernels"].flash_bytes > 100
    assert 500 <= sizes.parts["rest"].ram_bytes < 600
    assert sum(part.flash_bytes for part in sizes.parts.values()) == sizes.flash_bytes
    assert sum(part.ram_bytes for part in sizes.parts.values()) == sizes.data_bytes + by_name[".bss"]
    found = {(one.name, one.part) for one in sizes.part_symbols}
    assert {("main", "rest"), ("kws_invoke", "kws"), ("kws_small_invoke", "kws_small")} <= found
    for name in ("kws", "kws_small", "kernels"):
        symbols = [one.flash_bytes for one in sizes.part_symbols if one.part == name]
        assert sum(symbols) == sizes.parts[name].flash_bytes
    assert sum(one.flash_bytes for one in sizes.part_symbols) <= sizes.flash_bytes


def test_an_own_script_places_arena_and_weights(tmp_path: Path) -> None:
    firmware = vendor(tmp_path, OWN_PLACES)
    assert [firmware.run(name).differing_bytes for name in GRAPHS] == [0, 0]
    symbols = read_symbols(firmware.elf).symbols
    assert 0x1000_0000 <= symbols["kws_arena"] < 0x1000_8000
    assert symbols["kws_small_arena"] >= 0x2000_0000
    weights = {name for name in symbols if name.startswith("kws_fully_connected")}
    assert weights and all(symbols[name] >= 0x0804_0000 for name in weights)
    sizes = sizes_of(firmware)
    assert sizes.arena_bytes == sum(one.plan.memory.arena_bytes for one in firmware.networks.values())
    assert sizes.region_bytes["SRAM2"] == firmware.networks["kws"].plan.memory.arena_bytes


def test_an_arena_that_is_too_small_is_told(tmp_path: Path) -> None:
    firmware = vendor(tmp_path, arena="shared")
    with pytest.raises(InputError) as refused:
        whole_sizes(read_image(firmware.elf), firmware.board, {"kws": 5000}, (), 0x2000_4000)
    assert "arena: tinyml_arena has " in str(refused.value)
    assert "but the network 'kws' needs 4.9 KiB" in str(refused.value)
