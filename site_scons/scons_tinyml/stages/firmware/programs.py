"""What really compiles: the programs behind the name of a compiler, as one digest.

The name on PATH says little: a package that was upgraded in place has the same path, a wrapper script the same version.
So the digest is over the contents of the file that was found, of what it calls (named by itself), of the programs
beside it, and over its specs, by which a wrapper tells which driver it stands before.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.stages.files import write_text

CALLED = ("cc1", "as", "collect2", "ld", "ar")
"""Programs that the driver, or one that it calls, starts by itself."""
COMPANIONS = ("gcc-ar", "objcopy")
"""Programs that a build calls by their own names."""
MEMORY = Path(".tinyml", "programs.json")
"""Digests of files that were read before, below the project; they are remembered where that folder is there."""
READ_BYTES = 1 << 16
"""Files up to this size are read each time: wrapper scripts, which people edit."""


def companion(compiler: str, tool: str) -> str:
    """The program `tool` ('objcopy', 'gcc-ar') beside the GCC `compiler`, named alike; folders keep their names."""
    folder, slash, name = compiler.rpartition("/")
    return f"{folder}{slash}{tool.join(name.rsplit('gcc', 1))}"


def find_companion(compiler: str, tool: str) -> str:
    """The program `tool` beside `compiler`, or where there is none the one of that name on PATH.

    A folder with nothing but a wrapper of the compiler has none. Raises EnvironmentProblem where there is none at all.
    """
    beside = companion(compiler, tool)
    found = shutil.which(beside) or shutil.which(Path(beside).name)
    if found is None:
        raise EnvironmentProblem(f"there is no {Path(beside).name} beside it, nor on PATH", where=compiler)
    return found


def programs_digest(compiler: str, memory: Path = MEMORY) -> str:
    """SHA-256 over all that compiles, links and archives when `compiler`, a path, is called.

    Raises EnvironmentProblem for a compiler that does not answer as GCC does.
    """
    questions = ["-dumpspecs", *(f"-print-prog-name={name}" for name in CALLED)]
    specs, *named = answers(compiler, questions)
    files = [compiler, *(name.strip() for name in named)]
    files += [find_companion(compiler, tool) for tool in COMPANIONS]
    digest = sha256(specs.encode())
    for name, found in file_digests([shutil.which(name) or name for name in files], memory).items():
        digest.update(f"\n{Path(name).name} {found}".encode())
    return digest.hexdigest()


def answers(compiler: str, questions: Sequence[str], flags: Sequence[str] = ()) -> list[str]:
    """What `compiler` prints for each of `questions`, options of GCC, all of them asked at once."""
    asked = [
        subprocess.Popen(
            [compiler, *flags, question],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        for question in questions
    ]
    found = [process.communicate() for process in asked]
    for question, process, (_, told) in zip(questions, asked, found, strict=True):
        if process.returncode:
            raise EnvironmentProblem(f"'{compiler} {question}' failed: {told.strip()}", where=compiler)
    return [output for output, _ in found]


def file_digests(files: Sequence[str], memory: Path = MEMORY) -> dict[str, str]:
    """SHA-256 of each of `files`, in their order; 30 MB are not read again while the state of a file is the same.

    Raises EnvironmentProblem for a file that cannot be read.
    """
    known = _remembered(memory)
    found: dict[str, str] = {}
    seen: dict[str, list[Any]] = {}
    for name in files:
        try:
            state = _state(Path(name))
            before = known.get(name, [])
            fresh = before[:-1] != state or state[0] <= READ_BYTES
            found[name] = sha256(Path(name).read_bytes()).hexdigest() if fresh else before[-1]
        except OSError as error:
            raise EnvironmentProblem(f"cannot be read: {error.strerror}", where=name) from None
        seen[name] = [*state, found[name]]
    if memory.parent.is_dir() and not seen.items() <= known.items():
        _remember(memory, {**known, **seen})
    return found


def _state(path: Path) -> list[int]:
    """What changes when the content of a file does: also its inode's own time, which nobody can set back."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev]


def _remembered(memory: Path) -> Mapping[str, list[Any]]:
    try:
        known = json.loads(memory.read_bytes())
        return {name: entry for name, entry in known.items() if isinstance(entry, list) and len(entry) == 6}
    except (OSError, ValueError, AttributeError):
        return {}


def _remember(memory: Path, entries: Mapping[str, list[Any]]) -> None:
    """That it cannot be written is no reason to fail."""
    try:
        write_text(memory, json.dumps(entries, sort_keys=True))
    except EnvironmentProblem:
        return
