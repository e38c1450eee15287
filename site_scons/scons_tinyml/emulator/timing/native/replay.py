"""Trees of what pieces cost: walked when the path is known, grown by the model when it is not.

The model is two functions, `step` and `settle`, which `compiled.hooks` puts in their place here.
`step(state, micro, row, row_address, address, executed)` moves `micro` over one instruction and asks for events
through `events.observe`; `settle(state, micro)` catches up with what happened up to `micro.now`, so that nothing of
it depends on what comes next. All times in `micro` are relative, see layout.MICRO.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.np.numpy_support import carray

from scons_tinyml.emulator.timing.native.calls import inlined, native, pointer
from scons_tinyml.emulator.timing.native.events import LEAF, MIX, look_at_operands, outcome_of
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
    PIECE,
    PIECES,
    ROOT,
    ROOT_SLOTS,
    ROW,
    TIME_WORDS,
)

ROW_BYTES = ROW.itemsize
ROOT_WORDS = ROOT.itemsize // 8
NONE = -1
#: The model, see `compiled.hooks`.
step: Any = None
settle: Any = None


@inlined
def nodes_of(state: Any) -> Any:
    """The table of nodes."""
    return carray(pointer(state.nodes), (NODES,), NODE)


@inlined
def row_at(row_address: int) -> Any:
    """The row at an address of the host."""
    return carray(pointer(row_address), (1,), ROW)[0]


@inlined
def slot_of(key: int, slots: int) -> int:
    """Where to begin looking for `key` in a hash table of a power of two of slots."""
    mixed = key * MIX
    return int((mixed ^ (mixed >> 29)) & (slots - 1))


@native
def forget_trees(state: Any) -> None:
    """Empty trees; the state of the pipeline stays, as number 0."""
    state.node_count = 1  # number 0 is none
    state.edge_count = 0
    state.micro_count = 0
    state.detail_count = 0
    carray(pointer(state.roots), (ROOT_SLOTS * ROOT_WORDS,), np.int64)[:] = 0
    carray(pointer(state.numbers), (NUMBER_SLOTS,), np.int64)[:] = 0
    state.leaf = NONE
    state.full = 0


@native
def number_of(state: Any) -> int:
    """Number of the state of the pipeline: equal states have one number."""
    slots = carray(pointer(state.numbers), (NUMBER_SLOTS,), np.int64)
    words = carray(pointer(state.micros), (MICROS, MICRO_WORDS), np.int64)
    fresh = state.micro_count
    current = words[fresh]
    key = 0
    for word in range(MICRO_WORDS):
        key = (key ^ current[word]) * MIX
        key ^= key >> 31
    slot = slot_of(key, NUMBER_SLOTS)
    while slots[slot]:
        known = words[slots[slot] - 1]
        word = 0
        while word < MICRO_WORDS and known[word] == current[word]:
            word += 1
        if word == MICRO_WORDS:
            return int(slots[slot] - 1)
        slot = (slot + 1) & (NUMBER_SLOTS - 1)
    slots[slot] = fresh + 1
    state.micro_count += 1
    return int(fresh)


@native
def rebase(state: Any, micro_words: Any) -> int:
    """Store `micro` with times relative to its `now`, as the next fresh state; its number."""
    fresh = carray(pointer(state.micros), (MICROS, MICRO_WORDS), np.int64)[state.micro_count]
    now = micro_words[0]
    for word in range(TIME_WORDS):
        fresh[word] = max(micro_words[word] - now, -HORIZON_CYCLES)
    for word in range(TIME_WORDS, MICRO_WORDS):
        fresh[word] = micro_words[word]
    return number_of(state)


def run_model(state: Any) -> int:
    """Run the model over the pending piece, from the current state of the pipeline; number of the leaf."""
    micros = carray(pointer(state.micros), (MICROS,), MICRO)
    words = carray(pointer(state.micros), (MICROS, MICRO_WORDS), np.int64)
    scratch = words[MICROS - 1]
    scratch[:] = words[state.micro_number]
    micro = micros[MICROS - 1]
    piece = carray(pointer(state.pieces), (PIECES,), PIECE)[state.pending]
    state.log_next = 0
    state.operand = 0
    state.slot = 0
    state.skipped = 0
    skip(state, micro, piece)
    address, row_address = piece.start, piece.rows
    details = carray(pointer(state.details), (DETAILS,), np.uint16)
    state.detail_start = state.detail_count
    before = 0
    while address < piece.end:
        row = row_at(row_address)
        step(state, micro, row, row_address, address, True)
        details[state.detail_count] = micro.now - before
        state.detail_count += 1
        before = micro.now
        address += row.size_bytes
        row_address += (row.size_bytes >> 1) * ROW_BYTES
    settle(state, micro)
    state.simulated += 1
    return grow(state, int(micro.now), scratch)


def skip(state: Any, micro: Any, piece: Any) -> None:
    """Account for instructions before the piece that an IT made not execute: nobody reports them.

    Those that are the same in either case (`Timed.plain`) count as executed, as they do inside of a piece.
    """
    gap = piece.start - micro.expected
    before = row_at(micro.before)
    if not 0 < gap <= before.it_bytes:
        return
    row_address = micro.before + (before.size_bytes >> 1) * ROW_BYTES
    while micro.expected != piece.start:
        row = row_at(row_address)
        step(state, micro, row, row_address, micro.expected, row.plain != 0)
        state.skipped += 1
        row_address += (row.size_bytes >> 1) * ROW_BYTES


@native
def grow(state: Any, cycles: int, micro_words: Any) -> int:
    """Add the path that the model took to the tree of the pending piece; its leaf."""
    nodes = nodes_of(state)
    number = rebase(state, micro_words)
    node = root_of(state, state.pending, state.micro_number)
    for event in range(state.log_next):
        nodes[node].event = state.path_events[event]
        nodes[node].argument = state.path_arguments[event]
        node = child(state, node, state.log[event], True)
    leaf = nodes[node]
    leaf.event = LEAF
    leaf.cycles = cycles
    leaf.micro = number
    leaf.count = 0
    leaf.piece = state.pending
    leaf.instructions = (
        carray(pointer(state.pieces), (PIECES,), PIECE)[state.pending].instructions + state.skipped
    )
    leaf.detail = state.detail_start
    leaf.next_piece = NONE
    return int(node)


@native
def fresh_node(state: Any) -> int:
    """A node of which nothing is known."""
    number = state.node_count
    state.node_count += 1
    node = nodes_of(state)[number]
    node.event = NONE
    node.edge = NONE
    return int(number)


@inlined
def child(state: Any, node: int, outcome: int, add: bool) -> int:
    """The node behind an outcome, NONE (or, with `add`, a fresh one) if it was never seen."""
    edges = carray(pointer(state.edges), (EDGES,), EDGE)
    nodes = nodes_of(state)
    edge = nodes[node].edge
    while edge != NONE:
        if edges[edge].outcome == outcome:
            return int(edges[edge].node)
        edge = edges[edge].other
    if not add:
        return NONE
    edge = state.edge_count
    state.edge_count += 1
    edges[edge].outcome = outcome
    edges[edge].node = fresh_node(state)
    edges[edge].other = nodes[node].edge
    nodes[node].edge = edge
    return int(edges[edge].node)


@native
def root_of(state: Any, piece: int, micro_number: int) -> int:
    """Root of the tree of a piece that starts in a state of the pipeline, for the outcomes of its operands."""
    roots = carray(pointer(state.roots), (ROOT_SLOTS,), ROOT)
    key = piece * MICROS + micro_number
    slot = slot_of(key ^ state.signature, ROOT_SLOTS)
    while roots[slot].node:
        if roots[slot].key == key and roots[slot].signature == state.signature:
            return int(roots[slot].node)
        slot = (slot + 1) & (ROOT_SLOTS - 1)
    roots[slot].key = key
    roots[slot].signature = state.signature
    roots[slot].node = fresh_node(state)
    return int(roots[slot].node)


@native
def first_node(state: Any) -> int:
    """Root for the pending piece; the leaf before it remembers it."""
    if state.leaf != NONE:
        leaf = nodes_of(state)[state.leaf]
        if leaf.next_piece == state.pending and leaf.next_signature == state.signature:
            return int(leaf.next_node)
        node = root_of(state, state.pending, state.micro_number)
        leaf.next_piece = state.pending
        leaf.next_signature = state.signature
        leaf.next_node = node
        return node
    return root_of(state, state.pending, state.micro_number)


@inlined
def nearly_full(state: Any) -> bool:
    """One more piece might not fit into the tables."""
    return bool(
        state.node_count > NODES - 2 * MAX_EVENTS
        or state.edge_count > EDGES - 2 * MAX_EVENTS
        or state.detail_count > DETAILS - MAX_EVENTS
        or state.micro_count > MICROS - 4
    )


def account(state: Any) -> None:
    """Move the clock over the pending piece."""
    piece = carray(pointer(state.pieces), (PIECES,), PIECE)[state.pending]
    state.signature = 0
    if piece.operand_count and not state.unified:
        state.signature = look_at_operands(state, piece)
    nodes = nodes_of(state)
    node = first_node(state)
    state.log_end = 0
    while True:
        event = nodes[node].event
        if event == LEAF:
            break
        if event < 0:
            node = run_model(state)
            break
        outcome = outcome_of(state, event, nodes[node].argument)
        state.log[state.log_end] = outcome
        state.log_end += 1
        known = child(state, node, outcome, False)
        if known == NONE:
            node = run_model(state)
            break
        node = known
    leaf = nodes[node]
    leaf.count += 1
    state.now += leaf.cycles
    state.instructions += leaf.instructions
    state.micro_number = leaf.micro
    state.leaf = node
