"""Fetch the external sources of a kernel set: a wheel with a pinned SHA-256.

    python -m scons_tinyml.stages firmware.fetch --set kernels/cmsis_nn --manifest build/.../manifest.json

Only the files that kernels of the set name are unpacked, into the folder of the manifest.
"""

from __future__ import annotations

import hashlib
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from scons_tinyml.records.errors import InputError, InternalError, RecordError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SOURCE_BYTES
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.kernel import KernelSet, Wheel, read_kernel_set
from scons_tinyml.records.paths import locate
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.requests import FetchRequest
from scons_tinyml.stages.wheels import download

MANIFEST = "manifest.json"
"""File beside unpacked sources, with their digests."""
MOST_FILES = 10_000
MOST_UNPACKED_BYTES = 64 * 2**20
"""Limits of the files that are unpacked, and of their sizes together. CMSIS-NN has 65 of 0.8 MiB."""


def main(request: FetchRequest[Path]) -> None:
    """Entry point of the stage."""
    kernel_set, kernels = read_kernel_set(request.set)
    if kernel_set.external is None:
        raise InternalError("the set has no external sources", where=request.set)
    needed = {name for kernel in kernels for name in kernel.external_sources} | set(
        kernel_set.external_headers
    )
    with tempfile.TemporaryDirectory() as folder:
        pinned = kernel_set.external
        otherwise = f"give {pinned.override_option}=path of a checkout"
        wheel = download(pinned.distribution, pinned.version, pinned.sha256, Path(folder), otherwise)
        digests = unpack(wheel, kernel_set, sorted(needed), request.manifest.parent)
    files.write_json(request.manifest, {"wheel": kernel_set.external.model_dump(), "files": digests})


def is_of_wheel(folder: Path, wheel: Wheel) -> bool:
    """Return whether `folder` has the files of `wheel` as they were unpacked, whoever put them there."""
    try:
        manifest = read_json(folder / MANIFEST)
        digests = dict(manifest["files"])
        return bool(manifest["wheel"]["sha256"] == wheel.sha256) and all(
            hashlib.sha256(read_input(folder / name, SOURCE_BYTES)).hexdigest() == digest
            for name, digest in digests.items()
        )
    except (OSError, ValueError, LookupError, TypeError, InputError):
        return False


def unpack(wheel: Path, kernel_set: KernelSet, names: Sequence[str], folder: Path) -> dict[str, str]:
    """Write the files `names` of the wheel below `folder`; return their SHA-256 by name.

    Raises RecordError for a name that the wheel lacks or has as a link, and for more than the limits allow; nothing is
    written then.
    """
    contents = dict(zip(names, _read(wheel, kernel_set, names), strict=True))
    for name, data in contents.items():
        where = _declaration(kernel_set)
        files.write_bytes(locate(name, folder, where=where, key="external", project=folder), data)
    return {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}


def _read(wheel: Path, kernel_set: KernelSet, names: Sequence[str]) -> Iterator[bytes]:
    """Yield the content of each of `names`; sizes are counted as they come, whatever the archive says."""
    assert kernel_set.external is not None
    root, where = PurePosixPath(kernel_set.external.subfolder), _declaration(kernel_set)
    if len(names) > MOST_FILES:
        raise _refused(where, f"the set names {len(names)} files; the limit is {MOST_FILES}")
    left = MOST_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(wheel) as archive:
            entries: dict[str, list[zipfile.ZipInfo]] = {}
            for entry in archive.infolist():
                entries.setdefault(entry.filename, []).append(entry)
            for name in names:
                data = _read_one(archive, entries.get(str(root / name), []), str(root / name), left, where)
                left -= len(data)
                yield data
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
        raise _refused(where, f"{wheel.name} is no wheel that can be read: {error}") from None


def _read_one(
    archive: zipfile.ZipFile, found: Sequence[zipfile.ZipInfo], name: str, most_bytes: int, where: Path
) -> bytes:
    if len(found) != 1:
        raise _refused(where, f"the wheel has {len(found) or 'no'} files named {name!r}; expected one")
    kind = stat.S_IFMT(found[0].external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or found[0].flag_bits & 1:
        raise _refused(
            where, f"{name!r} of the wheel is a link, a folder or encrypted; expected a plain file"
        )
    with archive.open(found[0]) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        limit = format_bytes(MOST_UNPACKED_BYTES)
        raise _refused(where, f"its files are larger than {limit} together, the limit; {name!r} is the last")
    return data


def _declaration(kernel_set: KernelSet) -> Path:
    return Path("kernels", kernel_set.name, "set.toml")


def _refused(where: Path, problem: str) -> InputError:
    return RecordError(problem, where=where, key="external")
