"""Start-up of images with sources of their users: constructors, SystemInit, a handler for each interrupt."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.placement import place
from scons_tinyml.stages.firmware.render import linker_script, startup_code
from scons_tinyml.stages.firmware.toolchain import COMPILER, LINK_FLAGS, WARNING_FLAGS, core_flags

BOARDS = {path.stem: read_board(path) for path in (Path(__file__).parents[2] / "boards").glob("*.toml")}
CPP_FLAGS = ("-std=c++14", "-O1", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")
SECTIONS = ("-ffunction-sections", "-fdata-sections")

CONSTRUCTED = r"""
extern "C" { volatile unsigned order[3], count, set_up; void done(void); }
struct Shape {
    virtual unsigned sides() const = 0;
    virtual ~Shape() {}
};
struct Square : Shape {
    unsigned n;
    explicit Square(unsigned n) : n(n) { order[count++ % 3] = n; }
    unsigned sides() const override { return n; }
    ~Square() override { order[0] = 99; }
};
__attribute__((init_priority(300))) Square late(3);
__attribute__((init_priority(200))) Square early(2);
Square last(4);
__attribute__((noinline)) unsigned sum(const Shape &a, const Shape &b) { return a.sides() + b.sides(); }
extern "C" __attribute__((noinline)) void done(void) { __asm volatile(""); }
int main() { count = 10 * count + sum(early, late); for (;;) done(); }
"""

INTERRUPTS = r"""
volatile unsigned first, others, number;
void Interrupt_3_Handler(void); void Interrupt_Handler(void); void done(void);
void Interrupt_3_Handler(void) { ++first; }
void Interrupt_Handler(void) { unsigned ipsr; __asm volatile("mrs %0, ipsr" : "=r"(ipsr)); ++others; number = ipsr; }
__attribute__((noinline)) void done(void) { __asm volatile(""); }
int main(void)
{
    *(volatile unsigned *)0xE000E100 = 0xFFFFFFFF; /* NVIC_ISER0 */
    *(volatile unsigned *)0xE000E200 = 1u << 3 | 1u << 5; /* NVIC_ISPR0 */
    __asm volatile("dsb\n isb");
    for (;;) done();
}
"""

OWN_SET_UP = r"""
volatile unsigned kept = 7;
void SystemInit(void);
void SystemInit(void) { *(volatile unsigned *)%(ram)#x = 0x600d; }
void done(void);
__attribute__((noinline)) void done(void) { __asm volatile(""); }
int main(void) { for (;;) { (void)kept; done(); } }
"""


def started(folder: Path, board: Board, source: str, suffix: str = "c", *libraries: str) -> Machine:
    """Return the machine at the first call of done()."""
    texts = {
        "startup.c": startup_code(board, application=True),
        f"main.{suffix}": source,
        "link.ld": linker_script(board, place(board, 64)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    flags, objects = core_flags(board), []
    for name in ("startup.c", f"main.{suffix}"):
        own = CPP_FLAGS if name.endswith("cpp") else ("-std=c11", "-O1", *WARNING_FLAGS)
        compiler = "arm-none-eabi-g++" if name.endswith("cpp") else COMPILER
        command = [compiler, *flags, *SECTIONS, *own, "-c", name, "-o", f"{name}.o"]
        subprocess.run(command, cwd=folder, check=True)
        objects.append(f"{name}.o")
    link = [COMPILER, *flags, *LINK_FLAGS, "-T", "link.ld", *objects, *libraries, "-o", "image.elf"]
    subprocess.run(link, cwd=folder, check=True)
    machine = Machine(board, timing=False)
    machine.load(folder / "image.elf")
    machine.run_until(machine.symbol("done"), max_instructions=2_000_000)
    return machine


def word(machine: Machine, name: str, position: int = 0) -> int:
    return int.from_bytes(machine.read(machine.symbol(name) + 4 * position, 4), "little")


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_constructors_run_in_the_order_of_their_priorities(name: str, tmp_path: Path) -> None:
    machine = started(tmp_path, BOARDS[name], CONSTRUCTED, "cpp")
    assert [word(machine, "order", position) for position in range(3)] == [2, 3, 4]
    assert word(machine, "count") == 35
    assert machine.symbol("_ZdlPvj") == machine.symbol("Default_Handler")


@pytest.mark.parametrize("name", ["rp2040", "stm32l1", "stm32u575"])
def test_an_interrupt_has_a_handler_of_its_own_or_that_of_all(name: str, tmp_path: Path) -> None:
    machine = started(tmp_path, BOARDS[name], INTERRUPTS)
    assert (word(machine, "first"), word(machine, "others"), word(machine, "number")) == (1, 1, 16 + 5)


def test_the_set_up_of_users_replaces_ours(tmp_path: Path) -> None:
    board = BOARDS["stm32l1"]
    end = place(board, 64).stack.end - 4096
    machine = started(tmp_path, board, OWN_SET_UP % {"ram": end})
    assert machine.read(end, 2) == b"\x0d\x60"
    assert word(machine, "kept") == 7
    assert machine.read(0x4002_3800 + 8, 4) == bytes(4)  # RCC_CFGR as after reset: ours did not run


def test_the_set_up_is_ours_unless_there_is_another(tmp_path: Path) -> None:
    machine = started(
        tmp_path, BOARDS["stm32l1"], OWN_SET_UP.replace("SystemInit", "other") % {"ram": 0x20000000}
    )
    assert machine.read(0x4002_3800 + 8, 4) != bytes(4)
    assert machine.differences() == []


def test_a_library_with_a_heap_replaces_the_functions_that_never_return(tmp_path: Path) -> None:
    """Libraries are searched before the linker script's own definitions count."""
    (tmp_path / "heap.cpp").write_text("void operator delete(void *, unsigned) noexcept {}\n")
    compiled = ["arm-none-eabi-g++", *core_flags(BOARDS["stm32l1"]), *CPP_FLAGS, "-c", "heap.cpp"]
    subprocess.run(compiled, cwd=tmp_path, check=True)
    subprocess.run(["arm-none-eabi-ar", "rcsD", "libheap.a", "heap.o"], cwd=tmp_path, check=True)
    machine = started(tmp_path, BOARDS["stm32l1"], CONSTRUCTED, "cpp", "-L.", "-lheap")
    assert machine.symbol("_ZdlPvj") != machine.symbol("Default_Handler")
