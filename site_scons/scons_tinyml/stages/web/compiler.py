"""WebAssembly of C code: clang with its linker, and of the C library of WASI what asks for nothing outside."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.errors import EnvironmentProblem, InternalError, UnsupportedError
from scons_tinyml.records.file_names import as_argument
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.records.visible import quoted
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.codegen.names import c_identifier, port_names
from scons_tinyml.stages.files import write_text
from scons_tinyml.stages.firmware.toolchain import NETWORK_OPTIMIZE
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import DeclaredCode
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.web.portable import REFERENCE, Portable

COMPILER = "clang"
LINKER = "wasm-ld"
PACKAGES = "clang lld wasi-libc"
"""Packages of Debian and Ubuntu."""
INSTALL = f"on Debian and Ubuntu: apt-get install --no-install-recommends {PACKAGES}"
TARGET = "--target=wasm32-wasi"
_COMPILE = ("-std=c11", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections", "-w")
"""Flags of C files: products and sums are rounded one by one, as in firmware. Pragmas of GCC are no news."""
_STACK_BYTES = 1 << 20
_LINK = (
    *("-nostartfiles", "-nodefaultlibs"),
    *("-Wl,--no-entry", "-Wl,--gc-sections", "-Wl,--strip-all", "-Wl,--stack-first"),
    f"-Wl,-z,stack-size={_STACK_BYTES}",
)
_PROGRAM = """\
#include <math.h>
#include <string.h>
float values[4], copies[4];
void invoke(void)
{
    memcpy(copies, values, sizeof copies);
    values[0] = expf(copies[0]);
}
"""
_LIBRARIES = ("-lm", "-lc")


@dataclass(frozen=True)
class Exports:
    """Names of the functions of a module: of each input and output, which return its address, and of the network."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    invoke: str
    reset: str | None
    """Function that forgets earlier calls; None for a network without state."""

    @classmethod
    def of(cls, graph: Graph) -> Exports:
        """Return the names that code generation gives the functions of `graph`."""
        prefix = c_identifier(graph.name)
        inputs = port_names("input", len(graph.inputs), graph.input_names)
        outputs = port_names("output", len(graph.outputs), graph.output_names)
        return cls(
            tuple(f"{prefix}_{name}" for name in inputs),
            tuple(f"{prefix}_{name}" for name in outputs),
            f"{prefix}_invoke",
            f"{prefix}_reset" if graph.has_state else None,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return (*self.inputs, *self.outputs, self.invoke, *([self.reset] if self.reset else []))


@dataclass(frozen=True)
class WebCompiler:
    """Clang on this machine, with `version` for people."""

    path: str
    version: str

    def module(self, network: Portable, sources: KernelSources) -> bytes:
        """Return the module of `network`: one memory, the functions of `Exports`, and no import.

        Raises UnsupportedError for a kernel of the project that this compiler does not take.
        """
        with TemporaryDirectory(prefix="tinyml-web-") as made:
            folder = Path(made)
            jobs = [*_generated(network, folder, sources), *_declared(network, folder, sources)]
            with ThreadPoolExecutor(cpu_count()) as pool:
                objects = list(pool.map(self._compiled, jobs))
            return self._linked(objects, Exports.of(network.graph).names, folder / "network.wasm")

    def problem(self) -> str | None:
        """Return why it cannot make a module of a small program that calls the C library, None when it can."""
        with TemporaryDirectory(prefix="tinyml-web-") as made:
            source, linked = Path(made, "program.c"), Path(made, "program.wasm")
            write_text(source, _PROGRAM)
            words = ["-Wl,--export=invoke", as_argument(source), *_LIBRARIES, "-o", as_argument(linked)]
            done = self._run(*_COMPILE, *_LINK, *words)
            return None if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"

    def _compiled(self, job: _Job) -> Path:
        includes = [f"-I{as_argument(path)}" for path in job.include_folders]
        words = [job.optimize, *includes, "-c", as_argument(job.source), "-o", as_argument(job.made)]
        done = self._run(*_COMPILE, *words)
        if done.returncode:
            problem = f"clang cannot compile it for browsers:{quoted(done.stderr)}"
            if job.is_ours:
                raise InternalError(problem, where=job.source)
            raise UnsupportedError(problem, where=job.source, hint=f"kernels={REFERENCE} leaves it out")
        return job.made

    def _linked(self, objects: Sequence[Path], exports: Sequence[str], made: Path) -> bytes:
        exported = [f"-Wl,--export={name}" for name in exports]
        done = self._run(*_LINK, *exported, *map(as_argument, objects), *_LIBRARIES, "-o", as_argument(made))
        if done.returncode:
            raise InternalError(f"its WebAssembly cannot be linked:{quoted(done.stderr)}", where=self.path)
        return made.read_bytes()

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [self.path, TARGET, *words]
        return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


@dataclass(frozen=True)
class _Job:
    source: Path
    made: Path
    include_folders: tuple[Path, ...]
    optimize: str
    is_ours: bool = True


def find_web_compiler() -> WebCompiler:
    """Return the compiler on PATH. Raises EnvironmentProblem, which says what to install, if a part is missing."""
    path = shutil.which(COMPILER)
    for name, found in ((COMPILER, path), (LINKER, shutil.which(LINKER))):
        if found is None:
            problem = f"'{name}' is not on PATH, and makes the WebAssembly of a network"
            raise EnvironmentProblem(problem, hint=INSTALL)
    assert path is not None
    words = [path, TARGET, "-print-file-name=libc.a"]
    library = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    if not Path(library).is_absolute():
        raise EnvironmentProblem("clang finds no C library of WASI", where=path, hint=INSTALL)
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    return WebCompiler(path, (version.splitlines() or [""])[0])


def _generated(network: Portable, folder: Path, sources: KernelSources) -> list[_Job]:
    """Write the generated files of `network` into `folder`, and return the jobs that compile them."""
    texts = generate(network.graph, network.memory, network.implementations, network.graph.name)
    for name, text in texts.items():
        write_text(folder / name, text)
    include = (folder, *sources.include_folders)
    files = [folder / name for name in texts if name.endswith(".c")]
    return [_Job(path, path.with_suffix(".o"), include, NETWORK_OPTIMIZE) for path in files]


def _declared(network: Portable, folder: Path, sources: KernelSources) -> list[_Job]:
    """Return the jobs that compile the declared kernels of `network`, each file once."""
    kernels: Mapping[str, Kernel] = {
        item.name: item.code.kernel
        for item in network.implementations.values()
        if isinstance(item.code, DeclaredCode)
    }
    files = {path: kernel for kernel in kernels.values() for path in sources.files(kernel)}
    return [
        _Job(
            path,
            folder / f"kernel_{number}.o",
            sources.include_folders_of(kernel.set_name),
            sources.sets[kernel.set_name].optimize,
            is_ours=kernel.set_name == REFERENCE,
        )
        for number, (path, kernel) in enumerate(files.items())
    ]
