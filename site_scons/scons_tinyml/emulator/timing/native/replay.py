"""Trees of the costs of traces: walked when the path is known, grown by the model when it is not.

The model is two functions, `step` and `settle`, which `build.timing` puts in their place here. `step(state,
micro, row, row_address, address, executed)` moves `micro` over one instruction and requests events through
`events.observe`. `settle(state, micro)` catches up with everything up to `micro.now`, so that nothing of it
depends on later code. All times in `micro` are relative, see layout.MICRO.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.events import LEAF, look_at_operands, mixed, outcome_of, trace_at
from scons_tinyml.emulator.timing.native.layout import (
    DETAILS,
    EDGE,
    EDGES,
    HORIZON_CYCLES,
    MAX_EVENTS,
    MICRO,
    MICRO_WORDS,
    MICROS,
    NODE,
    NODES,
    NUMBER_SLOTS,
    ROOT,
    ROOT_SLOTS,
    ROW,
    TIME_WORDS,
)
from scons_tinyml.emulator.timing.native.memory import load, record, store

if TYPE_CHECKING:  # stand-ins: `build.timing` puts the functions of each model in their place
    from scons_tinyml.emulator.timing.native.three_stage import settle, step

ROW_BYTES, WORD_BYTES = ROW.itemsize, 8
ROOT_WORDS = ROOT.itemsize // 8
NONE = -1
SCRATCH = MICROS - 1  # number of the state that the model works on


@inlined
def node_at(state: Any, number: int) -> Any:
    """Return the node `number` of a tree."""
    return record(NODE, state.nodes, number)


@inlined
def edge_at(state: Any, number: int) -> Any:
    """Return the edge `number`: an outcome at a node."""
    return record(EDGE, state.edges, number)


@inlined
def row_at(row_address: int) -> Any:
    """Return the row at an address of the host."""
    return record(ROW, row_address, 0)


@inlined
def slot_of(key: int, slots: int) -> int:
    """Return the first slot for `key` in a hash table. `slots` is a power of two."""
    return int(mixed(key, 0) & (slots - 1))


@native
def clear(address: int, count: int) -> None:
    """Zero a table of `count` words."""
    # An assignment to a slice would need numba's run time, which is not there: see compiled.py.
    for word in range(count):
        store(np.int64, address, word, 0)


@inlined
def words_of(state: Any, number: int) -> int:
    """Return the address of the words of a state of the pipeline."""
    return int(state.micros + number * WORD_BYTES * MICRO_WORDS)


@native
def forget_trees(state: Any) -> None:
    """Empty the trees. The state of the pipeline stays, as number 0."""
    state.node_count = 1  # number 0 is none
    state.edge_count = 0
    state.micro_count = 0
    state.detail_count = 0
    clear(state.roots, ROOT_SLOTS * ROOT_WORDS)
    clear(state.numbers, NUMBER_SLOTS)
    state.leaf = NONE
    state.full = 0


@native
def same_words(one: int, other: int) -> bool:
    """Return whether two states of the pipeline, by the addresses of their words, are equal."""
    word = 0
    while word < MICRO_WORDS and load(np.int64, one, word) == load(np.int64, other, word):
        word += 1
    return word == MICRO_WORDS


@native
def number_of(state: Any) -> int:
    """Return the number of the state of the pipeline. Equal states have one number."""
    fresh = state.micro_count
    current = words_of(state, fresh)
    key = 0
    for word in range(MICRO_WORDS):
        key = mixed(key, load(np.int64, current, word))
    slot = slot_of(key, NUMBER_SLOTS)
    while load(np.int64, state.numbers, slot):
        known = load(np.int64, state.numbers, slot) - 1
        if same_words(words_of(state, known), current):
            return int(known)
        slot = (slot + 1) & (NUMBER_SLOTS - 1)
    store(np.int64, state.numbers, slot, fresh + 1)
    state.micro_count += 1
    return int(fresh)


@native
def rebase(state: Any) -> int:
    """Store the state in `SCRATCH` as the next fresh one, and return its number.

    Its times become relative to its `now`.
    """
    fresh, scratch = words_of(state, state.micro_count), words_of(state, SCRATCH)
    now = load(np.int64, scratch, 0)
    for word in range(TIME_WORDS):
        store(np.int64, fresh, word, max(load(np.int64, scratch, word) - now, -HORIZON_CYCLES))
    for word in range(TIME_WORDS, MICRO_WORDS):
        store(np.int64, fresh, word, load(np.int64, scratch, word))
    return number_of(state)


def run_model(state: Any) -> int:
    """Run the model over the pending trace, from the current state of the pipeline.

    Return the number of the leaf.
    """
    for word in range(MICRO_WORDS):
        value = load(np.int64, words_of(state, state.micro_number), word)
        store(np.int64, words_of(state, SCRATCH), word, value)
    micro = record(MICRO, state.micros, SCRATCH)
    trace = trace_at(state, state.pending)
    state.log_next = 0
    state.operand = 0
    state.slot = 0
    state.skipped = 0
    skip(state, micro, trace)
    address, row_address = trace.start, trace.rows
    state.detail_start = state.detail_count
    before = 0
    while address < trace.end:
        row = row_at(row_address)
        step(state, micro, row, row_address, address, True)
        store(np.uint16, state.details, state.detail_count, micro.now - before)
        state.detail_count += 1
        before = micro.now
        address += row.size_bytes
        row_address += (row.size_bytes >> 1) * ROW_BYTES
    settle(state, micro)
    state.simulated += 1
    return grow(state, int(micro.now))


def skip(state: Any, micro: Any, trace: Any) -> None:
    """Account for instructions before the trace that an IT skipped: no hook reports them.

    Those that are the same in either case (`Timed.one_cycle`) count as executed, as they do inside of a
    trace.
    """
    gap = trace.start - micro.expected
    before = row_at(micro.before)
    if not 0 < gap <= before.it_bytes:
        return
    row_address = micro.before + (before.size_bytes >> 1) * ROW_BYTES
    while micro.expected != trace.start:
        row = row_at(row_address)
        step(state, micro, row, row_address, micro.expected, row.one_cycle != 0)
        state.skipped += 1
        row_address += (row.size_bytes >> 1) * ROW_BYTES


@native
def grow(state: Any, cycles: int) -> int:
    """Add the path of the model to the tree of the pending trace. Return its leaf."""
    number = rebase(state)
    node = root_of(state, state.pending, state.micro_number)
    for event in range(state.log_next):
        place = node_at(state, node)
        place.event = state.path_events[event]
        place.argument = state.path_arguments[event]
        node = child(state, node, state.log[event], True)
    leaf = node_at(state, node)
    leaf.event = LEAF
    leaf.cycles = cycles
    leaf.micro = number
    leaf.count = 0
    leaf.trace = state.pending
    leaf.instructions = trace_at(state, state.pending).instructions + state.skipped
    leaf.detail = state.detail_start
    leaf.next_trace = NONE
    return int(node)


@native
def fresh_node(state: Any) -> int:
    """Return a new node without an event."""
    number = state.node_count
    state.node_count += 1
    node = node_at(state, number)
    node.event = NONE
    node.edge = NONE
    return int(number)


@inlined
def child(state: Any, node: int, outcome: int, add: bool) -> int:
    """Return the node behind an outcome. If it was never seen, return NONE, or with `add` a fresh node."""
    number = node_at(state, node).edge
    while number != NONE:
        edge = edge_at(state, number)
        if edge.outcome == outcome:
            return int(edge.node)
        number = edge.other
    if not add:
        return NONE
    fresh = edge_at(state, state.edge_count)
    fresh.outcome = outcome
    fresh.node = fresh_node(state)
    fresh.other = node_at(state, node).edge
    node_at(state, node).edge = state.edge_count
    state.edge_count += 1
    return int(fresh.node)


@native
def root_of(state: Any, trace: int, micro_number: int) -> int:
    """Return the root of a trace that starts in a state of the pipeline, for its operands' outcomes."""
    key = trace * MICROS + micro_number
    slot = slot_of(key ^ state.signature, ROOT_SLOTS)
    root = record(ROOT, state.roots, slot)
    while root.node:
        if root.key == key and root.signature == state.signature:
            return int(root.node)
        slot = (slot + 1) & (ROOT_SLOTS - 1)
        root = record(ROOT, state.roots, slot)
    root.key = key
    root.signature = state.signature
    root.node = fresh_node(state)
    return int(root.node)


@native
def first_node(state: Any) -> int:
    """Return the root for the pending trace. The leaf before it stores it."""
    if state.leaf != NONE:
        leaf = node_at(state, state.leaf)
        if leaf.next_trace == state.pending and leaf.next_signature == state.signature:
            return int(leaf.next_node)
        node = root_of(state, state.pending, state.micro_number)
        leaf.next_trace = state.pending
        leaf.next_signature = state.signature
        leaf.next_node = node
        return node
    return root_of(state, state.pending, state.micro_number)


@inlined
def nearly_full(state: Any) -> bool:
    """Return whether one more trace might not fit into the tables."""
    return bool(
        state.node_count > NODES - 2 * MAX_EVENTS
        or state.edge_count > EDGES - 2 * MAX_EVENTS
        or state.detail_count > DETAILS - MAX_EVENTS
        or state.micro_count > MICROS - 4
    )


def account(state: Any) -> None:
    """Move the clock over the pending trace."""
    trace = trace_at(state, state.pending)
    state.signature = 0
    if trace.operand_count and not state.unified:
        state.signature = look_at_operands(state, trace)
    number = first_node(state)
    state.log_end = 0
    while True:
        node = node_at(state, number)
        if node.event == LEAF:
            break
        if node.event < 0:
            number = run_model(state)
            break
        outcome = outcome_of(state, node.event, node.argument)
        state.log[state.log_end] = outcome
        state.log_end += 1
        known = child(state, number, outcome, False)
        if known == NONE:
            number = run_model(state)
            break
        number = known
    leaf = node_at(state, number)
    leaf.count += 1
    state.now += leaf.cycles
    state.instructions += leaf.instructions
    state.micro_number = leaf.micro
    state.leaf = number
