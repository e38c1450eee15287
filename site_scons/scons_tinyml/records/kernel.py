"""Kernel declarations: `kernels/<set>/set.toml` and `kernels/<set>/<kernel>.toml`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from scons_tinyml.records.board import CoreName
from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.file_names import require_declared_name
from scons_tinyml.records.paths import locate
from scons_tinyml.records.revisions import Revision, Revisions, read_revision, require_known
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


class KnownRevisions(Revisions):
    """Revisions of external sources that a set can be compiled from."""

    header: InnerPath = Field(description="header that states the revision, as '$Revision: V.19.1.0'")
    pinned: Revision = Field(description="revision of the header in the wheel")
    releases: Prose = Field(description="releases in the range, for people")


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
    revisions: KnownRevisions | None = Field(
        default=None, description="revisions that kernels are declared for; without it, any checkout is taken"
    )


class Switch(Revisions):
    """Macro of the external sources that is defined for some revisions and cores."""

    define: str = Field(pattern=r"^[A-Z_][A-Z0-9_]*$", max_length=128, description="name of the macro")
    cores: tuple[CoreName, ...] = Field(min_length=1, description="cores that it is defined for")


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
        default=(), description="headers that are needed to compile, which the wheel has"
    )
    switches: tuple[Switch, ...] = ()

    def at(self, revision: str) -> KernelSet:
        """Return the set for sources of `revision`: with the switches that hold for it."""
        assert self.external is not None and self.external.revisions is not None
        revisions = self.external.revisions.model_copy(update={"pinned": revision})
        external = self.external.model_copy(update={"revisions": revisions})
        switches = tuple(found for found in self.switches if found.holds(revision))
        return self.model_copy(update={"external": external, "switches": switches})


class Constraint(Record):
    """A condition that a layer must fulfil for the kernel to run it."""

    require: ExpressionText = Field(description="expression over the layer's attributes")
    reason: Prose = Field(description="why not, as the report prints it")


class OtherRevisions(Revisions):
    """Changes for some revisions of the set's external sources. Fields that are left out are as for the others."""

    refuse: Prose | None = Field(
        default=None, description="why there is no such kernel, as the report prints it"
    )
    sources: tuple[InnerPath, ...] | None = Field(default=None, min_length=1)
    external_sources: tuple[InnerPath, ...] | None = None
    scratch_bytes: ExpressionText | None = None
    constraints: tuple[Constraint, ...] | None = Field(default=None, description="in addition to the others")

    @model_validator(mode="after")
    def _refuses_or_differs(self) -> Self:
        """Raise ValueError for an entry that changes nothing, and for a refusal with changes."""
        if (self.refuse is None) == (not self.changes):
            raise ValueError(f"needs refuse, or else some of {', '.join(_CHANGED)}")
        return self

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of a kernel that differ, with their values."""
        return {name: value for name in _CHANGED if (value := getattr(self, name)) is not None}


_CHANGED = ("sources", "external_sources", "scratch_bytes", "constraints")


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

    revisions: tuple[OtherRevisions, ...] = Field(
        default=(), description="the first entry that holds for the revision of the external sources counts"
    )

    @property
    def set_name(self) -> str:
        """Name of the kernel set, which is that of its folder."""
        return self.name.partition("/")[0]

    def at(self, revision: str) -> Kernel:
        """Return the kernel for external sources of `revision`; a refused one has no files, and takes no layer."""
        found = next((one for one in self.revisions if one.holds(revision)), None)
        changes = found.changes if found else {}
        if found and found.refuse is not None:
            never = Constraint(require="0", reason=found.refuse)
            changes = {"sources": (), "external_sources": (), "constraints": (never,)}
        elif "constraints" in changes:
            changes["constraints"] = (*self.constraints, *changes["constraints"])
        return self.model_copy(update={**changes, "revisions": ()})


def read_kernel_set(folder: Path, checkout: Path | None = None) -> tuple[KernelSet, tuple[Kernel, ...]]:
    """Return the set in `folder`, and its kernels in the order of their names.

    They are those for the external sources in `checkout`, by default for those of the wheel. Raises RecordError.
    """
    kernel_set, kernels = _read_declarations(folder)
    known = kernel_set.external.revisions if kernel_set.external else None
    if known is None:
        _require_no_revisions(kernel_set, kernels, folder)
        return kernel_set, kernels
    revision = known.pinned if checkout is None else _revision(kernel_set, known, checkout)
    return kernel_set.at(revision), tuple(kernel.at(revision) for kernel in kernels)


def _revision(kernel_set: KernelSet, known: KnownRevisions, checkout: Path) -> str:
    """Return the revision of the sources in `checkout`. Raises RecordError for an unknown one."""
    assert kernel_set.external is not None
    header = checkout / known.header
    hint = f"{kernel_set.external.override_option}= takes {known.releases}"
    revision = read_revision(header, hint)
    require_known(revision, known, header, hint)
    return revision


def _require_no_revisions(kernel_set: KernelSet, kernels: Sequence[Kernel], folder: Path) -> None:
    """Raise RecordError for declarations about revisions of which the set does not say how they are found."""
    asking = [(kernel.name.partition("/")[2], "revisions") for kernel in kernels if kernel.revisions]
    asking += [("set", "switches")] if kernel_set.switches else []
    for stem, key in asking:
        raise RecordError(
            "is about revisions of external sources, and the set does not say where they are stated",
            where=folder / f"{stem}.toml",
            key=key,
            hint=f"{folder / 'set.toml'}: external.revisions names the header, and the revisions that are known",
        )


def _read_declarations(folder: Path) -> tuple[KernelSet, tuple[Kernel, ...]]:
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
    named = [(f"sources.{number}", name) for number, name in enumerate(kernel.sources)]
    for entry, found in enumerate(kernel.revisions):
        keys = enumerate(found.sources or ())
        named += [(f"revisions.{entry}.sources.{number}", name) for number, name in keys]
    for key, name in named:
        file = locate(name, path.parent, where=path, key=key)
        require_regular(file)
        if not file.exists():
            sources = (source.name for source in path.parent.glob("*.c"))
            raise RecordError(f"no such file: {name}; {did_you_mean(name, sources)}", where=path, key=key)
    return kernel
