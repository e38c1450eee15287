"""One way to run one layer: a function with its arguments, its constants and its code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, Protocol

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.families.base import CStruct


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True)
class Parameters:
    """Argument: the address of a constant parameter struct."""

    struct: CStruct


@dataclass(frozen=True)
class Input:
    """Argument: the address of an activation or a state that the layer reads."""

    position: int
    """Index in `Layer.inputs`."""


@dataclass(frozen=True)
class Output:
    """Argument: the address of an activation that the layer writes."""

    position: int
    """Index in `Layer.outputs`."""


@dataclass(frozen=True)
class ConstantData:
    """Argument: the address of a constant array, in the layout that the function reads."""

    role: str
    """Name of the array: 'filter', 'bias'."""
    c_type: str
    data: bytes
    comment: str = field(default="", compare=False)
    in_ram: bool = False
    """True when start-up code copies the array into RAM: it then takes flash and RAM."""
    timed: bool = True
    """False when the function takes as long for any content, so that layers with other weights share its row."""


@dataclass(frozen=True)
class Absent:
    """Argument: NULL, for an absent optional input."""


@dataclass(frozen=True)
class EachImage:
    """Argument: the address of one image's part of a tensor. The function is called for each of `images` in turn."""

    address: Input | Output
    images: int


@dataclass(frozen=True)
class Scratch:
    """Argument: the address of the scratch, NULL when the function needs none."""


Address = Input | Output | EachImage | ConstantData | Absent


@dataclass(frozen=True)
class Listed:
    """Argument: an array of addresses, for functions with any number of tensors."""

    role: str
    """Name of the array: 'inputs' or 'outputs'."""
    c_type: str
    addresses: tuple[Address, ...]


Argument = Parameters | Address | Listed | Scratch


@dataclass(frozen=True)
class DeclaredCode:
    """Code in the C files that a kernel declares, compiled once for all layers."""

    kernel: Kernel

    @property
    def declaration(self) -> str:
        """C declaration of the function, by a function type of the operator's header."""
        return f"tinyml_{self.kernel.operator.lower()}_{self.kernel.type}_kernel {self.kernel.function}"

    @property
    def header(self) -> str:
        """Header with that type."""
        return f"tinyml/{self.kernel.operator.lower()}.h"


@dataclass(frozen=True)
class GeneratedCode:
    """Code generated for this layer and compiled with the network."""

    declaration: str
    """C prototype of the function without the semicolon."""
    text: str
    """C source of the function and its helpers; assembler functions are at file scope."""
    optimize: str = "-O2"
    """Optimization level of the text, set by a pragma around it."""


Code = DeclaredCode | GeneratedCode


@dataclass(frozen=True)
class Implementation:
    """A function that can run a layer, with everything that a call needs.

    It holds no index of the graph, so it is equal for the layer alone and in its network.
    """

    name: str
    """'<set>/<kernel>', the name in reports and in the cost database."""
    function: str
    code: Code
    arguments: tuple[Argument, ...]
    scratch_bytes: int = 0
    in_place: bool = False
    """True when the output may replace an input of the same type and size."""
    max_ulps: int = 0
    """Largest distance in ulps of a float32 result from the oracle's; 0 means equal bytes."""
    variant_of: str = ""
    """Name of the implementation of which this is a variant: it is tried only where that one is among the fastest."""
    explanation: tuple[str, ...] = field(default=(), compare=False)
    """Sentences on schedule, layout and proof, which `scons why` prints."""
    in_ram: bool = field(default=False, compare=False)
    """True when the function itself is in RAM, as initial data. Name and code of such a variant say so too."""
    reads_constants_once: bool = False
    """True when the function reads each constant about once, or copies them itself: they gain nothing in RAM."""

    @property
    def set_name(self) -> str:
        """Name of the kernel set."""
        return self.name.partition("/")[0]

    @property
    def images(self) -> int:
        """Number of calls: one for each image."""
        return max((found.images for found in self.arguments if isinstance(found, EachImage)), default=1)

    @property
    def constants(self) -> Iterator[ConstantData]:
        """Arrays that are passed to the function, without those that a parameter struct points to."""
        for argument in self.arguments:
            addresses = argument.addresses if isinstance(argument, Listed) else (argument,)
            yield from (found for found in addresses if isinstance(found, ConstantData))

    @property
    def base(self) -> str:
        """Name of the implementation without variants."""
        return self.variant_of or self.name

    @property
    def uses_ram_constants(self) -> bool:
        """True when the function reads constants from RAM."""
        return any(found.in_ram for found in self.constants)

    @property
    def depends_on_ram(self) -> bool:
        """True when the function reads constants from RAM or runs there, which decides about its error band."""
        return self.in_ram or self.uses_ram_constants

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all fields: function, code, arguments, constants. Comments do not count."""
        return _sha256(getattr(self, part.name) for part in fields(self) if part.compare)

    @property
    def code_digest(self) -> str:
        """Part of the cost key: a digest for generated code, '' for others. Of untimed constants the size counts."""
        if not isinstance(self.code, GeneratedCode):
            return ""
        arguments = tuple(
            replace(item, data=b"%d" % len(item.data))
            if isinstance(item, ConstantData) and not item.timed
            else item
            for item in self.arguments
        )
        return replace(self, arguments=arguments).digest

    @property
    def proof_digest(self) -> str:
        """Part of the key of a proof: the digest for generated code, '' for declared code.

        Implementations that differ in the place of constants alone are proven once.
        """
        if not isinstance(self.code, GeneratedCode):
            return ""
        if not self.variant_of or self.in_ram:
            return self.digest
        arguments = tuple(
            replace(item, in_ram=False) if isinstance(item, ConstantData) else item for item in self.arguments
        )
        return replace(self, name=self.base, variant_of="", arguments=arguments).digest


@dataclass(frozen=True)
class Refusal:
    """A kernel for the layer's operator that cannot run this layer."""

    name: str
    """'<set>/<kernel>'."""
    reason: str


Lowered = Implementation | Refusal


def implementations(lowered: Iterable[Lowered]) -> tuple[Implementation, ...]:
    """Return the implementations in `lowered`."""
    return tuple(item for item in lowered if isinstance(item, Implementation))


def _sha256(values: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for value in values:
        _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: _Digest, value: Any) -> None:
    """Update the digest with kind, length and value, so that different values never feed the same bytes."""
    if isinstance(value, bytes):
        digest.update(b"bytes %d:" % len(value))
        digest.update(value)
    elif isinstance(value, Kernel):
        _feed(digest, (value.function, value.sources, value.external_sources))
    elif is_dataclass(value):
        compared = [part for part in fields(value) if part.compare]
        digest.update(f"{type(value).__name__} {len(compared)}:".encode())
        for part in compared:
            _feed(digest, getattr(value, part.name))
    elif isinstance(value, Mapping):
        digest.update(b"map %d:" % len(value))
        for key, item in value.items():
            _feed(digest, key)
            _feed(digest, item)
    elif isinstance(value, tuple):
        digest.update(b"tuple %d:" % len(value))
        for item in value:
            _feed(digest, item)
    else:
        text = f"{type(value).__name__} {value!r}".encode()
        digest.update(b"%d:" % len(text))
        digest.update(text)
