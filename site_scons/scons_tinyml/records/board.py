"""Board descriptors: `boards/<name>.toml`."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from scons_tinyml.records.toml_file import FileRecord, Record, read_record
from scons_tinyml.records.units import Amperes, Bytes, Hertz, Volts, format_bytes

Core = Literal["cortex-m3", "cortex-m4"]
Feature = Literal["fpu", "dsp", "mve"]
Use = Literal["code", "weights", "data", "arena", "stack"]


class MemoryRegion(Record):
    """One contiguous range of the address map."""

    name: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="name in the linker script")
    kind: Literal["flash", "ram"]
    origin: int = Field(ge=0, lt=2**32, description="first address")
    size: Bytes = Field(gt=0)
    holds: tuple[Use, ...] = Field(min_length=1, description="what may live here")
    wait_states: int = Field(default=0, ge=0, le=15, description="extra cycles of an access, RAM only")

    @property
    def end(self) -> int:
        """First address after the region."""
        return self.origin + self.size


class Cache(Record):
    """A cache in front of the flash."""

    size: Bytes = Field(gt=0)
    line: Bytes = Field(gt=0)
    ways: int = Field(gt=0, description="1 is direct mapped; size / line is fully associative")

    @model_validator(mode="after")
    def _lines_fill_ways(self) -> Cache:
        if self.size % self.line or (self.size // self.line) % self.ways:
            raise ValueError(
                f"{format_bytes(self.size)} is not a whole number of lines of {self.line} B in {self.ways} ways"
            )
        return self


class FlashTiming(Record):
    """How the flash answers at the board's clock."""

    wait_states: int = Field(ge=0, le=15, description="extra cycles of a read of a new line")
    line_width_bits: Literal[32, 64, 128, 256] = Field(description="bits that one read delivers")
    prefetch: bool = Field(description="the next line is read ahead")
    instruction_cache: Cache | None = None
    data_cache: Cache | None = None


class Supply(Record):
    """What running costs, for estimates of energy."""

    voltage: Volts = Field(gt=0)
    run_current: Amperes = Field(
        gt=0, description="run mode from flash at the board's clock, peripherals off"
    )


class Board(FileRecord):
    """A microcontroller as a build sees it."""

    name: str
    vendor: str
    part: str
    description: str
    core: Core
    features: tuple[Feature, ...] = ()
    clock: Hertz = Field(gt=0)
    interrupts: int = Field(ge=0, le=480, description="external interrupts in the vector table")
    memory: tuple[MemoryRegion, ...] = Field(min_length=2)
    flash: FlashTiming
    supply: Supply
    sources: dict[str, str] = Field(description="for each figure the document and section it comes from")

    @field_validator("memory")
    @classmethod
    def _regions_are_apart(cls, memory: tuple[MemoryRegion, ...]) -> tuple[MemoryRegion, ...]:
        ordered = sorted(memory, key=lambda region: region.origin)
        for low, high in pairwise(ordered):
            if low.end > high.origin:
                raise ValueError(
                    f"{low.name} (0x{low.origin:08x} to 0x{low.end:08x}) overlaps "
                    f"{high.name} (from 0x{high.origin:08x})"
                )
        names = [region.name for region in memory]
        if len(set(names)) != len(names):
            raise ValueError(f"region names are not unique: {', '.join(names)}")
        for use in ("code", "weights", "data", "arena", "stack"):
            if not any(use in region.holds for region in memory):
                raise ValueError(f"no region holds '{use}'")
        return memory

    @model_validator(mode="after")
    def _figures_have_sources(self) -> Board:
        needed = {"core", "clock", "interrupts", "memory", "flash.wait_states", "flash.line_width_bits"}
        needed |= {"flash.prefetch", "supply.voltage", "supply.run_current"}
        needed |= {"flash.instruction_cache"} if self.flash.instruction_cache else set()
        needed |= {"flash.data_cache"} if self.flash.data_cache else set()
        missing = sorted(needed - set(self.sources))
        if missing:
            raise ValueError(f"sources: no source is given for {', '.join(missing)}")
        return self

    def regions(self, use: Use) -> tuple[MemoryRegion, ...]:
        """Regions that may hold `use`, largest first."""
        found = (region for region in self.memory if use in region.holds)
        return tuple(sorted(found, key=lambda region: (-region.size, region.origin)))

    @property
    def flash_capacity_bytes(self) -> int:
        """Bytes of all flash regions together."""
        return sum(region.size for region in self.memory if region.kind == "flash")

    @property
    def ram_capacity_bytes(self) -> int:
        """Bytes of all RAM regions together."""
        return sum(region.size for region in self.memory if region.kind == "ram")

    @property
    def core_name(self) -> str:
        """Core with its floating-point unit: 'cortex-m4f' is a Cortex-M4 that has one."""
        return f"{self.core}f" if "fpu" in self.features else self.core


def read_board(path: Path) -> Board:
    """The board in `path`; its name is the stem of the file. Raises RecordError."""
    return read_record(path, Board, name=path.stem)
