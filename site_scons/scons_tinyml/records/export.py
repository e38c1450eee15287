"""The manifest of an export, `manifest.json`: what a network needs in the build system of other people."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1

Role = Literal["source", "header", "public header", "build", "example", "licence", "report"]
Digest = Field(pattern="^[0-9a-f]{64}$")


class Original(ReportRecord):
    """File of a kernel set that a file of the export is a copy of."""

    kernel_set: str
    path: str = Field(description="in the kernel set, or in its external sources")
    external: bool = Field(description="true: of the external sources of the set, under their licence")
    sha256: str = Digest


class ExportedFile(ReportRecord):
    """A file of the export."""

    path: str = Field(description="from the folder of the manifest, with slashes")
    role: Role
    sha256: str = Digest
    optimize: str | None = Field(description="level of optimization that a C file was measured with")
    defines: tuple[str, ...] = Field(
        description="macros that it was measured with; the file itself sets them"
    )
    original: Original | None = Field(description="null for files that were generated")


class Flags(ReportRecord):
    """Flags of compiler and linker that the network was measured with."""

    core: tuple[str, ...] = Field(description="of the core, its floating-point unit and calling convention")
    language: tuple[str, ...] = Field(description="of all C files")
    libraries: tuple[str, ...] = Field(description="words of the linker after everything that uses them")


class Export(ReportRecord):
    """A network as sources for one build system."""

    schema_version: Literal[1] = SCHEMA_VERSION
    system: str
    network: str
    c_name: str = Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$", description="prefix of its names in C")
    target: str
    part: str
    core: str
    clock_hz: int = Field(gt=0)
    float_abi: Literal["hard", "soft"] = Field(description="calling convention that it was measured with")
    arena_bytes: int = Field(ge=0)
    state_bytes: int = Field(ge=0)
    scons_tinyml: str
    compiler: str = Field(description="that it was measured with")
    flags: Flags
    symbols: dict[str, str] = Field(
        description="name of each function and table of the kernels to its name in the export"
    )
    kernel_sources: dict[str, str] = Field(description="kernel set to source and version")
    files: tuple[ExportedFile, ...] = Field(description="all but the manifest, by path")
