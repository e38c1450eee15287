"""Board descriptors: `boards/<name>.toml`."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import Field, field_validator, model_validator

from scons_tinyml.records import cores
from scons_tinyml.records.cores import UNIT_LETTERS, Feature
from scons_tinyml.records.pin_names import PIN_PATTERN, PinLevel, PinName
from scons_tinyml.records.quantities import Amperes, Bytes, Hertz, Volts
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.texts import Prose
from scons_tinyml.records.toml_file import FileRecord, Record, read_record
from scons_tinyml.records.units import format_bytes

if TYPE_CHECKING:
    CoreName = str
else:
    CoreName = Literal[cores.names()]
Use = Literal["code", "weights", "data", "arena", "stack"]


_LARGEST_REGION_BYTES = 2**27
"""128 MiB: 64 times the flash of the largest shipped board, and as much as external memories have."""
_LARGEST_CACHE_BYTES = 2**20
"""Sixteen times the largest cache that a Cortex-M7 can have; the emulator keeps the tags of all lines."""
_MOST_PINS = 256
"""More than the largest package has."""
_MOST_REGIONS = 32
"""Four times as many as any shipped board has."""


class MemoryRegion(Record):
    """One contiguous range of the address map."""

    name: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="name in the linker script")
    kind: Literal["flash", "ram"]
    origin: int = Field(ge=0, lt=2**32, description="first address")
    size: Bytes = Field(gt=0, le=_LARGEST_REGION_BYTES)
    holds: tuple[Use, ...] = Field(min_length=1, description="what may live here")
    wait_states: int = Field(default=0, ge=0, le=15, description="extra cycles of an access, RAM only")
    tightly_coupled: bool = Field(
        default=False,
        description="RAM on a port of the core of its own, which its caches are not in front of",
    )

    @property
    def end(self) -> int:
        """First address after the region."""
        return self.origin + self.size

    @model_validator(mode="after")
    def _is_in_address_space(self) -> MemoryRegion:
        if self.end > 2**32:
            raise ValueError(
                f"{self.name} ends at 0x{self.end:x}; the last address is 0xffffffff, so that at most "
                f"{format_bytes(2**32 - self.origin)} fit behind its origin"
            )
        return self


class Cache(Record):
    """A cache in front of the flash, or of all memory."""

    size: Bytes = Field(gt=0, le=_LARGEST_CACHE_BYTES)
    line: Bytes = Field(gt=0)
    ways: int = Field(gt=0, description="1 is direct mapped; size / line is fully associative")
    miss_cycles: int = Field(
        default=0, ge=0, le=255, description="what a miss adds to the read of the memory behind the cache"
    )
    next_line_cycles: int = Field(
        default=0,
        ge=0,
        le=255,
        description="what code adds that goes on into the next line of an instruction cache",
    )
    replacement: Literal["lru", "random"] | None = Field(
        default=None,
        description="which line of a set makes room: least recently used, or any; left out where no manual says",
    )

    @model_validator(mode="after")
    def _lines_fill_ways(self) -> Cache:
        if self.size % self.line or (self.size // self.line) % self.ways:
            raise ValueError(
                f"{format_bytes(self.size)} is not a whole number of lines of {self.line} B in {self.ways} ways"
            )
        return self


class FlashTiming(Record):
    """Timing of the flash at the board's clock, with the buffers and caches in front of it."""

    wait_states: int = Field(
        ge=0,
        le=255,
        description="extra cycles of a read that nothing in front of the flash answers; "
        "of a serial flash those of the whole transfer",
    )
    line_width_bits: Literal[32, 64, 128, 256] = Field(description="bits that one read delivers")
    prefetch: bool = Field(description="the next line is read ahead")
    instruction_cache: Cache | None = Field(default=None, description="serves instruction fetches only")
    data_cache: Cache | None = Field(default=None, description="serves reads of data only")
    unified_cache: Cache | None = Field(default=None, description="serves instructions and data alike")
    data_register_bits: Literal[0, 32, 64, 128, 256] | None = Field(
        default=None,
        description="bits that a register keeps of the data read last: 0 is no register; "
        "left out, as many as one read delivers, and 128 at least in front of a data cache",
    )

    @model_validator(mode="after")
    def _unified_stands_alone(self) -> FlashTiming:
        if self.unified_cache and (self.instruction_cache or self.data_cache):
            raise ValueError(
                "unified_cache serves instructions and data: a second cache beside it has no task"
            )
        return self

    @model_validator(mode="after")
    def _a_cache_keeps_data(self) -> FlashTiming:
        cache = "data_cache" if self.data_cache else "unified_cache" if self.unified_cache else None
        if self.data_register_bits == 0 and cache:
            raise ValueError(
                f"data_register_bits is 0, so that no data is kept, but {cache} keeps what was read last: "
                "leave one of them out"
            )
        return self


class CoreCaches(Record):
    """Level-1 caches of the core: in front of the flash and of all RAM that is not tightly coupled."""

    instruction: Cache
    data: Cache


class Supply(Record):
    """Voltage and current of the chip, for estimates of energy."""

    voltage: Volts = Field(gt=0)
    run_current: Amperes = Field(
        gt=0, description="run mode from flash at the board's clock, peripherals off"
    )
    sleep_current: Amperes | None = Field(
        default=None,
        gt=0,
        description="the deepest sleep that keeps the RAM and wakes by a clock; left out, not known",
    )


class ExternalClock(Record):
    """A clock that the board supplies to the chip. A board whose file has this table needs the part."""

    frequency: Hertz = Field(gt=0)
    kind: Literal["crystal", "signal"] = Field(
        description="a crystal, which the chip makes swing, or a signal that comes ready-made"
    )


class SerialOutput(Record):
    """Port and pin of the text output: 115200 baud, 8 bits, no parity, 1 stop bit."""

    port: str = Field(
        pattern=r"^[A-Z]+[0-9]*$",
        description="serial port by the name that the manual gives it",
        examples=["USART2"],
    )
    tx: str = Field(
        pattern=PIN_PATTERN,
        description="pin that sends",
        examples=["PA2"],
    )
    alternate_function: int | None = Field(
        default=None,
        ge=0,
        le=15,
        description="number that connects pin and port, where the chip has such numbers",
    )


BOOT_STAGE_BYTES = {"rp2040": 256, "rp2350": 512, "ra4m1": 0x500, "imxrt": 0x2000}
"""Bytes of a boot stage, which lies in front of the vector table.

RP2040 datasheet, section 2.8.1.3.1. RP2350: as much as its vector table is aligned to. RA4M1: reset vectors
and option-setting memory, up to the next alignment. i.MX RT: where its maker begins images.
"""


class Board(FileRecord):
    """A microcontroller with its clock, memory, caches and peripherals."""

    name: Prose
    vendor: Prose
    part: Prose
    description: Prose
    core: CoreName
    features: tuple[Feature, ...] = ()
    clock: Hertz = Field(gt=0)
    interrupts: int = Field(ge=0, le=480, description="external interrupts in the vector table")
    memory: tuple[MemoryRegion, ...] = Field(min_length=2, max_length=_MOST_REGIONS)
    flash: FlashTiming
    core_caches: CoreCaches | None = Field(
        default=None, description="caches inside of the core, which the start-up code enables"
    )
    devices: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="chip family of which the emulator models clock, flash and UART registers: "
        "a file of emulator/devices",
    )
    boot_stage: Literal["rp2040", "rp2350", "ra4m1", "imxrt"] | None = Field(
        default=None, description="code or data that the chip's boot ROM wants in front of the vector table"
    )
    external_clock: ExternalClock | None = Field(
        default=None,
        description="what the start-up code makes the core's clock of; left out, an oscillator inside of the chip",
    )
    regulator: Literal["ldo", "smps"] | None = Field(
        default=None,
        description="what supplies the core, where a chip leaves the choice to how its board is wired",
    )
    serial: SerialOutput | None = Field(default=None, description="left out where nothing is connected")
    pins: dict[PinName, PinLevel] = Field(
        default_factory=dict,
        max_length=_MOST_PINS,
        description="levels that the board gives to pins, such as that of a button that nobody presses",
        examples=[{"PC13": "high"}],
    )
    supply: Supply | None = Field(
        default=None, description="left out where no document at hand gives the current"
    )
    comparison: Prose | None = Field(
        default=None,
        description="published times of this very chip that its cycles were compared with, and the page with the "
        "result; left out, cycles rest on the model of the core alone, as compared on other chips",
    )
    sources: dict[Prose, Prose] = Field(description="for each figure the document and section it comes from")

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
    def _core_can_have_it(self) -> Board:
        ways = self.core_facts.cache_ways
        if self.core_caches and ways is None:
            raise ValueError(f"core_caches: a {self.core} has none")
        if self.core_caches and (self.core_caches.instruction.ways, self.core_caches.data.ways) != ways:
            raise ValueError(
                "core_caches: a {} has {} ways for instructions and {} for data".format(
                    self.core, *ways or ()
                )
            )
        absent = sorted(set(self.features) - self.core_facts.features)
        if absent:
            raise ValueError(f"features: a {self.core} has no {' and no '.join(absent)}")
        if "fpu_double" in self.features and "fpu" not in self.features:
            raise ValueError("features: fpu_double is a kind of fpu, which has to be listed too")
        return self

    @model_validator(mode="after")
    def _figures_have_sources(self) -> Board:
        needed = {"core", "clock", "interrupts", "memory", "flash.wait_states", "flash.line_width_bits"}
        needed |= {"flash.prefetch"}
        needed |= {"supply.voltage", "supply.run_current"} if self.supply else set()
        needed |= {"supply.sleep_current"} if self.supply and self.supply.sleep_current else set()
        caches = ("instruction_cache", "data_cache", "unified_cache")
        needed |= {f"flash.{name}" for name in caches if getattr(self.flash, name)}
        needed |= {"flash.data_register_bits"} if self.flash.data_register_bits is not None else set()
        optional = ("core_caches", "boot_stage", "external_clock", "regulator", "serial", "pins")
        needed |= {key for key in optional if getattr(self, key)}
        missing = sorted(needed - set(self.sources))
        if missing:
            raise ValueError(f"sources: no source is given for {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _sources_are_of_figures(self) -> Board:
        known = self._figures()
        for key in self.sources:
            if ".".join(key.split(".")[:2]) not in known:
                raise ValueError(f"sources: there is no figure '{key}'; {did_you_mean(key, known)}")
        return self

    def _figures(self) -> set[str]:
        """Return the keys that may have a source: fields, fields of tables, regions and uses of the memory."""
        tables: dict[str, type[Record]] = {
            "flash": FlashTiming,
            "core_caches": CoreCaches,
            "external_clock": ExternalClock,
            "serial": SerialOutput,
            "supply": Supply,
        }
        of_tables = {f"{name}.{field}" for name, table in tables.items() for field in table.model_fields}
        of_memory = {f"memory.{name}" for name in (*get_args(Use), *(region.name for region in self.memory))}
        fields = set(Board.model_fields) - {"schema_url", "name", "sources"}
        return fields | of_tables | of_memory

    def regions(self, use: Use) -> tuple[MemoryRegion, ...]:
        """Return the regions that may hold `use`: flash before RAM, then the largest first."""
        found = (region for region in self.memory if use in region.holds)
        return tuple(sorted(found, key=lambda region: (region.kind == "ram", -region.size, region.origin)))

    @property
    def vector_table(self) -> int:
        """Address of the vector table, which the core starts from. It follows the boot stage, if there is one."""
        return self.regions("code")[0].origin + (BOOT_STAGE_BYTES[self.boot_stage] if self.boot_stage else 0)

    @property
    def flash_capacity_bytes(self) -> int:
        """Bytes of all flash regions together."""
        return sum(region.size for region in self.memory if region.kind == "flash")

    @property
    def ram_capacity_bytes(self) -> int:
        """Bytes of all RAM regions together."""
        return sum(region.size for region in self.memory if region.kind == "ram")

    @property
    def core_facts(self) -> cores.Core:
        """Record of the board's core."""
        return cores.core(self.core)

    @property
    def core_name(self) -> str:
        """Core with its floating-point unit: 'cortex-m4f' has one, 'cortex-m7fd' one of double precision."""
        return self.core + "".join(letter for unit, letter in UNIT_LETTERS.items() if unit in self.features)


def core_names() -> tuple[str, ...]:
    """Return all values of `Board.core_name`."""
    return tuple(
        name + "".join(UNIT_LETTERS.values())[:count]
        for name in cores.names()
        for count in range(len(cores.core(name).features & UNIT_LETTERS.keys()) + 1)
    )


def read_board(path: Path) -> Board:
    """Return the board in the TOML file `path`; its name is the stem of the file. Raises RecordError."""
    return read_record(path, Board, name=path.stem)
