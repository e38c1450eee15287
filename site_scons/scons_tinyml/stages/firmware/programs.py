"""The programs that a compiler command runs, as one digest.

The name on PATH is not enough: a package that was upgraded in place has the same path, a wrapper script the
same version. So the digest covers the contents of the file on PATH, of the programs that it calls and that
lie beside it, and its specs, which identify the driver behind a wrapper.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from scons_tinyml import resources
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.file_state import file_state
from scons_tinyml.records.json_text import read_json
from scons_tinyml.stages.files import write_text
from scons_tinyml.stages.firmware.driver import answers

CALLED = ("cc1", "as", "collect2", "ld", "ar")
"""Programs that the compiler driver starts itself."""
COMPANIONS = ("gcc-ar", "objcopy")
"""Programs that a build calls by name."""
MEMORY = resources.state_folder() / "programs.json"
"""Cache of file digests; written only when its folder exists."""
ANSWERS = "driver.json"
"""Cache of the driver's answers, beside MEMORY."""
READ_BYTES = 1 << 16
"""Files up to this size are always read again: they may be wrapper scripts, which people edit."""


def companion(compiler: str, tool: str) -> str:
    """Return the command of `tool` ('objcopy', 'gcc-ar') for `compiler`: same folder, same prefix."""
    folder, slash, name = compiler.rpartition("/")
    return f"{folder}{slash}{tool.join(name.rsplit('gcc', 1))}"


def find_companion(compiler: str, tool: str) -> str:
    """Return the path of `tool` beside `compiler`, or else on PATH.

    A folder that has only a compiler wrapper lacks it. Raises EnvironmentProblem when neither place has it.
    """
    beside = companion(compiler, tool)
    found = shutil.which(beside) or shutil.which(Path(beside).name)
    if found is None:
        raise EnvironmentProblem(f"there is no {Path(beside).name} beside it, nor on PATH", where=compiler)
    return found


def programs_digest(compiler: str, memory: Path = MEMORY) -> str:
    """Return the SHA-256 of everything that compiles, links and archives for the command `compiler`.

    Raises EnvironmentProblem for a compiler that does not answer like GCC.
    """
    queries = ["-dumpspecs", *(f"-print-prog-name={name}" for name in CALLED)]
    specs, *named = answers(compiler, queries, memory=memory.with_name(ANSWERS))
    files = [compiler, *(name.strip() for name in named)]
    files += [find_companion(compiler, tool) for tool in COMPANIONS]
    digest = sha256(specs.encode())
    for name, found in file_digests([shutil.which(name) or name for name in files], memory).items():
        digest.update(f"\n{Path(name).name} {found}".encode())
    return digest.hexdigest()


def file_digests(files: Sequence[str], memory: Path = MEMORY) -> dict[str, str]:
    """Return the SHA-256 of each of `files`, in order. Large unchanged files are not read again.

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
    status = path.stat()
    return [*file_state(status), status.st_dev]


def _remembered(memory: Path) -> Mapping[str, list[Any]]:
    try:
        known = read_json(memory)
        return {name: entry for name, entry in known.items() if isinstance(entry, list) and len(entry) == 6}
    except (OSError, ValueError, AttributeError, InputError):
        return {}


def _remember(memory: Path, entries: Mapping[str, list[Any]]) -> None:
    """Write the cache; ignore failures."""
    try:
        write_text(memory, json.dumps(entries, sort_keys=True))
    except EnvironmentProblem:
        return
