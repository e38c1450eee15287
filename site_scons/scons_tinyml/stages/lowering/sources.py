"""The kernel sets of a build: declarations, generators, source folders and header folders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scons_tinyml.records.kernel import Kernel, KernelSet, read_kernel_set
from scons_tinyml.records.kernel_headers import INCLUDE, own_include
from scons_tinyml.resources import find_in
from scons_tinyml.stages.lowering.declared import DeclaredKernels
from scons_tinyml.stages.lowering.generators import GeneratedKernels, find_generators
from scons_tinyml.stages.lowering.lower import Provider


@dataclass(frozen=True)
class KernelSources:
    """Kernel sets with their folders on this machine.

    A set's C files see the headers in its own folder `include`, then those in `include` of all `folders`, then the
    set's external ones. A header in the project's folder replaces the shipped one of its name for all sets and for
    the generated callers, so that they agree on what it declares.
    """

    folders: tuple[Path, ...]
    """Folders of kernel sets, the project's own first. Of two sets with one name, the first wins."""
    places: Mapping[str, Path]
    """Folder of each set."""
    sets: Mapping[str, KernelSet]
    kernels: tuple[Kernel, ...]
    externals: Mapping[str, Path] = field(default_factory=dict)
    """Folders of external sources, by set."""
    generators: tuple[GeneratedKernels, ...] = ()

    @classmethod
    def read(cls, folders: Sequence[Path], externals: Mapping[str, Path] | None = None) -> KernelSources:
        """Return the sets in `folders`, for the external sources in `externals`. Raises RecordError.

        A set without an entry there is that for its wheel.
        """
        places, given = find_in("kernels", folders), externals or {}
        found = [read_kernel_set(place, given.get(name)) for name, place in places.items()]
        return cls(
            folders=tuple(folder.resolve() for folder in folders),
            places={name: place.resolve() for name, place in places.items()},
            sets={kernel_set.name: kernel_set for kernel_set, _ in found},
            kernels=tuple(kernel for _, kernels in found for kernel in kernels),
            externals={name: path.resolve() for name, path in given.items()},
            generators=tuple(item for place in places.values() for item in find_generators(place)),
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
        """Folders of headers that all sets share, and that generated code sees."""
        return tuple(folder / INCLUDE for folder in self.folders)

    def include_folders_of(self, set_name: str) -> tuple[Path, ...]:
        """Return the folders of headers that the C files of a set see, in the order of search.

        Raises RecordError for a header of the set that hides a shared one.
        """
        root = self.externals.get(set_name)
        external = [root / path for path in self.sets[set_name].external_include] if root else []
        return (*own_include(self.places[set_name], self.folders), *self.include_folders, *external)

    def files(self, kernel: Kernel) -> tuple[Path, ...]:
        """Return all C files of `kernel`."""
        own = [self.places[kernel.set_name] / name for name in kernel.sources]
        foreign = [self.externals[kernel.set_name] / name for name in kernel.external_sources]
        return (*own, *foreign)


def external_folders(words: Iterable[str]) -> dict[str, Path]:
    """Return folders of external sources by kernel set, from a command line's words 'cmsis_nn=build/...'."""
    pairs = (item.partition("=") for item in words)
    return {name: Path(folder) for name, _, folder in pairs}
