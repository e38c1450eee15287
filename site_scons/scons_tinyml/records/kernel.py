"""Kernel declarations: `kernels/<set>/set.toml` and `kernels/<set>/<kernel>.toml`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.file_names import require_declared_name
from scons_tinyml.records.paths import locate
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.system_errors import require_regular
from scons_tinyml.records.texts import ExpressionText, InnerFolder, InnerPath, Prose
from scons_tinyml.records.tolerances import excess
from scons_tinyml.records.toml_file import FileRecord, Record, read_record

NumberType = Literal[
    "int4", "int8", "uint8", "int16", "int32", "uint32", "int64", "uint64", "float32", "bool", "any"
]
"""Type of the activations that a kernel reads. Kernels of "any" only move values of `element_bytes`.

"int4" is int8 with weights of 4 bits; "int16" has weights of int8.
"""


class Wheel(Record):
    """Sources in a wheel on PyPI, which are fetched into the build folder and never committed."""

    distribution: str = Field(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
        max_length=128,
        description="its name on PyPI",
    )
    version: str = Field(
        pattern=r"^([0-9]+!)?[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?(\+[a-z0-9]+(\.[a-z0-9]+)*)?$",
        max_length=64,
        description="exact version, as PEP 440 writes it in its normal form",
    )
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="digest of the file of the wheel")
    subfolder: InnerFolder = Field(description="folder in the wheel that becomes the root of the sources")
    licence: Prose
    override_option: str = Field(
        pattern=r"^[A-Z][A-Z0-9_]*$",
        max_length=64,
        description="command line option that gives a checkout of the user's instead",
    )


class KernelSet(FileRecord):
    """Keys that all kernels of one folder share."""

    name: Prose
    description: Prose
    optimize: Literal["-Os", "-O2", "-O3", "-Ofast"]
    external: Wheel | None = None
    external_include: tuple[InnerFolder, ...] = Field(
        default=(), description="include folders, below the root"
    )
    external_headers: tuple[InnerPath, ...] = Field(
        default=(), description="headers that are needed to compile"
    )


class Constraint(Record):
    """A condition that a layer must fulfil for the kernel to run it."""

    require: ExpressionText = Field(description="expression over the layer's attributes")
    reason: Prose = Field(description="why not, as the report prints it")


class Kernel(FileRecord):
    """One C function that runs one operator on one type, with the conditions for its choice."""

    name: Prose = Field(description="'<set>/<stem of the file>'")
    operator: str = Field(
        pattern=r"^[A-Z][A-Z0-9_]*$",
        description="what it computes: an operator of the TensorFlow Lite schema, or what several of them share",
    )
    type: NumberType
    function: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")
    description: Prose
    sources: tuple[InnerPath, ...] = Field(min_length=1, description="C files beside the declaration")
    external_sources: tuple[InnerPath, ...] = Field(
        default=(), description="C files of the set's external sources"
    )
    requires: tuple[Literal["fpu", "dsp", "mve"], ...] = Field(default=(), description="core features")
    scratch_bytes: ExpressionText = Field(default="0", description="expression over the layer's attributes")
    constraints: tuple[Constraint, ...] = ()
    in_place: bool = Field(
        default=False, description="the output may lie where an input of the same type and size lies"
    )
    max_ulps: int = Field(
        default=0, ge=0, description="how far a float32 result may be from the oracle's; 0 is byte for byte"
    )

    @field_validator("max_ulps")
    @classmethod
    def _is_below_the_ceiling(cls, ulps: int, info: ValidationInfo) -> int:
        """Raise ValueError for a tolerance that no result of the operator needs."""
        operator, number_type = info.data.get("operator"), info.data.get("type")
        if operator and number_type and (problem := excess(operator, number_type, ulps)):
            raise ValueError(problem)
        return ulps

    @property
    def set_name(self) -> str:
        """Name of the kernel set, which is that of its folder."""
        return self.name.partition("/")[0]


def read_kernel_set(folder: Path) -> tuple[KernelSet, tuple[Kernel, ...]]:
    """Return the set in `folder`, and its kernels in the order of their names. Raises RecordError."""
    require_declared_name(folder.name, folder)
    kernel_set = read_record(folder / "set.toml", KernelSet, name=folder.name)
    files = sorted(path for path in folder.glob("*.toml") if path.name != "set.toml")
    if not files and not generator_files(folder):
        raise RecordError(
            "the set has no kernels",
            where=folder / "set.toml",
            hint="put a <kernel>.toml with its <kernel>.c beside it, or a generator <name>.py",
        )
    return kernel_set, tuple(_read_kernel(path) for path in files)


def generator_files(folder: Path) -> Sequence[Path]:
    """Return the generator files in `folder`, without helpers, sorted by name."""
    return [path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]


def _read_kernel(path: Path) -> Kernel:
    require_declared_name(path.stem, path)
    kernel = read_record(path, Kernel, name=f"{path.parent.name}/{path.stem}")
    for number, name in enumerate(kernel.sources):
        file = locate(name, path.parent, where=path, key=f"sources.{number}")
        require_regular(file)
        if not file.exists():
            sources = (source.name for source in path.parent.glob("*.c"))
            raise RecordError(
                f"no such file: {name}; {did_you_mean(name, sources)}", where=path, key=f"sources.{number}"
            )
    return kernel
