"""Memory layout that Python and the native code share: one row per instruction, one state per machine."""

from __future__ import annotations

import numpy as np

MAX_CACHE_LINES = 1024
MAX_REGIONS = 8

#: One row per halfword of code; `rule` 0 is 'not decoded yet'. Registers in `base`, `index`, `first`, `second` are
#: Unicorn's register ids, -1 when there is none.
ROW = np.dtype(
    [
        ("rule", np.uint8),
        ("cycles", np.uint8),
        ("long_cycles", np.uint8),
        ("refill", np.uint8),
        ("size_bytes", np.uint8),
        ("it_bytes", np.uint8),  # bytes of the IT block that follow this instruction
        ("memory", np.uint8),  # 0 none, 1 load, 2 store
        ("pipelines", np.uint8),
        ("signed", np.uint8),
        ("width_bytes", np.uint8),
        ("words", np.uint8),
        ("shift", np.uint8),
        ("addressed", np.uint8),  # the address decides the cycles: compute it
        ("simple", np.uint8),  # FIXED, without memory, floating point and wide_unaligned
        ("fp", np.uint8),
        ("wide_unaligned", np.uint8),  # 32 bits wide, and not on a word boundary
        ("address_reads", np.uint16),
        ("computes", np.uint16),  # registers written by data processing
        ("loads", np.uint16),  # registers written by a load, without its base
        ("base", np.int16),
        ("index", np.int16),
        ("first", np.int16),
        ("second", np.int16),
        ("offset", np.int64),
        ("fp_reads", np.uint32),
        ("fp_results", np.uint32),
    ],
    align=True,
)

#: A cache of flash lines: a line is allocated whole and filled sector by sector, a sector being one read of the flash.
CACHE = np.dtype(
    [
        ("enabled", np.int64),
        ("line_shift", np.int64),
        ("sector_shift", np.int64),
        ("sets", np.int64),
        ("ways", np.int64),
        ("clock", np.int64),
        ("recent", np.int64),
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
        ("is_flash", np.int64),
        ("wait_states", np.int64),
        ("rows", np.int64),  # address of its ROW table
    ],
    align=True,
)

STATE = np.dtype(
    [
        # what the host gives
        ("register_read", np.int64),  # addresses of uc_reg_read, uc_emu_stop and of decode(address)
        ("stop", np.int64),
        ("decode", np.int64),
        ("limit", np.int64),  # instructions
        ("limit_reached", np.int64),
        # counters
        ("instructions", np.int64),
        ("now", np.int64),  # first cycle after the last instruction: cycles since reset
        # the instruction before
        ("before", np.int64),  # address of its ROW, or of `nothing` when its IT skipped it
        ("nothing", np.int64),  # address of a ROW of zeroes
        ("expected", np.int64),  # address after it
        ("start", np.int64),  # its first cycle of execution
        ("fp_busy", np.int64),
        ("wide_next", np.int64),  # where an unaligned wide instruction would continue the run
        ("wide_run", np.int64),  # unaligned wide instructions in a row, and how many of them are stores
        ("wide_stores", np.int64),
        # fetch unit
        ("next_word", np.int64),
        ("next_issue", np.int64),
        ("ready", np.int64, (4,)),  # cycle in which a word can be decoded, by number of the word
        ("taken", np.int64, (4,)),  # cycle in which a word left the queue
        # region that is executed
        ("code_start", np.int64),
        ("code_bytes", np.int64),
        ("code_rows", np.int64),
        ("code_is_flash", np.int64),
        ("code_wait_states", np.int64),
        # region that was read or written last
        ("data_start", np.int64),
        ("data_bytes", np.int64),
        ("data_is_flash", np.int64),
        ("data_wait_states", np.int64),
        # buses and flash
        ("data_free", np.int64),
        ("wait_states", np.int64),
        ("line_shift", np.int64),
        ("prefetch", np.int64),
        ("flash_free", np.int64),
        ("fetch_line", np.int64),
        ("fetch_ready", np.int64),
        ("prefetch_line", np.int64),
        ("prefetch_start", np.int64),
        ("register_shift", np.int64),  # last data read of the flash
        ("register_line", np.int64),
        ("register_ready", np.int64),
        ("instruction_cache", CACHE),
        ("data_cache", CACHE),
        ("region_count", np.int64),
        ("regions", REGION, (MAX_REGIONS,)),
    ],
    align=True,
)
