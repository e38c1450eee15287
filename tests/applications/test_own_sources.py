"""Networks in images with sources of users: any main, interrupts, C++, own start-up and linker script."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scons_tinyml.library.application import Application
from scons_tinyml.records.errors import FirmwareFault, InputError, LimitReached
from scons_tinyml.stages.firmware.toolchain import COMPILER
from scons_tinyml.stages.run.application import Measured
from support.applications import CPP, Firmware, dense, written
from support.networks import remembering

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH")

PRELUDE = """
#include <stdint.h>
#include <string.h>
#define REGISTER(address) (*(volatile uint32_t *)(address))
#define APART __attribute__((noinline))
"""
SYSTICK = """
static void tick_every(uint32_t cycles)
{
    REGISTER(0xE000E014) = cycles - 1;
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 7;
}
"""
LOOP = '#include "net.h"\nint main(void) { for (;;) { *net_input() = 1; net_invoke(); } }\n'
GRAPH = dense(3, [24, 16, 5])


def firmware(folder: Path, text: str, *, graphs=None, suffix: str = "c", **settings) -> Firmware:
    sources = written(folder / "own", **{f"main_{suffix}": PRELUDE + text})
    settings.setdefault("flags", CPP if suffix == "cpp" else ("-O2",))
    application = Application(sources, **settings)
    return Firmware(folder, graphs or {"net": GRAPH}, application)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Cycles of the network in an image with our main."""
    return Firmware(tmp_path_factory.mktemp("plain"), {"net": GRAPH}).run("net")


def near(plain):
    """The same code begins with other contents of caches and pipeline."""
    return pytest.approx(plain.cycles, rel=0.03)


def test_a_loop_of_ones_own_is_as_fast_as_ours(plain, tmp_path):
    found = firmware(tmp_path, LOOP).run("net")
    assert (found.cycles, found.differing_bytes, found.samples) == (near(plain), 0, 3)
    assert found.stack_is_known and 0 < found.stack_bytes < 2048


HANDLER = """
#include "net.h"
%s
volatile unsigned ticks;
void SysTick_Handler(void);
%s
int main(void) { tick_every(20000); for (;;) { __asm volatile("wfi"); } }
"""


@pytest.mark.parametrize(
    "handler",
    [
        "void SysTick_Handler(void) { net_invoke(); }",  # a jump: the network itself returns from the exception
        "void SysTick_Handler(void) { ++ticks; net_invoke(); ++ticks; }",
    ],
)
def test_an_interrupt_runs_the_network(plain, handler, tmp_path):
    found = firmware(tmp_path, HANDLER % (SYSTICK, handler)).run("net")
    assert (found.cycles, found.interrupt_cycles, found.differing_bytes) == (near(plain), 0, 0)


INTERRUPTED = """
#include "net.h"
%s
volatile unsigned ticks;
void SysTick_Handler(void);
void SysTick_Handler(void) { for (unsigned turn = 0; turn < 50; ++turn) ++ticks; }
int main(void) { tick_every(1000); for (;;) { net_invoke(); } }
"""


def test_interrupts_in_between_are_told_apart(plain, tmp_path):
    found = firmware(tmp_path, INTERRUPTED % SYSTICK).run("net")
    assert found.differing_bytes == 0
    assert found.interrupt_cycles > 300
    assert found.cycles == near(plain)
    assert max(found.cycles_by_sample) == found.cycles + found.interrupt_cycles


TASKS = """
#include "net.h"
%s
static uint32_t stacks[2][256], *pointers[2], current;
volatile unsigned counted;
static void work(void) { for (;;) net_invoke(); }
static void count(void) { for (;;) ++counted; }
void PendSV_Handler(void); void SysTick_Handler(void); uint32_t *switch_task(uint32_t *from);
void SysTick_Handler(void) { REGISTER(0xE000ED04) = 1u << 28; }
uint32_t *switch_task(uint32_t *from) { pointers[current] = from; current ^= 1; return pointers[current]; }
__attribute__((naked)) void PendSV_Handler(void)
{
    __asm volatile("mrs r0, psp\\n stmdb r0!, {r4-r11, lr}\\n bl switch_task\\n"
                   "ldmia r0!, {r4-r11, lr}\\n msr psp, r0\\n bx lr");
}
static void prepare(int task, void (*run)(void))
{
    uint32_t *frame = &stacks[task][256 - 17];
    frame[8] = 0xFFFFFFFD; frame[15] = (uint32_t)run; frame[16] = 1u << 24;
    pointers[task] = frame;
}
int main(void)
{
    prepare(0, count); prepare(1, work);
    __asm volatile("msr psp, %%0" :: "r"(&stacks[0][256]));
    REGISTER(0xE000ED20) = 0xFFFF0000; /* both at the lowest priority */
    tick_every(3000);
    __asm volatile("mov r0, #2\\n msr control, r0\\n isb" ::: "r0");
    count();
    return 0;
}
"""


def test_a_task_runs_the_network_beside_others(tmp_path):
    """A call ends where the stack is that of its task again; time of other tasks counts."""
    found = firmware(tmp_path, TASKS % SYSTICK).run("net", samples=2)
    assert (found.differing_bytes, found.samples) == (0, 2)


CPP_MAIN = """
#include "net.h"
struct Classifier {
    int8_t *input;
    Classifier() : input(net_input()) { constructed = this; }
    virtual ~Classifier() {}
    virtual int best()
    {
        net_invoke();
        int found = 0;
        for (int i = 1; i < 5; ++i) if (net_output()[i] > net_output()[found]) found = i;
        return found;
    }
    static Classifier *constructed;
};
Classifier *Classifier::constructed;
static Classifier classifier;
volatile int seen;
extern "C" APART int classify(Classifier *c) { return c->best(); }
int main() { for (;;) { memset(Classifier::constructed->input, 1, 24); seen = classify(Classifier::constructed); } }
"""


def test_cpp_with_constructors_and_a_function_around_the_network(plain, tmp_path):
    image = firmware(tmp_path, CPP_MAIN, suffix="cpp")
    inner, outer = image.run("net"), image.run("net", Measured(invoke="classify"))
    assert (inner.cycles, inner.differing_bytes) == (near(plain), 0)
    assert (outer.differing_bytes, outer.measured) == (0, "classify")
    assert inner.cycles < outer.cycles < inner.cycles + 200


BETWEEN = """
#include "net.h"
APART void sensed(void) { __asm volatile(""); }
APART void done(void) { __asm volatile(""); }
volatile unsigned waited;
int main(void) { for (;;) { sensed(); net_invoke(); for (int i = 0; i < 100; ++i) ++waited; net_invoke(); done(); } }
"""


def test_from_one_symbol_to_another(plain, tmp_path):
    image = firmware(tmp_path, BETWEEN)
    found = image.run("net", Measured(begin="sensed", end="done"))
    assert (found.differing_bytes, found.measured) == (0, "sensed to done")
    assert 2 * plain.cycles + 300 < found.cycles < 2 * plain.cycles + 3000
    again = image.run("net", Measured(begin="sensed", end="sensed"))
    assert found.cycles < again.cycles < found.cycles + 100


def test_a_state_goes_on_until_it_is_reset(tmp_path):
    loop = "for (unsigned n = 1;; ++n) { net_invoke(); if (n % 2 == 0) net_reset(); }"
    text = f'#include "net.h"\nint main(void) {{ {loop} }}'
    found = firmware(tmp_path, text, graphs={"net": remembering()}).run("net", samples=4)
    assert (found.differing_bytes, found.samples) == (0, 4)


def test_firmware_that_runs_it_once_has_one_sample(plain, tmp_path):
    text = '#include "net.h"\nint main(void) { net_invoke(); for (;;) __asm volatile("wfi"); }'
    found = firmware(tmp_path, text).run("net")
    assert (found.samples, found.cycles, found.differing_bytes) == (1, near(plain), 0)


# -- what does not work


def refused(kind, folder: Path, text: str, measured: Measured | None = None, **settings) -> str:
    with pytest.raises(kind) as error:
        firmware(folder, text, **settings).run("net", measured)
    return str(error.value).replace(str(folder), "")


def test_a_network_that_is_never_called_was_left_out(tmp_path):
    assert refused(InputError, tmp_path, "int main(void) { for (;;) ; }") == (
        "/image/firmware.elf: there is no symbol 'net_invoke' in the image: nothing in the image calls it, so that the "
        "linker has left the network out\n"
        "  include net.h, and call net_invoke() from main(), a task or an interrupt"
    )


def test_a_call_that_never_comes(tmp_path):
    text = '#include "net.h"\nvolatile int key;\nint main(void) { while (!key) ; net_invoke(); for (;;) ; }'
    found = refused(LimitReached, tmp_path, text, Measured(wait_s=0.001))
    assert found.startswith(
        "/image/firmware.elf: net_invoke was not reached: the firmware ran for 1.00 ms more, in main+0x"
    )
    assert "; it reached main after " in found
    assert found.endswith("\n  net_invoke has to be called without input that the emulator does not give, and soon: "
                          "wait= is the time of the board to wait for it")  # fmt: skip


def test_a_sleep_without_end(tmp_path):
    text = '#include "net.h"\nint main(void) { for (;;) { __asm volatile("wfi"); net_invoke(); } }'
    found = refused(LimitReached, tmp_path, text, Measured(wait_s=0.01))
    assert "net_invoke was not reached: the firmware ran for 10.00 ms more, in main+0x" in found


def test_symbols_that_do_not_exist(tmp_path):
    inlined = Measured(begin="sensed", end="don")
    found = refused(InputError, tmp_path, BETWEEN, inlined)
    assert found.startswith(
        "/image/firmware.elf: end: there is no symbol 'don' in the image\n  did you mean "
    )
    assert found.endswith("; a function that was inlined needs __attribute__((noinline))")


def test_a_symbol_that_is_never_reached(tmp_path):
    text = BETWEEN.replace("for (;;) { sensed();", "if (waited) sensed(); for (;;) {")
    found = refused(LimitReached, tmp_path, text, Measured(begin="sensed", end="done", wait_s=0.01))
    assert found.startswith("/image/firmware.elf: sensed was not reached: the firmware ran for 10.00 ms more")


@pytest.mark.parametrize(
    ("symbols", "problem"),
    [
        ({"begin": "a"}, "begin: begin needs end too\n  both are symbols of the image"),
        (
            {"begin": "a", "end": "b", "invoke": "c"},
            "invoke: excludes begin and end\n"
            "  invoke= measures calls of a function, begin= and end= from one symbol to another",
        ),
    ],
)
def test_symbols_that_exclude_each_other(symbols, problem):
    with pytest.raises(InputError) as error:
        Measured(**symbols)
    assert str(error.value) == problem


def test_a_stripped_image(tmp_path):
    found = refused(InputError, tmp_path, LOOP, libraries=("-s",))
    assert found == (
        "/image/firmware.elf: there is no symbol 'net_invoke' in the image: it has no symbols at all, so it was "
        "stripped\n  link without -s and do not run strip: symbols take no flash"
    )


def test_a_fault_names_the_place(tmp_path):
    crash = "APART void crash(void) { REGISTER(0x60000000) = 1; }"
    text = f'#include "net.h"\n{crash}\nint main(void) {{ crash(); net_invoke(); }}'
    assert "crash" in refused(FirmwareFault, tmp_path, text)


def test_sources_that_do_not_compile_are_told_as_the_users(tmp_path):
    assert "main.c" in refused(InputError, tmp_path, "int main(void) { return nothing; }")


OVERLAP = """
#include "one.h"
#include "two.h"
%s
void SysTick_Handler(void);
void SysTick_Handler(void) { two_invoke(); }
int main(void) { tick_every(1500); for (;;) { one_invoke(); } }
"""


def test_networks_that_share_an_arena_exclude_each_other(tmp_path):
    image = firmware(tmp_path, OVERLAP % SYSTICK, graphs={"one": GRAPH, "two": dense(4, [8, 4])})
    assert image.run("one").differing_bytes == 0
    shared = Firmware(tmp_path / "shared", image.graphs, image.application, "shared")
    (tmp_path / "shared").mkdir()
    with pytest.raises(FirmwareFault) as fault:
        shared.run("one")
    assert "two_invoke begins while one_invoke runs, but both networks use one arena" in str(fault.value)
