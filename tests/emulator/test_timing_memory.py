"""Flash wait states, line buffer, prefetch, caches and slow RAM, on a made-up board."""

from __future__ import annotations

import pytest

LOOP = """
start: ldr r0, ={rounds}
1: {body}
subs r0, #1
bne 1b
end: nop
2: b 2b
.ltorg
"""
LINEAR = "start: nop\n" + "adds r1, r2, r3\n" * 127 + "end: nop\n1: b 1b"
CACHE_1K = {"size": "1 KiB", "line": "32 B", "ways": 32}


def run(machine, source: str, board) -> int:
    made = machine(source, board)
    made.run_until(made.symbol("end"))
    return made.cycles


def loop_cycles(machine, body: str, board) -> float:
    """Cycles of a round, when everything that can be warm is."""
    few, many = (run(machine, LOOP.format(body=body, rounds=rounds), board) for rounds in (20, 120))
    return (many - few) / 100


def test_linear_code_waits_for_its_lines(machine, make_board):
    """32 lines of four narrow instructions: a line is two words, so it takes 2 + wait states to fetch, 4 to execute."""
    cycles = [run(machine, LINEAR, make_board(wait_states=waits)) for waits in range(6)]
    assert cycles == [130, 131, 132, 132 + 32, 132 + 2 * 32, 132 + 3 * 32]


def test_prefetch_reads_a_line_while_the_one_before_is_fetched(machine, make_board):
    """With prefetch a line takes 1 + wait states: one cycle less, as its second word overlaps."""
    cycles = [run(machine, LINEAR, make_board(wait_states=waits, prefetch=True)) for waits in range(6)]
    assert cycles == [130, 131, 132, 133, 133 + 32, 133 + 2 * 32]


def test_going_on_to_the_next_line_of_a_cache_takes_its_cycles(machine, make_board):
    """Eight lines of 32 bytes of straight code, all in the cache, a word of it a cycle."""
    body = "add.w r1, r2, r3\n" * 8 * 8

    def cycles(extra: int) -> float:
        cache = CACHE_1K | {"next_line_cycles": extra}
        return loop_cycles(machine, body, make_board(wait_states=5, instruction_cache=cache))

    plain = cycles(0)
    assert 7 <= cycles(1) - plain <= 9
    assert cycles(3) > cycles(2) > cycles(1)


def test_prefetch_cannot_be_faster_than_the_flash(machine, make_board):
    cycles = run(machine, LINEAR, make_board(wait_states=7, prefetch=True))
    assert cycles == pytest.approx(8 * 33, abs=10)


def test_wider_lines_wait_less(machine, make_board):
    narrow, wide = (
        run(machine, LINEAR, make_board(wait_states=4, line_width_bits=bits)) for bits in (32, 128)
    )
    assert wide < narrow


STREAMS = """
start: ldr r0, ={rounds}
ldr r2, =0x08002000
ldr r3, =0x08006000
ldr r6, =0x0800a000
b 1f
.ltorg
.balign 16
1: {body}
subs r0, #1
bne 1b
end: nop
2: b 2b
"""
PAUSE = "\n.rept 12\nadds r1, r4, r5\n.endr\n"


def streamed(machine, body: str, board) -> float:
    """Cycles of a round that reads lines of the flash that no cache has."""
    few, many = (run(machine, STREAMS.format(body=body, rounds=rounds), board) for rounds in (20, 120))
    return (many - few) / 100


@pytest.mark.parametrize("waits", [2, 4, 6])
def test_one_stream_of_data_through_a_unified_cache_waits_for_no_wait_states(machine, make_board, waits):
    """Lines of 16 bytes. The flash reads ahead behind a miss; two streams take the buffer from each other."""
    cache = {"size": "1 KiB", "line": "16 B", "ways": 2, "miss_cycles": 3}

    def board(*, prefetch: bool):
        return make_board(
            "cortex-m33", wait_states=waits, line_width_bits=128, prefetch=prefetch, unified_cache=cache
        )

    one, two = f"ldr r7, [r2], #16{PAUSE}", f"ldr r7, [r2], #16{PAUSE}ldr r7, [r3], #16{PAUSE}"
    hit = streamed(machine, f"ldr r7, [r2]{PAUSE}", board(prefetch=True))
    assert streamed(machine, one, board(prefetch=True)) - hit == 3
    assert streamed(machine, one, board(prefetch=False)) - hit == 3 + waits
    plain = streamed(machine, two, board(prefetch=False))
    assert streamed(machine, two, board(prefetch=True)) == pytest.approx(plain, abs=0.5)


def test_a_loop_in_the_instruction_cache_runs_as_without_wait_states(machine, make_board):
    body = "adds r1, r2, r3\n" * 40
    ideal = loop_cycles(machine, body, make_board())
    cached = loop_cycles(machine, body, make_board(wait_states=5, instruction_cache=CACHE_1K))
    plain = loop_cycles(machine, body, make_board(wait_states=5))
    assert ideal == cached == 43
    assert plain > 1.3 * ideal


def test_a_loop_larger_than_the_instruction_cache_misses_every_line(machine, make_board):
    """1.6 KiB of code under LRU: every line is evicted before its next use."""
    body = "adds r1, r2, r3\n" * 800
    cached = loop_cycles(machine, body, make_board(wait_states=5, instruction_cache=CACHE_1K))
    plain = loop_cycles(machine, body, make_board(wait_states=5))
    assert cached == pytest.approx(plain, rel=0.01)


def test_ways_matter(machine, make_board):
    """Two traces of code 512 bytes apart share a set of a direct-mapped cache of 512 bytes."""
    body = "b.w 3f\n .balign 512\n 3: adds r1, #1\n b.w 4f\n .balign 512\n 4: adds r1, #2"
    direct, two_way = (
        loop_cycles(
            machine,
            body,
            make_board(wait_states=5, instruction_cache={"size": size, "line": "32 B", "ways": ways}),
        )
        for size, ways in (("512 B", 1), ("1 KiB", 32))
    )
    assert two_way < direct


READ_FLASH = "ldr r1, =0x08004000\n" + "".join(
    f"ldr r2, [r1, #{offset}]\n nop\n nop\n" for offset in range(0, 64, 4)
)


def test_flash_data_waits_once_a_read_of_the_flash(machine, make_board):
    """16 words and a literal; a read of 64 bits serves two of the words."""
    cached = {"instruction_cache": CACHE_1K}
    fast, slow = (loop_cycles(machine, READ_FLASH, make_board(wait_states=w, **cached)) for w in (0, 4))
    assert slow - fast == 4 * (8 + 1)


def test_a_warm_data_cache_takes_no_wait_states(machine, make_board):
    data = {"instruction_cache": CACHE_1K, "data_cache": {"size": "256 B", "line": "8 B", "ways": 32}}
    fast, slow = (loop_cycles(machine, READ_FLASH, make_board(wait_states=w, **data)) for w in (0, 4))
    assert slow == fast


def test_a_line_of_the_data_cache_holds_one_read_of_the_flash(machine, make_board):
    """Fitted: 8 lines of 32 bytes act as 8 lines of 8, too few for these 9 reads under LRU."""
    wide, narrow = (
        loop_cycles(
            machine,
            READ_FLASH,
            make_board(
                wait_states=4, instruction_cache=CACHE_1K, data_cache={"size": size, "line": line, "ways": 8}
            ),
        )
        for size, line in (("256 B", "32 B"), ("64 B", "8 B"))
    )
    assert wide == narrow


def test_data_larger_than_the_data_cache_waits_once_per_register(machine, make_board):
    """The register in front of the data cache holds 128 bits: 16 words streamed through a tiny cache miss 4 times."""
    data = {"instruction_cache": CACHE_1K, "data_cache": {"size": "16 B", "line": "8 B", "ways": 2}}
    fast, slow = (loop_cycles(machine, READ_FLASH, make_board(wait_states=w, **data)) for w in (0, 4))
    assert slow - fast == 4 * (4 + 1)


def test_slow_ram_delays_loads_and_hides_stores(machine, make_board):
    load = "ldr r1, =0x20000100\n nop\n ldr r2, [r1]\n nop\n nop\n nop"
    store = load.replace("ldr r2, [r1]", "str r2, [r1]")
    stores = load.replace("ldr r2, [r1]", "str r2, [r1]\n str r2, [r1]")
    waits = [
        loop_cycles(machine, body, make_board(ram_wait_states=2)) - loop_cycles(machine, body, make_board())
        for body in (load, store, stores)
    ]
    assert waits == [2, 0, 2]


def test_code_in_ram_is_slower_on_the_system_bus_alone(machine, make_board):
    """The same 32-bit instructions copied to RAM: at 0x2000_0000 a fetch takes one cycle more, below it does not."""
    copy = """
    start: ldr r0, =bytes
    ldr r1, ={place}
    movs r2, #({words})
    1: ldr r3, [r0], #4
    str r3, [r1], #4
    subs r2, #1
    bne 1b
    ldr r1, ={target}
    blx r1
    end: nop
    2: b 2b
    .ltorg
    .balign 4
    bytes:
    .type block,%function
    block: {body}
    bx lr
    nop
    """
    body = "add.w r4, r4, r5\n" * 40
    board = make_board()
    near = board.memory[1].model_copy(update={"name": "NEAR", "origin": 0x1000_0000})
    board = board.model_copy(update={"memory": (*board.memory, near)})
    on_system_bus, on_code_bus, in_flash = (
        run(machine, copy.format(words=42, place=place, target=target, body=body), board)
        for place, target in (
            ("0x20000000", "0x20000001"),
            ("0x10000000", "0x10000001"),
            ("0x20000000", "block"),
        )
    )
    assert on_system_bus - in_flash == pytest.approx(40, abs=4)
    assert on_code_bus - in_flash == pytest.approx(0, abs=2)


@pytest.mark.parametrize("prefetch", [False, True])
def test_literal_reads_compete_with_fetches(machine, make_board, prefetch):
    board = make_board(wait_states=5, prefetch=prefetch)
    literal = run(
        machine,
        LINEAR.replace("adds r1, r2, r3\n" * 4, "ldr r1, =0x12345678\n nop\n nop\n nop\n", 1) + "\n.ltorg",
        board,
    )
    assert literal - run(machine, LINEAR, board) >= 5


OVERLAY = """
start: push {{r4, lr}}
ldr r0, =first
bl load_and_call
ldr r0, =second
bl load_and_call
end: b end
load_and_call: push {{r4, lr}}
ldr r1, =0x20000100
movs r2, #21
1: ldr r3, [r0], #4
str r3, [r1], #4
subs r2, #1
bne 1b
movs r5, #1
mvn r4, #0
ldr r1, =0x20000101
blx r1
pop {{r4, pc}}
.ltorg
.balign 4
first: {first}
bx lr
nop
.balign 4
second: {second}
bx lr
nop
"""


def test_code_in_ram_that_is_overwritten_is_timed_anew(machine, make_board):
    """What was at an address before does not matter: 20 divisions cost the same in the first and in the second code."""
    plain, divide = "add.w r4, r4, r5\n" * 20, "udiv r4, r4, r5\n" * 20
    cycles = {
        (one, other): run(machine, OVERLAY.format(first=one, second=other), make_board())
        for one in (plain, divide)
        for other in (plain, divide)
    }
    added = cycles[divide, plain] - cycles[plain, plain]
    assert added >= 20
    assert cycles[plain, divide] - cycles[plain, plain] == added
    assert cycles[divide, divide] - cycles[plain, plain] == 2 * added
