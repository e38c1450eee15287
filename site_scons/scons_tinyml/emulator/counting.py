"""Counter of instructions for runs without timing: one native hook at every block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scons_tinyml.emulator.memory import Mapping, zeros
from scons_tinyml.emulator.memory_timing import set_regions
from scons_tinyml.emulator.settings import Settings
from scons_tinyml.emulator.tables import new_state

if TYPE_CHECKING:
    from scons_tinyml.emulator.engine import Engine

#: Unicorn ends a block of code at a page of 1 KiB.
_MOST_BYTES_OF_A_BLOCK = 1024


class Counting:
    """Replacement of CycleClock that counts instructions only."""

    error: Exception | None = None

    def __init__(self, mappings: Sequence[Mapping], memories: Sequence[Any], engine: Engine) -> None:
        from unicorn.unicorn_const import UC_HOOK_BLOCK

        from scons_tinyml.emulator.timing.native.compiled import counting

        self.state = new_state()
        self._engine, self._mappings = engine, mappings
        self._counts = [zeros(mapping.size_bytes // 2, np.int32) for mapping in mappings]
        set_regions(self.state, mappings, memories, memories, self._counts)
        self.state["stop"] = engine.address_of("uc_emu_stop")
        self.state["deadline"] = np.iinfo(np.int64).max
        engine.add_native_hook(UC_HOOK_BLOCK, counting().address, self.state)

    def close(self) -> None:
        """Free the counts. Nothing runs afterwards."""
        del self._counts

    def reset(self) -> None:
        """Set the count to zero."""
        self.state["instructions"] = 0

    def is_exact(self) -> bool:
        """Return True: without timing, time passes block by block."""
        return True

    def follow(self, settings: Settings) -> None:
        """Ignore flash settings of the image, which change no count."""

    def forget(self, address: int, size: int) -> None:
        """Count code between `address` and `address + size` anew, as it was written."""
        for mapping, counts in zip(self._mappings, self._counts, strict=True):
            first = max(address - _MOST_BYTES_OF_A_BLOCK, mapping.start) - mapping.start
            end = min(address + size, mapping.end) - mapping.start
            counts[first // 2 : max(end, 0) // 2 + 1] = 0

    def breakpoint(self, _address: int) -> None:
        """Do nothing: a breakpoint was counted with its block."""

    def send_event(self, _address: int) -> None:
        """Count an SEV, which takes one cycle like every instruction."""
        self.state["instructions"] += 1
        self.state["now"] += 1

    def run(self, start: int) -> int:
        """Run from `start` until the engine stops. Return Unicorn's error number, 0 for none."""
        return self._engine.run(start)
