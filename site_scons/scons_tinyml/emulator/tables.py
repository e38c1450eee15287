"""Tables behind native code: traces, operands and the trees of the costs of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scons_tinyml.emulator.instruction import Kind
from scons_tinyml.emulator.memory import zeros
from scons_tinyml.emulator.timing.native import layout
from scons_tinyml.emulator.traces import Trace
from scons_tinyml.records.errors import UnsupportedError

_LEAF = 0


def new_state() -> Any:
    """Return a zeroed STATE, as an array of one."""
    return np.zeros(1, layout.STATE)


class Tables:
    """Tables of one machine."""

    def __init__(self, state: Any) -> None:
        self._state = state
        self.micros = zeros(layout.MICROS, layout.MICRO)
        self._nodes = zeros(layout.NODES, layout.NODE)
        self._details = zeros(layout.DETAILS, np.uint16)
        self._traces = zeros(layout.TRACES, layout.TRACE)
        self._operands = zeros(layout.OPERANDS, layout.OPERAND)
        self._paths = zeros(layout.PATH_NODES, layout.PATH_NODE)
        self._nothing = np.zeros(1, layout.ROW)  # stands for the instruction before reset
        self._tables = {
            "micros": self.micros,
            "nodes": self._nodes,
            "details": self._details,
            "traces": self._traces,
            "operands": self._operands,
            "edges": zeros(layout.EDGES, layout.EDGE),
            "roots": zeros(layout.ROOT_SLOTS, layout.ROOT),
            "numbers": zeros(layout.NUMBER_SLOTS, np.int64),
            "nothing": self._nothing,
            "path_nodes": self._paths,
            "frame_returns": zeros(layout.FRAMES, np.int64),
            "frame_nodes": zeros(layout.FRAMES, np.int64),
        }
        self._addresses: dict[int, tuple[int, ...]] = {}
        self._trace_count, self._operand_count = 1, 0  # number 0 means: not cut yet
        self._counted: dict[int, tuple[int, int]] = {}

    def put(self, state: Any) -> None:
        """Write the addresses of the tables to `state`."""
        for name, table in self._tables.items():
            state[name] = table.ctypes.data

    def forget_counts(self) -> None:
        """Set the profile to zero."""
        self._counted.clear()
        self._paths[: int(self._state["path_count"][0]) + 1] = np.zeros(1, layout.PATH_NODE)
        self._state["path_count"] = 1

    def first_micro(self) -> None:
        """Set the pipeline to its state after reset: empty."""
        micro = np.zeros(1, layout.MICRO)
        for name in ("expected", "fetch_line", "prefetch_line", "fetch_part"):
            micro[name] = -1
        micro["before"] = self._nothing.ctypes.data
        self.restart(micro[0])

    def restart(self, micro: Any) -> None:
        """Make `micro` the only known state of the pipeline and the current one."""
        self.micros[0] = micro
        self._state["micro_count"] = 1
        self._state["micro_number"] = 0

    def add_trace(
        self,
        trace: Trace,
        first_row: int,
        operands: Sequence[tuple[Any, ...]],
        block_end: int,
        is_function: bool,
    ) -> int:
        """Add `trace`. Return its number. `is_function`: a function begins with it.

        Raises UnsupportedError when the tables are full.
        """
        number, first = self._trace_count, self._operand_count
        if number >= layout.TRACES or first + len(operands) > layout.OPERANDS:
            raise UnsupportedError(f"the emulator takes at most {layout.TRACES} traces of code in one run")
        self._trace_count += 1
        self._operand_count += len(operands)
        for place, values in enumerate(operands, first):
            self._operands[place] = values
        count, flow = len(trace.instructions), flow_of(trace)
        self._traces[number] = (
            trace.start,
            trace.end,
            first_row,
            first,
            len(operands),
            sum(operand.base.late or operand.index.late for operand in trace.operands),
            count,
            block_end,
            flow,
            is_function,
        )
        self._addresses[number] = tuple(timed.instruction.address for timed in trace.instructions)
        return number

    def harvest(self) -> None:
        """Add the counts of leaves to the profile, and set them to zero."""
        nodes = self._nodes[: int(self._state["node_count"][0])]
        for node in np.flatnonzero((nodes["event"] == _LEAF) & (nodes["count"] > 0)):
            leaf = nodes[node]
            count, first = int(leaf["count"]), int(leaf["detail"])
            addresses = self._addresses[int(leaf["trace"])]
            cycles = self._details[first : first + len(addresses)].tolist()
            for address, spent in zip(addresses, cycles, strict=True):
                executions, total = self._counted.get(address, (0, 0))
                self._counted[address] = executions + count, total + count * spent
            leaf["count"] = 0

    def count(self, address: int, cycles: int) -> None:
        """Count an execution of `cycles` of the instruction at `address`."""
        executions, before = self._counted.get(address, (0, 0))
        self._counted[address] = executions + 1, before + cycles
        node = self._tables["frame_nodes"][int(self._state["depth"][0])]
        self._paths[node]["instructions"] += 1
        self._paths[node]["cycles"] += cycles

    def profile(self) -> dict[int, tuple[int, int]]:
        """Return (executions, cycles) by address."""
        return dict(sorted(self._counted.items()))

    def name_root(self, function: int) -> None:
        """Set the function at the root of all chains of calls."""
        self._paths[0]["function"] = function

    def paths(self) -> list[tuple[tuple[int, ...], int, int]]:
        """Return chains of calls, outermost function first, with cycles and instructions of the innermost."""
        count = int(self._state["path_count"][0])
        nodes = self._paths[:count]
        chains: list[tuple[int, ...]] = [(0,)]
        for node in nodes[1:]:  # a parent has a smaller number than its children
            chains.append((*chains[int(node["parent"])], int(node["function"])))
        chains = [(int(nodes[0]["function"]), *chain[1:]) for chain in chains]
        spent = zip(chains, nodes["cycles"].tolist(), nodes["instructions"].tolist(), strict=True)
        return [(chain, cycles, instructions) for chain, cycles, instructions in spent if instructions]


def flow_of(trace: Trace) -> int:
    """Return the effect of the last instruction of a trace on the stack of calls."""
    last = trace.instructions[-1].instruction
    name = last.mnemonic.split()[0].split(".")[0]
    if name in {"bl", "blx"}:
        return layout.FLOW_CALL
    jumps = last.writes_pc and last.kind not in {Kind.BRANCH, Kind.TABLE_BRANCH}
    return layout.FLOW_RETURN if jumps else layout.FLOW_NONE
