"""The C compiler: where it is, what it is, and the flags that a core asks for."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records import cores
from scons_tinyml.records.errors import EnvironmentProblem, InternalError
from scons_tinyml.stages.firmware.programs import (
    MEMORY,
    answers,
    file_digests,
    find_companion,
    programs_digest,
)

if TYPE_CHECKING:
    from scons_tinyml.records.board import Board

COMPILER = "arm-none-eabi-gcc"
PACKAGES = "gcc-arm-none-eabi libnewlib-arm-none-eabi"

WARNING_FLAGS = ("-Wall", "-Wextra", "-Werror")
LANGUAGE_FLAGS = ("-std=c11", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections", "-g")
LINK_FLAGS = ("--specs=nano.specs", "-nostartfiles", "-Wl,--gc-sections")
LINK_LIBRARIES = ("-lm",)
"""After everything that uses them."""
OF_ANY_SIZE = ("-Wl,--no-check-sections",)
"""An image that runs over into the next region is linked all the same: its sizes say by how much. No code depends on
it, and so no key of a measurement."""
NETWORK_OPTIMIZE = "-O2"

_LINKED = ("libc_nano.a", "libm.a", "libgcc.a", "nano.specs")
_SHOWN_DIGITS = 16


def core_flags(board: Board) -> tuple[str, ...]:
    """Flags that select the core and how floating point is passed and computed."""
    base = (f"-mcpu={board.core}", "-mthumb")
    if "fpu" in board.features:
        core = cores.core(board.core)
        unit = core.compiler_double_fpu if "fpu_double" in board.features else core.compiler_fpu
        return (*base, f"-mfpu={unit}", "-mfloat-abi=hard")
    return (*base, "-mfloat-abi=soft")


def compile_flags(board: Board) -> tuple[str, ...]:
    """Flags that everything generated is compiled with."""
    return (*core_flags(board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE, *WARNING_FLAGS)


def kernel_flags(board: Board, optimize: str, *, own: bool) -> tuple[str, ...]:
    """Flags that a kernel is compiled with; our `own` sources have to compile without a warning."""
    return (*core_flags(board), *LANGUAGE_FLAGS, optimize, *(WARNING_FLAGS if own else ()))


def link_flags(board: Board) -> tuple[str, ...]:
    """Flags that an image is linked with; LINK_LIBRARIES follow its inputs."""
    return (*core_flags(board), *LINK_FLAGS)


def convert(image: Path, compiler: str, format_name: str) -> bytes:
    """The image in another format ('binary', 'ihex'), by the objcopy that belongs to `compiler`."""
    objcopy = Path(find_companion(compiler, "objcopy"))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "image"
        done = subprocess.run(
            [str(objcopy), "-O", format_name, str(image), str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EnvironmentProblem(f"{objcopy.name} failed: {done.stderr.strip()}", where=image)
        return target.read_bytes()


@dataclass(frozen=True)
class Toolchain:
    """A compiler that was found on this machine."""

    path: str
    version: str
    programs: str
    """SHA-256 over all programs that it is made of, from `programs_digest`."""
    memory: Path = field(default=MEMORY, compare=False)
    """Where digests of its files are remembered."""

    @property
    def identity(self) -> str:
        """What compiled code depends on: the version for people, and what really compiles."""
        return f"{self.version}, programs {self.programs[:_SHOWN_DIGITS]}"

    def linked_identity(self, flags: Sequence[str]) -> str:
        """What images depend on: the identity, and the libraries that `flags` select."""
        return f"{self.identity}, libraries {self.library_digest(flags)[:_SHOWN_DIGITS]}"

    def run(self, arguments: Sequence[str], *, what: str) -> str:
        """Standard output of the compiler called with `arguments`; a failure is ours: all inputs are generated."""
        done = subprocess.run([self.path, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise InternalError(f"{what} failed:\n{done.stderr.strip()}", where=self.path)
        return done.stdout

    def library_digest(self, flags: Sequence[str]) -> str:
        """SHA-256 over the C and compiler support libraries that `flags` select: their code is timed too.

        The specs that choose among them count as well.
        """
        questions = [f"-print-file-name={name}" for name in _LINKED]
        found = [text.strip() for text in answers(self.path, questions, flags)]
        for name, path in zip(_LINKED, found, strict=True):
            if not Path(path).is_absolute():
                raise EnvironmentProblem(
                    f"the compiler has no {name}",
                    where=self.path,
                    hint=f"on Debian: apt-get install {PACKAGES}",
                )
        return hashlib.sha256("".join(file_digests(found, self.memory).values()).encode()).hexdigest()


def find_toolchain(compiler: str = COMPILER, memory: Path = MEMORY) -> Toolchain:
    """The compiler on PATH. Raises EnvironmentProblem when there is none, or none that answers."""
    path = shutil.which(compiler)
    if path is None:
        raise EnvironmentProblem(
            f"compiler '{compiler}' is not on PATH",
            hint=f"on Debian and Ubuntu: apt-get install {PACKAGES}, or let ./bootstrap do it",
        )
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout:
        raise EnvironmentProblem(f"'{path} --version' failed: {done.stderr.strip()}", where=path)
    return Toolchain(path, done.stdout.splitlines()[0].strip(), programs_digest(path, memory), memory)
