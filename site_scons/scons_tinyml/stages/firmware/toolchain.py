"""The C compiler: its path, its identity, and the flags for a core."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records import cores
from scons_tinyml.records.errors import EnvironmentProblem, InternalError
from scons_tinyml.records.file_names import as_argument
from scons_tinyml.records.record import Record
from scons_tinyml.records.visible import quoted
from scons_tinyml.stages.firmware.driver import answers
from scons_tinyml.stages.firmware.programs import (
    ANSWERS,
    MEMORY,
    file_digests,
    find_companion,
    programs_digest,
)

if TYPE_CHECKING:
    from scons_tinyml.records.board import Board
    from scons_tinyml.records.kernel import KernelSet

COMPILER = "arm-none-eabi-gcc"
PACKAGES = "gcc-arm-none-eabi libnewlib-arm-none-eabi"

WARNING_FLAGS = ("-Wall", "-Wextra", "-Werror")
LANGUAGE_FLAGS = ("-std=c11", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections", "-g")
LINK_FLAGS = ("--specs=nano.specs", "-nostartfiles", "-Wl,--gc-sections")
LINK_LIBRARIES = ("-lm",)
"""Libraries, which follow everything that uses them."""
PRINT_MAP = "-Wl,--print-map"
"""Flag for the linker's map on standard output: in the name of a file for it, the linker replaces '%'."""
OF_ANY_SIZE = ("-Wl,--no-check-sections",)
"""Flag to link an image even if it overlaps the next region: its sizes then give the overlap.

No code depends on it, so measurement keys leave it out.
"""
NETWORK_OPTIMIZE = "-O2"

_LINKED = ("libc_nano.a", "libm.a", "libgcc.a", "nano.specs")
_SHOWN_DIGITS = 16


def core_flags(board: Board) -> tuple[str, ...]:
    """Flags that select the core and its floating point unit and calling convention."""
    base = (f"-mcpu={board.core}", "-mthumb")
    if "fpu" in board.features:
        core = cores.core(board.core)
        unit = core.compiler_double_fpu if "fpu_double" in board.features else core.compiler_fpu
        return (*base, f"-mfpu={unit}", "-mfloat-abi=hard")
    return (*base, "-mfloat-abi=soft")


def compile_flags(board: Board) -> tuple[str, ...]:
    """Flags for compiling generated code."""
    return (*core_flags(board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE, *WARNING_FLAGS)


def kernel_flags(board: Board, kernel_set: KernelSet, *, own: bool) -> tuple[str, ...]:
    """Flags for compiling a kernel of a set; our `own` sources must compile without warnings."""
    warnings = WARNING_FLAGS if own else ()
    return (*core_flags(board), *LANGUAGE_FLAGS, *set_flags(board, kernel_set), *warnings)


def set_flags(board: Board, kernel_set: KernelSet) -> tuple[str, ...]:
    """Flags that a kernel set asks for: its level of optimization, and its switches for the core."""
    switches = (found.define for found in kernel_set.switches if board.core in found.cores)
    return (kernel_set.optimize, *(f"-D{name}" for name in switches))


def link_flags(board: Board) -> tuple[str, ...]:
    """Flags for linking an image; LINK_LIBRARIES follow the inputs."""
    return (*core_flags(board), *LINK_FLAGS)


def convert(image: Path, compiler: str, format_name: str) -> bytes:
    """Return the image in the format 'binary' or 'ihex', made by the objcopy of `compiler`."""
    objcopy = Path(find_companion(compiler, "objcopy"))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "image"
        done = subprocess.run(
            [str(objcopy), "-O", format_name, as_argument(image), str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EnvironmentProblem(f"{objcopy.name} failed:{quoted(done.stderr)}", where=image)
        return target.read_bytes()


class Toolchain(Record):
    """A compiler found on this machine."""

    path: str
    version: str
    programs: str
    """SHA-256 of all its programs, from `programs_digest`."""
    memory: Path = field(default=MEMORY, compare=False)
    """Cache of file digests."""

    @property
    def identity(self) -> str:
        """Text that compiled code depends on: the version, for people, and the digest of the programs."""
        return f"{self.version}, programs {self.programs[:_SHOWN_DIGITS]}"

    def linked_identity(self, flags: Sequence[str]) -> str:
        """Text that images depend on: the identity, and the libraries that `flags` select."""
        return f"{self.identity}, libraries {self.library_digest(flags)[:_SHOWN_DIGITS]}"

    def run(self, arguments: Sequence[str | Path], *, what: str) -> str:
        """Run the compiler and return its standard output. No path in `arguments` is taken for an option.

        Raises InternalError on failure: all inputs are generated.
        """
        words = [as_argument(word) if isinstance(word, Path) else word for word in arguments]
        done = subprocess.run(
            [self.path, *words], capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode != 0:
            raise InternalError(f"{what} failed:{quoted(done.stderr)}", where=self.path)
        return done.stdout

    def library_digest(self, flags: Sequence[str]) -> str:
        """Return the SHA-256 of the C and compiler libraries that `flags` select: their code is timed too.

        It includes the specs that choose among them.
        """
        queries = [f"-print-file-name={name}" for name in _LINKED]
        answered = answers(self.path, queries, flags, memory=self.memory.with_name(ANSWERS))
        found = [text.strip() for text in answered]
        for name, path in zip(_LINKED, found, strict=True):
            if not Path(path).is_absolute():
                raise EnvironmentProblem(
                    f"the compiler has no {name}",
                    where=self.path,
                    hint=f"on Debian: apt-get install {PACKAGES}",
                )
        return hashlib.sha256("".join(file_digests(found, self.memory).values()).encode()).hexdigest()


def find_toolchain(compiler: str = COMPILER, memory: Path = MEMORY) -> Toolchain:
    """Return the compiler on PATH. Raises EnvironmentProblem when it is missing or does not answer."""
    path = shutil.which(compiler)
    if path is None:
        raise EnvironmentProblem(
            f"compiler '{compiler}' is not on PATH",
            hint=f"on Debian and Ubuntu: apt-get install {PACKAGES}, or let ./bootstrap do it",
        )
    version, *_ = answers(path, ["--version"], memory=memory.with_name(ANSWERS))
    if not version.strip():
        raise EnvironmentProblem(f"'{path} --version' prints nothing", where=path)
    return Toolchain(path, version.splitlines()[0].strip(), programs_digest(path, memory), memory)
