"""Memory of a Cortex-M7: tightly coupled, behind its level-1 caches, and what a line costs that is not in them."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.timing.native.line_fills import AXI_CYCLES, DEVICE_CYCLES, UNALIGNED_STORE
from scons_tinyml.records.board import Board, CoreCaches

#: What waits may pair otherwise: half a cycle an instruction.
HALF = 0.5
ENABLE = 1 << 16 | 1 << 17  # CCR.DC and CCR.IC
INSTRUCTION, DATA = 1 << 17, 1 << 16

#: `rounds` rounds of `body`, with the caches of `enable`; r1 is RAM, r2 the flash behind the code.
LOOP = """
start: ldr r3, =0xe000ed14
ldr r4, ={enable}
str r4, [r3]
ldr r1, =0x20000000
ldr r2, =0x08002000
ldr r3, =0x40000000
ldr r0, ={rounds}
b.w 1f
.ltorg
.balign 32
1: {body}
subs.w r0, #1
bne.w 1b
end: nop
2: b 2b
.ltorg
"""


@pytest.fixture
def board(make_board):
    """`make(wait_states, ...)`: a board with caches of 4 KiB, and RAM that is not tightly coupled."""

    def make(
        wait_states: int = 7, line_width_bits: int = 256, *, ram_waits: int = 0, tight: bool = False
    ) -> Board:
        plain = make_board(
            "cortex-m7", ram_wait_states=ram_waits, wait_states=wait_states, line_width_bits=line_width_bits
        )
        caches = {
            "instruction": {"size": "4 KiB", "line": "32 B", "ways": 2},
            "data": {"size": "4 KiB", "line": "32 B", "ways": 4},
        }
        memory = [
            region.model_copy(update={"tightly_coupled": tight and region.kind == "ram"})
            for region in plain.memory
        ]
        return plain.model_copy(
            update={"core_caches": CoreCaches.model_validate(caches), "memory": tuple(memory)}
        )

    return make


@pytest.fixture
def per_round(machine):
    """`cycles(body, board)`: cycles of a round when everything that can be warm is."""

    def cycles(body: str, chosen: Board, enable: int = ENABLE) -> float:
        spent = []
        for rounds in (40, 140):
            made = machine(LOOP.format(body=body, rounds=rounds, enable=enable), chosen)
            made.run_until(made.symbol("end"))
            spent.append(made.cycles)
        return (spent[1] - spent[0]) / 100

    return cycles


def test_a_line_of_flash_costs_its_wait_states_and_the_way_to_it(per_round, board):
    """Every round reads a new line."""
    walk = "ldr.w r5, [r2], #32"
    hit, none, some = (
        per_round("ldr.w r5, [r2]", board()),
        *(per_round(walk, board(waits)) for waits in (0, 7)),
    )
    assert none - hit == pytest.approx(AXI_CYCLES, abs=HALF)
    assert some - none == 7


def test_a_line_of_ram_costs_the_way_to_it(per_round, board):
    pause = "\nnop.w" * 30  # one line after the other
    walk, hit = "ldr.w r5, [r1], #32" + pause, per_round("ldr.w r5, [r1]" + pause, board())
    assert per_round(walk, board()) - hit == pytest.approx(AXI_CYCLES, abs=HALF)
    assert per_round(walk, board(ram_waits=2)) - per_round(walk, board()) == 2
    assert per_round(walk, board(tight=True)) == hit


def test_words_of_a_line_cost_one_fill(per_round, board):
    """Eight rounds to a line."""
    each = per_round("ldr.w r5, [r2], #4", board()) - per_round("ldr.w r5, [r2]", board())
    assert each == pytest.approx((AXI_CYCLES + 7) / 8, abs=0.6)


def test_a_part_of_a_line_comes_with_its_own_read_of_the_flash(per_round, board):
    """A flash of 128 bits reads a line of 256 in two. The other part is waited for once."""
    first, other = "ldr.w r5, [r2]", "\nldr.w r6, [r2, #16]"
    again, on = "\nldr.w r6, [r2, #20]", "\nadd.w r2, r2, #32\n" + "nop.w\n" * 60
    narrow, whole = board(line_width_bits=128), board()
    waits = [per_round(first + part + on, narrow) for part in ("", other, other + again)]
    assert [cycles - waits[0] for cycles in waits] == [0, 7 + 2, 7 + 2]
    late = "\nnop.w" * 18
    assert per_round(first + late + other + on, narrow) == per_round(first + late + other + on, whole)
    assert per_round(first + other + on, whole) - per_round(first + on, whole) <= 1
    assert per_round("ldr.w r5, [r2, #16]\nldr.w r6, [r2]" + on, narrow) == waits[1]


def test_lines_of_several_streams_wait_for_the_reads_of_each_other(per_round, board):
    """Two reads fill a line; they do not overlap, and two parts of 64 bits leave before the next one begins."""
    two = "add.w r3, r2, #4096\nldr.w r5, [r2], #32\nldr.w r6, [r3]"
    three = "add.w r4, r2, #8192\n" + two + "\nldr.w r6, [r4]"
    narrow = board(line_width_bits=128)
    assert [per_round(body, narrow) for body in (two, three)] == [2 * 2 * (7 + 2), 3 * 2 * (7 + 2)]
    assert per_round(two, board()) < per_round(two, narrow)


def test_caches_are_only_there_when_they_are_enabled(per_round, board):
    load = "ldr.w r5, [r2]"
    both, instruction, none = (per_round(load, board(), enable) for enable in (ENABLE, INSTRUCTION, 0))
    assert instruction - both == pytest.approx(AXI_CYCLES + 7, abs=HALF)
    assert none > instruction


def test_four_lines_of_a_set_fit_into_the_data_cache(per_round, board):
    """Lines 1 KiB apart share a set of 4 KiB in four ways; under LRU five of them never hit."""
    four = "add.w r6, r1, #4096\n" + "\n".join(f"ldr.w r5, [r1, #{1024 * way}]" for way in range(4))
    fits, misses = per_round(four, board()), per_round(four + "\nldr.w r5, [r6]", board())
    assert fits <= 6
    assert misses - fits == pytest.approx(5 * AXI_CYCLES, abs=3)


def test_a_store_that_misses_waits_behind_the_store_buffer(per_round, board):
    """One store in a while costs nothing; stores to ever new lines fill them, and the buffer."""
    slow = "str.w r5, [r1], #32\n" + "nop.w\n" * 20
    assert per_round(slow, board()) == per_round(slow, board(tight=True))
    fast = "str.w r5, [r1], #32"
    assert per_round(fast, board()) == pytest.approx(AXI_CYCLES + 1, abs=0.5)
    assert per_round(fast, board(tight=True)) == 2


def test_a_store_allocates_its_line(per_round, board):
    """The load of the line that was just stored to hits."""
    body = "str.w r5, [r1], #32\n" + "nop.w\n" * 40
    behind = body + "ldr.w r6, [r1, #-32]\n"
    assert per_round(behind, board()) - per_round(body, board()) <= 1


def test_unaligned_stores_fill_the_store_buffer(per_round, board):
    body = "str.w r5, [r1, #1]"
    assert per_round(body, board(tight=True)) == 1 + UNALIGNED_STORE


def test_a_device_is_slow(per_round, board):
    """The system timer's registers: in no memory."""
    device, memory = (
        per_round(f"ldr.w r4, ={address}\nldr.w r5, [r4]", board())
        for address in ("0xe000e010", "0x20000000")
    )
    assert device - memory == pytest.approx(DEVICE_CYCLES, abs=2 * HALF)


def test_a_loop_in_the_instruction_cache_runs_as_from_tightly_coupled_memory(per_round, board):
    body = "eor.w r4, r5, r6\n eor.w r7, r5, r6\n" * 100
    assert per_round(body, board(7)) == per_round(body, board(0)) == pytest.approx(101, abs=1)


def test_a_loop_larger_than_the_instruction_cache_misses_every_line(per_round, board):
    """6 KiB under LRU: 192 lines, each of four cycles of execution."""
    body = "eor.w r4, r5, r6\n eor.w r7, r5, r6\n" * 768
    assert per_round(body, board(7)) == pytest.approx(192 * (AXI_CYCLES + 7 + 4), rel=0.02)
    assert per_round(body, board(0)) < per_round(body, board(7))


def test_a_narrow_flash_delivers_a_line_in_two_reads(per_round, board):
    body = "eor.w r4, r5, r6\n eor.w r7, r5, r6\n" * 768
    wide, narrow = per_round(body, board(7)), per_round(body, board(7, 128))
    assert 192 * 4 < narrow - wide < 192 * 8


def test_caches_start_cold(machine, board):
    """The first round of a loop costs its lines, the second does not."""
    spent = []
    for rounds in (1, 2, 3):
        made = machine(LOOP.format(body="nop.w\n" * 64, rounds=rounds, enable=ENABLE), board())
        made.run_until(made.symbol("end"))
        spent.append(made.cycles)
    assert spent[1] - spent[0] < 60
    assert spent[2] - spent[1] < spent[0] / 3


def test_the_same_run_costs_the_same(machine, board):
    source = LOOP.format(body="ldr.w r5, [r2], #4\n str.w r5, [r1], #12", rounds=300, enable=ENABLE)
    made = machine(source, board())
    counts = []
    for _ in range(2):
        made.reset()
        made.run_until(made.symbol("end"))
        counts.append(made.cycles)
    assert counts[0] == counts[1] > 300
