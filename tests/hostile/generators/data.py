"""Data sets that somebody sends: arrays that are code, archives and pictures that are larger than they look."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from support.broken import small_float
from support.hostile import PAYLOAD, Hostile

ZEROS = bytes(2**20)
BUILD = ("scons", "target=acme", "model=mine")
MODEL = """\
[input]
shape = [4, 4, 1]

[dataset]
path = {path!r}
train_fraction = 0.7
validation_fraction = 0.1
{keys}
[training]
epochs = 1
samples_per_epoch = 64
batch_size = 64
learning_rate = 0.01
seed = 1
"""


def data(path: str, keys: str, write: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return a writer of a model whose data is `path`, which `write` makes in the folder of the model."""

    def made(project: Path) -> None:
        folder = project / "models" / "mine"
        (folder / "model.toml").write_text(MODEL.format(path=path, keys=keys))
        write(folder)

    return made


class Payload:
    """An object whose pickle makes a file."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (PAYLOAD, "w")


def npz(zeros: int = 0, **members: bytes) -> Callable[[Path], object]:
    """Return a writer of an archive of `members`, the first of which goes on with as many `zeros`."""

    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / "data.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (name, content) in enumerate(members.items()):
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    member.write(content)
                    for _ in range(0 if number else zeros // len(ZEROS)):
                        member.write(ZEROS)

    return write


def header(shape: str, kind: str = "<f4") -> bytes:
    """Beginning of an array of numpy with any words for its shape."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def labels() -> bytes:
    content = io.BytesIO()
    np.save(content, np.zeros(2, np.int64))
    return content.getvalue()


def png(width: int, height: int, data: bytes) -> Callable[[Path], object]:
    """Return a writer of a grey picture that says that it has so many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data, 9)), chunk(b"IEND", b""))
    return file("pictures/a/1.png", b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def file(name: str, content: bytes) -> Callable[[Path], object]:
    """Return a writer of one file."""

    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return write


def link(folder: Path) -> None:
    (folder / "pictures" / "a").mkdir(parents=True)
    (folder / "pictures" / "a" / "1.csv").symlink_to("/etc/passwd")


def pipe(folder: Path) -> None:
    import os

    (folder / "pictures" / "a").mkdir(parents=True)
    os.mkfifo(folder / "pictures" / "a" / "1.wav")


def representative(path: str) -> Callable[[Path], object]:
    """Return a writer of a given network that is quantized with `path`; calibration.npz beside it is a pipe."""

    def made(project: Path) -> None:
        import os

        folder = project / "models" / "mine"
        (folder / "model.toml").write_text(f'source = "net.tflite"\n[dataset]\nrepresentative = {path!r}\n')
        (folder / "net.tflite").write_bytes(small_float())
        (project / "secret.npz").touch()
        os.mkfifo(folder / "calibration.npz")

    return made


def wav(size: int, *, channels: int = 1, bits: int = 16) -> bytes:
    """A sound whose header says that it has `size` bytes, and that has two."""
    form = struct.pack("<HHIIHH", 1, channels, 8000, 16000, channels * bits // 8, bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size) + b"\0\0"
    return b"RIFF" + struct.pack("<I", len(body)) + body


IN_FOLDER = "models/mine/pictures/a/1"
WINDOWS = 'window = 16\nsample_rate = "8 kHz"\n'
CASES = [
    Hostile(
        "an array that is a pickle",
        data("data.npz", "", npz(x=header("(1,)", "|O") + pickle.dumps([Payload()]), y=labels())),
        BUILD,
        says="data.npz: is no .npz file that can be read: x.npy holds objects of Python, which are code, not numbers",
    ),
    Hostile(
        "an array of a tebibyte",
        data("data.npz", "", npz(x=header("(17179869184, 4, 4, 1)"), y=labels())),
        BUILD,
        says="data.npz: is no .npz file that can be read: x.npy declares 1099511627776 bytes",
    ),
    Hostile(
        "an archive that unpacks to a gibibyte",
        data("data.npz", "", npz(2**30, x=header("(16777216, 4, 4, 1)"), y=labels())),
        BUILD,
        says="size of a file of a data set, unpacked, and of all samples as float32: found 1024.00 MiB",
    ),
    Hostile(
        "a header of an array that is an expression",
        data("data.npz", "", npz(x=header("__import__('os').system('touch pwned')"), y=labels())),
        BUILD,
        says="data.npz: is no .npz file that can be read: x.npy has no header of an array",
    ),
    Hostile(
        "a picture of 3,600,000,000 pixels",
        data("pictures", "", png(60_000, 60_000, bytes(1000))),
        BUILD,
        says=f"{IN_FOLDER}.png: pixels of a picture: found more, expected at most 50,000,000",
    ),
    Hostile(
        "a picture of 49,000,000 pixels, of which there are few",
        data("pictures", "", png(7000, 7000, bytes(1000))),
        BUILD,
        says=f"{IN_FOLDER}.png: is no picture that can be read: ",
        memory_mib=640,
    ),
    Hostile(
        "a table that is a file of the system",
        data("pictures", WINDOWS, link),
        BUILD,
        says="models/mine/model.toml: dataset: '1.csv' leads, by a link, out of the project",
    ),
    Hostile(
        "a table with one cell of 60 MiB",
        data("pictures", WINDOWS, file("pictures/a/1.csv", b"1" * (60 * 2**20))),
        BUILD,
        says="field larger than field limit",
    ),
    Hostile(
        "a table with commands of a terminal",
        data("pictures", WINDOWS, file("pictures/a/1.csv", b"1\n\x1b]0;pwned\x07\n")),
        BUILD,
        says=f"{IN_FOLDER}.csv:2: '\\x1b]0;pwned\\x07' is not a finite number as float32",
    ),
    Hostile(
        "a sound that says that it has 4 GiB",
        data("pictures", WINDOWS, file("pictures/a/1.wav", wav(2**32 - 2))),
        BUILD,
        says=f"{IN_FOLDER}.wav: says that it has 4,294,967,294 bytes of samples, and has 2",
    ),
    Hostile(
        "a sound of no bits",
        data("pictures", WINDOWS, file("pictures/a/1.wav", wav(2, bits=0))),
        BUILD,
        says=f"{IN_FOLDER}.wav: is no .wav file that can be read: ",
    ),
    Hostile(
        "a sound that is a pipe",
        data("pictures", WINDOWS, pipe),
        BUILD,
        says=f"{IN_FOLDER}.wav: is a pipe (FIFO), not a file",
    ),
    Hostile(
        "data outside of the project",
        data("../../../secret.npz", "", lambda folder: (folder.parents[2] / "secret.npz").touch()),
        BUILD,
        says="models/mine/model.toml: dataset.path: '../../../secret.npz' leads out of the project",
    ),
    Hostile(
        "representative samples outside of the project",
        representative("../../../secret.npz"),
        BUILD,
        says="models/mine/model.toml: dataset.representative: '../../../secret.npz' leads out of the project",
    ),
    Hostile(
        "representative samples that are a pipe",
        representative("calibration.npz"),
        BUILD,
        says="models/mine/calibration.npz: is a pipe (FIFO), not a file",
    ),
]
