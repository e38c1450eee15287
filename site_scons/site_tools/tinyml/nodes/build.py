"""Resolved request of a command line: the input of all nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from scons_tinyml.records.record import Record
from scons_tinyml.records.variant_names import reference
from scons_tinyml.stages.codegen.names import c_identifier

from ..commandline.command_line import KEPT_OPTIONS, NO_LAYER
from ..dependencies import signatures
from .given import has_representative
from .kernels import DeclaredSet, SetNodes
from .models import ModelNodes, Network

GENERATED = ("network", "weights", "kernels")
"""Generated C files of a network, by field of their request."""


class Build(Record):
    """One model on one board, with all options resolved and checked."""

    name: str
    """Name of the results: of their folder, and of the published files."""
    board: Any
    board_file: Path
    network: Network
    limits: Mapping[str, str]
    described: str
    """Limits that an SConscript sets, and not the command line: 'SConstruct:flash,ram'."""
    sets: tuple[str, ...]
    kernel_sets: tuple[DeclaredSet, ...]
    headers: str
    """Digest of the headers that generated code may include; empty if no set has a generator."""
    seeds: str
    """Digest of the rows that come with the kernels."""
    overrides: Mapping[str, str]
    optimize: str
    tune: str
    """Time to look for faster schedules."""
    activations: str
    """Region of the board that activations lie in; empty for that of its file."""
    patches: bool
    """Whether layers may run patch by patch."""
    trust: str
    """Packs and signers whose hardware rows may decide."""
    layer: str
    """Number of the layer that `scons why` explains; empty for other queries."""
    placements: str
    """Placements that `scons measure` measures."""
    project: str
    """Commit, changes and build time of the project, which are in the report alone."""
    quality: bool
    """Whether float and quantized layers are compared in a build, too."""
    history: str
    """File that gets a line for each build; empty for none."""
    baseline: str
    """Report or git revision that `scons compare` compares with; empty for other queries."""
    tolerances: str
    """Tolerances of the comparison, of the command line."""
    on_board: Mapping[str, Any]
    """Options of measuring on a board; empty if the emulator measures."""
    executor: Mapping[str, Any]
    """Options that say where trials run; empty for processes of this machine."""
    variants: Mapping[str, str]
    """Fields of the request of the report that are about variants of the model."""
    systems: tuple[str, ...] = ()
    """Build systems of other people that the network is written for."""

    @property
    def declarations(self) -> str:
        """Digests of all kernel declarations, by set, as text."""
        return signatures.canonical({declared.name: declared.digest for declared in self.kernel_sets})

    @property
    def subject(self) -> str:
        """Options that name the network on the command line."""
        network = self.network
        named = reference(network.file.parent.name, network.model.variant) if network.file else network.source
        model = quote(str(named))
        typed = "".join(f" {key}={quote(value)}" for key, value in network.model.samples.items() if value)
        mode = network.model.quantization.get(
            "mode", "int8" if has_representative(network.model) else network.mode
        )
        quantize = "" if network.mode in (mode, "given") else f" quantize={network.mode}"
        return f"model={model}{typed}{quantize}{''.join(_kept(network))}"


def _kept(network: Network) -> Iterator[str]:
    """Yield options that name layers of other types, where they are not as model.toml has them."""
    if network.mode in ("given", "float"):
        return
    for key in KEPT_OPTIONS:
        names = getattr(network, key)
        if key not in network.described_types and (names or network.model.quantization.get(key)):
            yield f" {key}={','.join(names) or NO_LAYER}"


class Job(Record):
    """Build with the nodes of its model and kernel sets."""

    build: Build
    model: ModelNodes
    sets: list[SetNodes]
    root: str
    """Folder of the results of all builds."""
    folder: str
    """Folder of the results of this one."""
    sources: str
    """Folder of the generated C code."""
    published: str
    """Path of the published files, without suffix."""
    arena: str = "own"
    """'shared' if it shares its arena with other networks of a firmware."""

    @property
    def board_folder(self) -> str:
        """Folder of the start-up code that all networks on the board share; it knows where activations lie."""
        return "/".join(filter(None, (self.root, self.build.board.name, "board", self.build.activations)))

    @property
    def checkouts(self) -> tuple[str, ...]:
        """Folders that replace the wheels of kernel sets: 'cmsis_nn=../CMSIS-NN'."""
        return tuple(f"{one.name}={one.external_folder}" for one in self.sets if one.is_checkout)

    @property
    def c_name(self) -> str:
        """Name of the network in C, and of its generated files."""
        return c_identifier(self.build.network.model.name)

    @property
    def timing_value(self) -> str:
        """Fields of the board that change cycles or addresses, as text: all but clock and supply."""
        fields = {"core", "features", "memory", "flash", "core_caches", "interrupts", "devices"}
        return signatures.canonical({key: self.build.board[key] for key in fields})

    @property
    def start_value(self) -> str:
        """Fields of the board that the start-up code depends on, as text: clock and supply as well."""
        fields = {"part", "clock", "external_clock", "regulator", "boot_stage"}
        return self.timing_value + signatures.canonical({key: self.build.board[key] for key in fields})
