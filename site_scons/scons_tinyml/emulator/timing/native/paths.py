"""Which chain of calls cycles are spent in: a tree of functions, and the way from its root to where the core is.

A call leaves an address to come back to; arriving there ends it, however many frames that skips. An exception is a
call of its handler. A jump to the first instruction of another function replaces the function that jumps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.np.numpy_support import carray

from scons_tinyml.emulator.timing.native.calls import native, pointer
from scons_tinyml.emulator.timing.native.layout import (
    FLOW_CALL,
    FLOW_NONE,
    FLOW_RETURN,
    FRAMES,
    PATH_NODE,
    PATH_NODES,
)

_NONE = 0  # number of the root, which is nobody's child


@native
def child_of(state: Any, parent: int, function: int) -> int:
    """The node of `function` when called from `parent`; the parent itself when the tree is full."""
    nodes = carray(pointer(state.path_nodes), (PATH_NODES,), PATH_NODE)
    node = nodes[parent].first_child
    while node != _NONE and nodes[node].function != function:
        node = nodes[node].sibling
    if node != _NONE or state.path_count == PATH_NODES:
        return int(node if node != _NONE else parent)
    node = state.path_count
    state.path_count += 1
    nodes[node].function = function
    nodes[node].parent = parent
    nodes[node].sibling = nodes[parent].first_child
    nodes[parent].first_child = node
    return int(node)


@native
def arrive(state: Any, address: int) -> None:
    """The core goes on at `address` after a call, a return, or as an exception has it."""
    returns = carray(pointer(state.frame_returns), (FRAMES,), np.int64)
    nodes = carray(pointer(state.frame_nodes), (FRAMES,), np.int64)
    depth = 0
    if state.flow != FLOW_CALL:
        depth = state.depth
        while depth > 0 and returns[depth] != address:
            depth -= 1
    if depth > 0:
        state.depth = depth - 1
    elif state.flow == FLOW_RETURN:
        state.flow = FLOW_NONE
        return  # a jump through a register
    elif state.depth < FRAMES - 1:
        state.depth += 1
        returns[state.depth] = state.flow_end
        nodes[state.depth] = child_of(state, nodes[state.depth - 1], address)
    state.flow, state.flow_end = FLOW_NONE, address


@native
def replace(state: Any, address: int) -> None:
    """A function has jumped to the first instruction of one."""
    if state.depth > 0:
        nodes = carray(pointer(state.frame_nodes), (FRAMES,), np.int64)
        nodes[state.depth] = child_of(state, nodes[state.depth - 1], address)


@native
def spend(state: Any, cycles: int, instructions: int) -> None:
    """Charge the function that is being executed."""
    nodes = carray(pointer(state.frame_nodes), (FRAMES,), np.int64)
    node = carray(pointer(state.path_nodes), (PATH_NODES,), PATH_NODE)[nodes[state.depth]]
    node.cycles += cycles
    node.instructions += instructions
