"""Properties of the timing models over random straight-line code."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SETTINGS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LOW = st.integers(0, 3)
BASES = st.sampled_from(["r4", "r5", "r6"])  # RAM, RAM, flash
CONDITIONS = st.sampled_from(["eq", "ne", "hi", "lt", "ge", "mi"])


@st.composite
def instructions(draw) -> str:
    a, b, c = (draw(LOW) for _ in range(3))
    offset = 4 * draw(st.integers(0, 60))
    return draw(
        st.sampled_from(
            [
                f"adds r{a}, r{b}, r{c}",
                f"eor.w r{a}, r{b}, r{c}, ror #7",
                f"mul r{a}, r{b}, r{c}",
                f"mla r{a}, r{b}, r{c}, r{a}",
                f"umlal r{a}, r{(a + 1) % 4}, r{b}, r{c}",
                f"udiv r{a}, r{b}, r{c}",
                f"sdiv r{a}, r{b}, r{c}",
                f"cmp r{a}, r{b}",
                f"ldr r{a}, [{draw(BASES)}, #{offset}]",
                f"ldrsb r{a}, [{draw(BASES)}, #{offset + 1}]",
                f"ldr.w r{a}, [r4, #{offset + 1}]",
                f"str r{a}, [r5, #{offset}]",
                f"ldrd r{a}, r{(a + 1) % 4}, [{draw(BASES)}, #{offset}]",
                "push {r0, r1}\n pop {r2, r3}",
                "ldm r6, {r0-r3}",
                f"ite {(condition := draw(CONDITIONS))}\n addw{condition} r{a}, r{b}, #5\n"
                f" ldr{_opposite(condition)} r{c}, [r4, #{offset}]",
                f"cbz r{a}, 1f\n adds r{b}, #1\n 1:",
                f"b 1f\n {'nop' if a % 2 else ''}\n 1:",
            ]
        )
    )


def _opposite(condition: str) -> str:
    pairs = ["eq ne", "hi ls", "lt ge", "mi pl"]
    first, second = next(pair.split() for pair in pairs if condition in pair.split())
    return second if condition == first else first


PROGRAM = """
start: ldr r4, =0x20000100
ldr r5, =0x20000400
ldr r6, =0x08000000
ldr r0, =0x9e3779b9
ldr r1, =0x7f4a7c15
movs r2, #77
movs r3, #3
{body}
end: b end
.ltorg
"""


def programs(size: int):
    return st.lists(instructions(), min_size=1, max_size=size).map(
        lambda lines: PROGRAM.format(body="\n".join(lines))
    )


def finish(machine, source: str, board, **options):
    made = machine(source, board, **options)
    made.run_until(made.symbol("end"))
    return made


@SETTINGS
@given(programs(40), st.sampled_from(["cortex-m3", "cortex-m4"]))
def test_timing_changes_no_result(machine, make_board, source, core):
    states = []
    for timing in (True, False):
        made = finish(machine, source, make_board(core), timing=timing)
        registers = [made.register(f"r{number}") for number in range(16)]
        states.append((registers, made.read(0x2000_0000, 0x8000)))
    assert states[0] == states[1]


@SETTINGS
@given(programs(40), st.booleans(), st.booleans(), st.sampled_from([32, 64, 128]))
def test_cycles_never_decrease_with_wait_states(machine, make_board, source, prefetch, cached, width):
    flash = {"prefetch": prefetch, "line_width_bits": width}
    if cached:
        flash["instruction_cache"] = {"size": "256 B", "line": "16 B", "ways": 2}
        flash["data_cache"] = {"size": "128 B", "line": "16 B", "ways": 2}
    cycles = [finish(machine, source, make_board(wait_states=waits, **flash)).cycles for waits in range(7)]
    assert cycles == sorted(cycles)


@SETTINGS
@given(programs(40))
def test_cycles_never_decrease_with_slower_ram(machine, make_board, source):
    cycles = [finish(machine, source, make_board(ram_wait_states=waits)).cycles for waits in range(4)]
    assert cycles == sorted(cycles)


@SETTINGS
@given(programs(30))
def test_every_instruction_takes_a_cycle_or_folds(machine, make_board, source):
    made = finish(machine, source, make_board())
    folded = source.count("ite ")
    assert made.instructions - folded <= made.cycles <= 14 * made.instructions + 4
