"""The kernel sets of a build: declarations, generators, source folders and header folders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from scons_tinyml.records.kernel import Kernel, KernelSet, read_kernel_set
from scons_tinyml.stages.lowering.declared import DeclaredKernels
from scons_tinyml.stages.lowering.generators import GeneratedKernels, find_generators
from scons_tinyml.stages.lowering.lower import Provider


@dataclass(frozen=True)
class KernelSources:
    """Kernel sets with their folders on this machine."""

    folder: Path
    sets: Mapping[str, KernelSet]
    kernels: tuple[Kernel, ...]
    externals: Mapping[str, Path] = field(default_factory=dict)
    """Folders of external sources, by set."""
    generators: tuple[GeneratedKernels, ...] = ()

    @classmethod
    def read(cls, folder: Path, externals: Mapping[str, Path] | None = None) -> KernelSources:
        """Return the sets in `folder`. Raises RecordError."""
        found = [read_kernel_set(path.parent) for path in sorted(folder.glob("*/set.toml"))]
        return cls(
            folder=folder.resolve(),
            sets={kernel_set.name: kernel_set for kernel_set, _ in found},
            kernels=tuple(kernel for _, kernels in found for kernel in kernels),
            externals={name: path.resolve() for name, path in (externals or {}).items()},
            generators=tuple(
                item for kernel_set, _ in found for item in find_generators(folder / kernel_set.name)
            ),
        )

    def only(self, sets: Collection[str]) -> KernelSources:
        """Return only the kernels of `sets`."""
        return replace(
            self,
            kernels=tuple(kernel for kernel in self.kernels if kernel.set_name in sets),
            generators=tuple(item for item in self.generators if item.set_name in sets),
        )

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Providers of implementations: declared kernels first, then generators by name."""
        return (DeclaredKernels(self.kernels), *self.generators)

    @property
    def include_folders(self) -> tuple[Path, ...]:
        """Folders of our headers and of the headers of external sources."""
        external = (
            self.externals[name] / path
            for name in self.externals
            for path in self.sets[name].external_include
        )
        return (self.folder / "include", *external)

    def files(self, kernel: Kernel) -> tuple[Path, ...]:
        """Return all C files of `kernel`."""
        own = [self.folder / kernel.set_name / name for name in kernel.sources]
        foreign = [self.externals[kernel.set_name] / name for name in kernel.external_sources]
        return (*own, *foreign)


def external_folders(words: Iterable[str]) -> dict[str, Path]:
    """Return folders of external sources by kernel set, from a command line's words 'cmsis_nn=build/...'."""
    pairs = (item.partition("=") for item in words)
    return {name: Path(folder) for name, _, folder in pairs}
