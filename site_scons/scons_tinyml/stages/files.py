"""Write artefacts completely or not at all, with equal bytes for equal content, and read them again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.names import shorten
from scons_tinyml.records.typed import WrongValue

Record = TypeVar("Record")

_CHANGED = "is not what its stage writes: {}"
_AGAIN = "delete it and build again"


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` by `data`.

    A reader sees the old file or the new one, never a part, even after a kill.
    """
    with writing(path) as stream:
        stream.write(data)


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream whose content replaces `path` when the block ends without an error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EnvironmentProblem(f"cannot be written: {error.strerror or error}", where=path) from None


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of the content of `path`, read piece by piece. Raises InputError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None


def write_text(path: Path, text: str) -> None:
    """Replace `path` by `text` in UTF-8."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by `value` as JSON."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """Return the text of `value` in the files of stages: sorted keys, two spaces, a final newline."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_record(path: Path, make: Callable[[Mapping[str, Any]], Record]) -> Record:
    """Return `make` of the content of the JSON file `path`, which a stage wrote and anybody may have changed.

    Raises InputError for another content, also above a limit of `input_limits`, and when `make` rejects it with
    LookupError, TypeError, ValueError or AttributeError.
    """
    try:
        return make(read_json(path))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None
    except WrongValue as error:
        key = shorten(error.key, SHOWN_CHARACTERS) or None
        raise InputError(_CHANGED.format(error), where=path, key=key, hint=_AGAIN) from None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        problem_text = f"{type(error).__name__}: {shorten(str(error), SHOWN_CHARACTERS)}"
        raise InputError(_CHANGED.format(problem_text), where=path, hint=_AGAIN) from None
