"""Chains of calls that spend cycles: a tree of functions, and the path to the current function.

A call leaves a return address. Arrival there ends the call, however many frames that skips. An exception is a
call of its handler. A jump to the first instruction of another function replaces the function that jumps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.layout import (
    FLOW_CALL,
    FLOW_NONE,
    FLOW_RETURN,
    FRAMES,
    PATH_NODE,
    PATH_NODES,
)
from scons_tinyml.emulator.timing.native.memory import load, record, store

_NONE = 0  # number of the root, which has no parent


@inlined
def path_node(state: Any, number: int) -> Any:
    """Return the node `number` of the tree."""
    return record(PATH_NODE, state.path_nodes, number)


@native
def child_of(state: Any, parent: int, function: int) -> int:
    """Return the node of `function` when called from `parent`; the parent itself when the tree is full."""
    node = path_node(state, parent).first_child
    while node != _NONE and path_node(state, node).function != function:
        node = path_node(state, node).sibling
    if node != _NONE or state.path_count == PATH_NODES:
        return int(node if node != _NONE else parent)
    node = state.path_count
    state.path_count += 1
    fresh, above = path_node(state, node), path_node(state, parent)
    fresh.function = function
    fresh.parent = parent
    fresh.sibling = above.first_child
    above.first_child = node
    return int(node)


@native
def enter(state: Any, function: int) -> None:
    """Make `function`, called from the frame before, the function of the innermost frame."""
    caller = load(np.int64, state.frame_nodes, state.depth - 1)
    store(np.int64, state.frame_nodes, state.depth, child_of(state, caller, function))


@native
def arrive(state: Any, address: int) -> None:
    """Follow the core to `address` after a call, a return or an exception."""
    depth = 0
    if state.flow != FLOW_CALL:
        depth = state.depth
        while depth > 0 and load(np.int64, state.frame_returns, depth) != address:
            depth -= 1
    if depth > 0:
        state.depth = depth - 1
    elif state.flow == FLOW_RETURN:
        state.flow = FLOW_NONE
        return  # a jump through a register
    elif state.depth < FRAMES - 1:
        state.depth += 1
        store(np.int64, state.frame_returns, state.depth, state.flow_end)
        enter(state, address)
    state.flow, state.flow_end = FLOW_NONE, address


@native
def replace(state: Any, address: int) -> None:
    """Replace the innermost function after a jump to the first instruction of another, at `address`."""
    if state.depth > 0:
        enter(state, address)


@native
def spend(state: Any, cycles: int, instructions: int) -> None:
    """Charge the function that is being executed with `cycles` and `instructions`."""
    node = path_node(state, load(np.int64, state.frame_nodes, state.depth))
    node.cycles += cycles
    node.instructions += instructions
