"""Sources of an export in folders of their own, each including the others by paths that need no flags."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.export import Original, Role
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SOURCE_BYTES
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.export.kernels import KernelFile, UsedKernels
from scons_tinyml.stages.export.system import SourceFile, System
from scons_tinyml.stages.firmware.toolchain import NETWORK_OPTIMIZE, set_flags
from scons_tinyml.stages.lowering.sources import KernelSources

SOURCES = "src"
"""Folder of the public header; all other sources are in a folder in it that has the network's name."""
_INCLUDE = re.compile(rb'^([ \t]*#[ \t]*include[ \t]*")([^"]+)(")', re.MULTILINE)
_ODD = re.compile(r"[^A-Za-z0-9_./-]")
_DEFINE = "-D"


@dataclass(frozen=True)
class Generated:
    """Files that were generated for the network, in one folder."""

    name: str
    """C name of the network."""
    header: Path
    headers: tuple[Path, ...]
    files: tuple[Path, ...]
    """C files."""

    @classmethod
    def in_folder(cls, folder: Path, name: str) -> Generated:
        """Return the files of the network `name` in `folder`, by the names that code generation gives them."""
        stem = c_identifier(name)
        ends = ("", "_weights", "_kernels")
        header, *headers = (folder / f"{stem}{end}.h" for end in ends)
        return cls(stem, header, tuple(headers), tuple(folder / f"{stem}{end}.c" for end in ends))


@dataclass(frozen=True)
class _Placed:
    """A file with its place in the export, and the set whose headers it sees; that of generated files is empty."""

    source: Path
    path: str
    kernel_set: str
    defined: KernelFile | None = None
    is_c: bool = False


class Tree:
    """Places files of a network and its kernels; headers are found as a compiler finds them."""

    def __init__(self, generated: Generated, kernels: UsedKernels, sources: KernelSources) -> None:
        self._root = f"{SOURCES}/{generated.name}"
        self._sources = sources
        self._renamed = kernels.renamed
        self._placed: dict[Path, _Placed] = {}
        self.names = f"{self._root}/{generated.name}_names.h"
        """Place of the header with the names of kernels, which all C files include."""
        self._paths = {self.names}
        self._place(generated.header, f"{SOURCES}/{generated.header.name}", "")
        for path in generated.headers:
            self._place(path, f"{self._root}/{path.name}", "")
        for path in generated.files:
            self._place(path, f"{self._root}/{path.name}", "", is_c=True)
        for file in kernels.files:
            own = f"external/{Path(file.name).name}" if file.external else file.name
            place = f"{self._root}/{file.kernel_set}/{own}"
            self._place(file.path, place, file.kernel_set, defined=file, is_c=True)
        self._public = generated.header.resolve()
        self._find_headers()

    def files(self, board: Board, system: System, most_used: str) -> Iterator[SourceFile]:
        """Yield all files; C files begin with what `system` cannot tell the compiler.

        `most_used` is the level of optimization that it compiles with if it has one for all.
        """
        for placed in self._placed.values():
            content = self._rewritten(placed)
            if not placed.is_c:
                role: Role = "public header" if placed.source == self._public else "header"
                yield SourceFile(placed.path, role, content, original=self._original(placed))
                continue
            optimize, defines = self._flags(board, placed)
            is_given = system.flags == "by file" or (system.flags == "one for all" and optimize == most_used)
            lines = self._lines(placed, system, defines, "" if is_given else optimize)
            yield SourceFile(
                placed.path,
                "source",
                lines + content,
                optimize,
                tuple(defines),
                self._original(placed),
            )

    def _place(
        self, source: Path, path: str, kernel_set: str, defined: KernelFile | None = None, is_c: bool = False
    ) -> _Placed:
        source, path = source.resolve(), _ODD.sub("_", path)
        if source in self._placed:
            return self._placed[source]
        stem, suffix = posixpath.splitext(path)
        number = 2
        while path.lower() in {known.lower() for known in self._paths}:
            path, number = f"{stem}_{number}{suffix}", number + 1
        self._paths.add(path)
        self._placed[source] = _Placed(source, path, kernel_set, defined, is_c)
        return self._placed[source]

    def _find_headers(self) -> None:
        pending = list(self._placed.values())
        while pending:
            placed = pending.pop(0)
            for name in _INCLUDE.findall(self._content(placed)):
                before = len(self._placed)
                found = self._header(placed, name[1].decode())
                if found is not None and len(self._placed) > before:
                    pending.append(found)

    def _header(self, includer: _Placed, name: str) -> _Placed | None:
        """Return the header that `includer` includes as "name", None for one of the C library."""
        beside = includer.source.parent / name
        if beside.is_file():
            place = posixpath.normpath(f"{posixpath.dirname(includer.path)}/{name}")
            return self._place(beside, place, includer.kernel_set)
        kernel_set = includer.kernel_set
        for folder, place in self._folders(kernel_set):
            if (folder / name).is_file():
                return self._place(folder / name, f"{place}/{posixpath.normpath(name)}", kernel_set)
        return None

    def _folders(self, kernel_set: str) -> Iterator[tuple[Path, str]]:
        """Yield the folders of headers in the order of search, each with its place in the export."""
        shared = self._sources.include_folders
        if not kernel_set:
            yield from ((folder, f"{self._root}/include") for folder in shared)
            return
        external = self._sources.externals.get(kernel_set)
        for folder in self._sources.include_folders_of(kernel_set):
            if folder in shared:
                yield folder, f"{self._root}/include"
            elif external is not None and folder.is_relative_to(external):
                yield folder, f"{self._root}/{kernel_set}/external"
            else:
                yield folder, f"{self._root}/{kernel_set}/include"

    def _content(self, placed: _Placed) -> bytes:
        return read_input(placed.source, SOURCE_BYTES)

    def _rewritten(self, placed: _Placed) -> bytes:
        """Return the content of a file with paths in its includes that lead from it to the places in the export."""
        folder = posixpath.dirname(placed.path)

        def other(match: re.Match[bytes]) -> bytes:
            found = self._header(placed, match[2].decode())
            name = match[2] if found is None else posixpath.relpath(found.path, folder).encode()
            return match[1] + name + match[3]

        return _INCLUDE.sub(other, self._content(placed))

    def _original(self, placed: _Placed) -> Original | None:
        """Return what a file of the kernels is a copy of, None for one that was generated."""
        roots = [(name, path, True) for name, path in self._sources.externals.items()]
        roots += [(name, path, False) for name, path in self._sources.places.items()]
        roots += [("include", path, False) for path in self._sources.include_folders]
        for name, root, external in roots:
            if placed.source.is_relative_to(root.resolve()):
                return Original(
                    kernel_set=name,
                    path=placed.source.relative_to(root.resolve()).as_posix(),
                    external=external,
                    sha256=hashlib.sha256(self._content(placed)).hexdigest(),
                )
        return None

    def _flags(self, board: Board, placed: _Placed) -> tuple[str, list[str]]:
        """Return the level of optimization and the macros that a C file was measured with."""
        if not placed.kernel_set:
            return NETWORK_OPTIMIZE, []
        level, *switches = set_flags(board, self._sources.sets[placed.kernel_set])
        return level, [word.removeprefix(_DEFINE) for word in switches]

    def _lines(self, placed: _Placed, system: System, defines: Sequence[str], optimize: str) -> bytes:
        """Return the lines in front of a C file."""
        names = posixpath.relpath(self.names, posixpath.dirname(placed.path))
        lines = ["/* Copied by scons-tinyml. Changed: the lines up to '#line', and paths of #include. */"]
        if optimize:
            words = ", ".join(f'"{word}"' for word in system.pragmas(optimize))
            lines.append(f"#pragma GCC optimize({words})")
        lines += [f"#define {name}" for name in defines]
        lines.append(f'#include "{names}"')
        if placed.defined is not None:
            lines += [f"#pragma weak {self._renamed[symbol]}" for symbol in placed.defined.symbols]
        return "".join(f"{line}\n" for line in [*lines, "#line 1"]).encode()
