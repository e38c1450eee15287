"""Memory layout that Python and the native code share.

Code is costed in traces: straight runs of instructions that are always executed from the first to the last.
The cost of a trace depends on the state of pipeline and buses at its start (MICRO, numbered when first seen).
It also depends on its events, each with an outcome: hits and misses of caches, operands of divisions. Traces,
their starts and their outcomes form trees whose leaves hold the cycles. The model itself only runs for a path
that was never taken before. See replay.py.
"""

from __future__ import annotations

import numpy as np

from scons_tinyml.emulator.timing.pipe import STAGES

MAX_CACHE_LINES, HINTS = 2048, 128
MAX_REGIONS = 16
#: First address of the system bus. Below, code is fetched over ICode and data goes over DCode (DDI 0337I 2.3.1).
SYSTEM_BUS = 0x2000_0000
#: Entries in the Cortex-M7's branch target address cache (see predictor.py) and store buffer (jnk0le).
PREDICTED_BRANCHES, STORE_BUFFER = 1024, 5
#: Limits of one trace: operands, words of operands, events.
MAX_OPERANDS, MAX_WORDS, MAX_EVENTS = 512, 8192, 4096
REGISTERS, FP_REGISTERS, UNITS = 16, 32, 4

#: ROW's `branch` of a branch that may not be taken.
CONDITIONAL = 2

#: One row per halfword of code; `rule` 0 is 'not decoded yet'.
ROW = np.dtype(
    [
        ("rule", np.uint8),
        ("cycles", np.uint8),
        ("long_cycles", np.uint8),
        ("refill", np.uint8),
        ("size_bytes", np.uint8),
        ("it_bytes", np.uint8),  # bytes of the IT block that follow this instruction
        ("one_cycle", np.uint8),  # traces.Timed.one_cycle
        ("memory", np.uint8),  # 0 none, 1 load, 2 store
        ("pipelines", np.uint8),
        ("width_bytes", np.uint8),
        ("words", np.uint8),
        ("addressed", np.uint8),  # the address decides the cycles
        ("fp", np.uint8),
        ("branch", np.uint8),  # 0 none, 1 always taken, CONDITIONAL
        # of pipe.Pipe, for cores with a scoreboard
        ("unit", np.uint8),
        ("result", np.uint8),
        ("hoists", np.uint8),
        ("late_for_first", np.uint8),
        ("late_load", np.uint8),
        ("sets_flags", np.uint8),
        ("reads_flags", np.uint8),
        ("fp_result", np.uint8),
        ("fp_result_to_accumulator", np.uint8),
        ("fp_blocks", np.uint8),
        ("fp_after_accumulate", np.uint8),
        ("stage_reads", np.uint16, (STAGES,)),
        ("slow_reads", np.uint16),
        ("writes", np.uint16),
        ("fp_writes", np.uint32),
        ("fp_accumulates", np.uint32),
        # registers as bit masks
        ("address_reads", np.uint16),
        ("computes", np.uint16),  # registers written by data processing
        ("loads", np.uint16),  # registers written by a load, without its base
        ("updates", np.uint16),  # base register that a load or store writes back
        ("fp_reads", np.uint32),
        ("fp_results", np.uint32),
    ],
    align=True,
)

#: Address of a memory operand, by registers at the start or end of its trace: base + (index << shift) +
#: offset. With `words` 0: the operands of a division or a long multiply, values of `base` and `index`.
OPERAND = np.dtype(
    [
        ("base", np.int8),  # -1: none
        ("index", np.int8),
        ("shift", np.int8),
        ("words", np.int8),
        ("width_bytes", np.int8),
        ("rule", np.uint8),
        ("signed", np.uint8),
        ("base_late", np.uint8),  # the values at the end of the trace count
        ("index_late", np.uint8),
        ("base_loaded", np.uint8),  # the word at `base` + `base_slot` counts
        ("index_loaded", np.uint8),
        ("address", np.int64),  # of its instruction
        ("offset", np.int64),
        ("base_slot", np.int64),
        ("index_slot", np.int64),
    ],
    align=True,
)

#: Trace of code. Its instructions are consecutive ROWs, its operands consecutive OPERANDs.
TRACE = np.dtype(
    [
        ("start", np.int64),
        ("end", np.int64),
        ("rows", np.int64),  # address of the first ROW
        ("first_operand", np.int64),
        ("operand_count", np.int64),
        ("late_count", np.int64),
        ("instructions", np.int64),
        ("block_end", np.int64),
        ("flow", np.int64),  # FLOW_*
        ("is_function", np.int64),  # starts with the first instruction of one
    ],
    align=True,
)
FLOW_NONE, FLOW_CALL, FLOW_RETURN, FLOW_ELSEWHERE = 0, 1, 2, 3

#: Node of a tree. `event` LEAF: the trace is over. Else: the next event and the first of its outcomes.
NODE = np.dtype(
    [
        ("event", np.int64),
        ("argument", np.int64),
        ("edge", np.int64),
        ("cycles", np.int64),  # leaf
        ("instructions", np.int64),  # leaf
        ("micro", np.int64),  # leaf: number of the state after it
        ("next_trace", np.int64),  # leaf: the trace that followed last, its signature and its root
        ("next_signature", np.int64),
        ("next_node", np.int64),
        ("count", np.int64),  # leaf: times that it was reached
        ("trace", np.int64),  # leaf
        ("detail", np.int64),  # leaf: index of the cycles of its instructions in `details`
    ],
    align=True,
)
EDGE = np.dtype([("outcome", np.int64), ("node", np.int64), ("other", np.int64)], align=True)

#: Function as called from a chain of others.
PATH_NODE = np.dtype(
    [
        ("function", np.int64),
        ("parent", np.int64),
        ("first_child", np.int64),
        ("sibling", np.int64),
        ("cycles", np.int64),
        ("instructions", np.int64),
    ],
    align=True,
)

#: Cache. A line is allocated whole and filled sector by sector. A sector is one read of the memory behind.
CACHE = np.dtype(
    [
        ("enabled", np.int64),
        ("line_shift", np.int64),
        ("sector_shift", np.int64),
        ("sets", np.int64),
        ("ways", np.int64),
        ("clock", np.int64),
        ("hints", np.int64, (HINTS,)),  # slots in which lines were found last
        ("lines", np.int64, (MAX_CACHE_LINES,)),
        ("sectors", np.int64, (MAX_CACHE_LINES,)),
        ("used", np.int64, (MAX_CACHE_LINES,)),
    ],
    align=True,
)

REGION = np.dtype(
    [
        ("start", np.int64),
        ("end", np.int64),
        ("kind", np.int64),  # FLASH, RAM or TIGHT
        ("wait_states", np.int64),
        ("memory", np.int64),  # address of its bytes
        ("rows", np.int64),  # address of its ROW table; without timing of its bytes
        ("traces", np.int64),  # address of its table of trace numbers, one per halfword
    ],
    align=True,
)
RAM, FLASH, TIGHT = 0, 1, 2

#: State of pipeline and buses. Fields before `expected` are times: cycles, relative to the end of the trace
#: before.
MICRO = np.dtype(
    [
        ("now", np.int64),  # first cycle after the last instruction
        ("start", np.int64),  # first cycle of execution of the last instruction
        ("fp_busy", np.int64),
        ("next_issue", np.int64),  # fetch unit: cycle of the request of the next word
        ("ready", np.int64, (8,)),  # cycle in which a word can be decoded, by number of the word
        ("taken", np.int64, (8,)),  # cycle in which a word left the queue
        ("data_free", np.int64),
        ("flash_free", np.int64),
        ("fetch_ready", np.int64),
        ("prefetch_start", np.int64),
        ("register_ready", np.int64),
        ("result", np.int64, (REGISTERS,)),  # scoreboard: when a register can be used
        ("fp_result", np.int64, (FP_REGISTERS,)),
        ("fp_accumulator", np.int64, (FP_REGISTERS,)),
        ("units", np.int64, (UNITS,)),  # when a unit that can be busy is free
        ("stores", np.int64, (STORE_BUFFER,)),  # when entries of the store buffer are free
        ("expected", np.int64),  # address after the last instruction
        ("before", np.int64),  # address of its ROW, or of a row of zeroes
        ("next_word", np.int64),
        ("space", np.int64),  # eighth of the address space of the access before: events.SPACE_SHIFT
        ("fetch_line", np.int64),
        ("prefetch_line", np.int64),
        ("refill", np.int64),  # of the last instruction, if it was a jump
        ("slow", np.int64),  # registers whose last result comes late to some readers, as bit masks
        ("late_for_first", np.int64),
        ("issued", np.int64),  # dual issue: instructions in the last cycle
        ("first_row", np.int64),  # dual issue: address of the ROW of the first of them
        ("first_upper", np.int64),  # dual issue: l1.UPPER if it accesses the upper word of a pair, else 0
        ("fetch_part", np.int64),  # part of the line that the flash delivers first, -1 when all are there
    ],
    align=True,
)
MICRO_WORDS = MICRO.itemsize // 8
TIME_WORDS = dict(MICRO.fields or {})["expected"][1] // 8
#: Times before the end of a trace by more than this make no difference: a queue is shorter.
HORIZON_CYCLES = 16

STATE = np.dtype(
    [
        # set by the host
        ("engine", np.int64),  # address of Unicorn's structure
        ("registers", np.int64),  # address of r0 to r15
        ("register_read", np.int64),  # address of uc_reg_read when `registers` is a copy, or 0
        ("stop", np.int64),  # addresses of uc_emu_stop and of discover(address, end)
        ("discover", np.int64),
        ("limit", np.int64),  # instructions
        ("limit_reached", np.int64),
        ("pause", np.int64),  # instructions, at most `limit`; see host.py
        ("deadline", np.int64),  # first cycle in which the host may want to act; see host.py
        ("wake", np.int64),  # cycle in which it certainly acts
        ("masks", np.int64),  # masks as the host saw them (see host.py): a change stops the run
        ("mask_read", np.int64),  # address of uc_reg_read
        ("stop_requested", np.int64),  # the host has to act
        ("retry", np.int64),  # stopped to be started again at the same place
        ("cut", np.int64),  # instruction at which the next trace has to begin
        # counters
        ("instructions", np.int64),
        ("now", np.int64),  # cycles since reset; without timing instructions, and time that was slept
        # the trace that is being executed
        ("pending", np.int64),  # its number, -1 for none
        ("pending_start", np.int64),
        ("pending_end", np.int64),
        ("block_start", np.int64),
        ("block_end", np.int64),
        ("first", np.int64, (MAX_OPERANDS,)),  # addresses, or first operands
        ("second", np.int64, (MAX_OPERANDS,)),
        ("outcomes", np.int64, (MAX_WORDS,)),  # of its operands, word by word
        ("signature", np.int64),  # hash of them
        # replay
        ("nothing", np.int64),  # address of a ROW of zeroes
        ("leaf", np.int64),
        ("micro_number", np.int64),
        ("log", np.int64, (MAX_EVENTS,)),  # outcomes of the events of the trace so far
        ("log_end", np.int64),
        ("log_next", np.int64),
        ("path_events", np.int64, (MAX_EVENTS,)),
        ("path_arguments", np.int64, (MAX_EVENTS,)),
        ("operand", np.int64),  # next operand of the trace, and its first word in `outcomes`
        ("slot", np.int64),
        ("from_flash", np.int64),  # the operand that the model looked at last was in flash
        ("skipped", np.int64),  # instructions before it that an IT skipped
        ("detail_start", np.int64),
        ("simulated", np.int64),  # traces that the model ran for
        ("full", np.int64),  # a table is full: stopped to be emptied
        # chains of calls
        ("profiling", np.int64),
        ("flow", np.int64),  # of the trace before, and where it ends
        ("flow_end", np.int64),
        ("depth", np.int64),
        ("path_count", np.int64),
        ("path_nodes", np.int64),
        ("frame_returns", np.int64),
        ("frame_nodes", np.int64),
        # tables: addresses and lengths
        ("traces", np.int64),
        ("operands", np.int64),
        ("nodes", np.int64),
        ("edges", np.int64),
        ("micros", np.int64),
        ("roots", np.int64),
        ("numbers", np.int64),
        ("details", np.int64),
        ("node_count", np.int64),
        ("edge_count", np.int64),
        ("micro_count", np.int64),
        ("detail_count", np.int64),
        # region that is executed, and the one that was read or written last
        ("code", REGION),
        ("data", REGION),
        # differences between cores with the same step
        ("queue_words", np.int64),
        ("system_bus_fetch", np.int64),
        ("shared_bus", np.int64),
        ("data_first", np.int64),
        ("decodes_branches", np.int64),
        ("prefetches_on_entry", np.int64),
        ("off", np.int64),  # NativeRule
        # flash and caches
        ("flash_wait_states", np.int64),
        ("line_shift", np.int64),
        ("miss_cycles", np.int64),  # of the cache in front of it
        ("next_line_cycles", np.int64),  # of code that goes on into the next line of its cache
        ("prefetch", np.int64),  # 0 is off
        ("register_shift", np.int64),  # last data read of the flash
        ("register_line", np.int64),
        ("unified", np.int64),  # the instruction cache serves data too
        ("sequel_line", np.int64),  # line of the flash behind the one that data missed last, if it does
        ("instruction_cache", CACHE),
        ("data_cache", CACHE),
        # of the Cortex-M7
        ("level1", np.int64),  # data goes through it
        ("predictor_branches", np.int64, (PREDICTED_BRANCHES,)),
        ("predictor_targets", np.int64, (PREDICTED_BRANCHES,)),
        ("predictor_counters", np.int64, (PREDICTED_BRANCHES,)),
        ("region_count", np.int64),
        ("regions", REGION, (MAX_REGIONS,)),
    ],
    align=True,
)

#: CUT is added to the address of a STATE for a hook of one instruction. FINISH and FORGET are commands in
#: place of sizes of blocks.
CUT, FINISH, FORGET = 1, -1, -2

#: Capacities of the tables. The system provides their memory when it is touched. When a table is full all
#: trees are forgotten, which costs time and changes no cycle.
NODES, EDGES, MICROS, DETAILS = 1 << 18, 1 << 18, 1 << 15, 1 << 21
ROOT_SLOTS, NUMBER_SLOTS = 1 << 19, 1 << 16
TRACES, OPERANDS = 1 << 20, 1 << 21
PATH_NODES, FRAMES = 1 << 16, 1 << 12
ROOT = np.dtype([("key", np.int64), ("signature", np.int64), ("node", np.int64)], align=True)
