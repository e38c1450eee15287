"""Limits of the networks that are read, of what is made of them, and of the processes that read them.

A file of some hundred bytes can describe a network of any size. Every limit is far above what a microcontroller
holds, and is checked before the bytes are read or the memory is taken. The environment variable TINYML_LIMITS raises
limits: `TINYML_LIMITS=layers=50000,network_file=1GiB`. docs/limits.md lists them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from scons_tinyml.records.errors import InputError, ModelFileError
from scons_tinyml.records.record import Record
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.units import BYTES as BYTE_UNITS
from scons_tinyml.records.units import format_bytes, parse_quantity

Error = TypeVar("Error", bound=InputError)

_MOST_DIGITS = 20
"""Digits of a limit: enough for 64 bits. Not every Python 3.11 refuses to convert thousands of them."""
VARIABLE = "TINYML_LIMITS"
"""Environment variable with limits in place of the defaults: names and values, with commas between."""

BYTES = "B"
SECONDS = "s"
_MIB = 1024**2
_GIB = 1024**3


class SizeLimit(Record):
    """Largest size or number that is accepted. `about` names what is counted, as in 'layers of a network'."""

    name: str
    default: int
    unit: str
    """'B', 's', or '' for a number."""
    about: str
    reason: str

    @property
    def value(self) -> int:
        """Limit in force: the default, or that of TINYML_LIMITS. Raises InputError for an invalid variable."""
        return _raised(os.environ.get(VARIABLE, "")).get(self.name, self.default)

    def text(self, count: int) -> str:
        """Return `count` with the unit of this limit."""
        if self.unit == BYTES:
            return f"{format_bytes(count)} ({count:,} B)" if count >= _MIB else f"{count:,} B"
        return f"{count:,} {self.unit}".rstrip()

    def require(
        self,
        found: int,
        *,
        where: str | Path | None = None,
        key: str | None = None,
        error: type[InputError] = ModelFileError,
    ) -> None:
        """Raise `error`, of the file `where`, when `found` is above the limit."""
        if found > self.value:
            raise self.refusal(self.text(found), error, where=where, key=key)

    def refusal(
        self, found: str, error: type[Error], *, where: str | Path | None = None, key: str | None = None
    ) -> Error:
        """Return the error of a file with `found`, a size in words, where this limit is in force."""
        return error(
            f"{self.about}: found {found}, expected at most {self.text(self.value)}",
            where=where,
            key=key,
            hint=f"{self.reason}; if the input is right, {VARIABLE}={self.name}=... in the environment "
            "raises the limit",
        )


NETWORK_FILE = SizeLimit(
    "network_file",
    128 * _MIB,
    BYTES,
    "size of a .tflite file",
    "64 times the flash of the largest shipped board",
)
FLOAT_FILE = SizeLimit(
    "float_file",
    512 * _MIB,
    BYTES,
    "size of a .keras or .onnx file, or of all files of a SavedModel",
    "float weights take four times the bytes of int8",
)
FOLDER_FILES = SizeLimit(
    "folder_files", 1000, "", "files of a SavedModel folder", "exporters write fewer than ten"
)
SUBGRAPHS = SizeLimit("subgraphs", 256, "", "subgraphs of a .tflite file", "converters write one a signature")
LAYERS = SizeLimit(
    "layers", 10_000, "", "layers of a network", "unrolled recurrent networks have some thousand"
)
TENSORS = SizeLimit("tensors", 60_000, "", "tensors of a network", "layers have few tensors each")
BUFFERS = SizeLimit("buffers", 120_000, "", "buffers of a .tflite file", "converters write one a tensor")
TABLES = SizeLimit(
    "tables", 120_000, "", "other tables of one kind of a .tflite file", "they belong to layers and tensors"
)
NUMBERS = SizeLimit(
    "numbers",
    4_000_000,
    "",
    "numbers in shapes, scales and lists of tensors of a .tflite file",
    "a scale for every channel of large networks makes 100,000",
)
DIMENSIONS = SizeLimit("dimensions", 8, "", "dimensions of a tensor", "kernels have at most six")
ACTIVATION_BYTES = SizeLimit(
    "activation_bytes",
    16 * _MIB,
    BYTES,
    "size of an activation",
    "ten times the RAM of the largest shipped board",
)
STATE_BYTES = SizeLimit(
    "state_bytes",
    16 * _MIB,
    BYTES,
    "state that a network keeps between inferences",
    "ten times the RAM of the largest shipped board",
)
CONSTANT_BYTES = SizeLimit(
    "constant_bytes",
    256 * _MIB,
    BYTES,
    "size of all constants, counted for each tensor that has them",
    "twice the largest file, as float16 becomes float32",
)
MEETING_BLOCKS = SizeLimit(
    "meeting_blocks",
    4_000_000,
    "",
    "pairs of activations that are needed at the same time",
    "2,800 activations that are all needed at once",
)
SAMPLE_BYTES = SizeLimit(
    "sample_bytes",
    512 * _MIB,
    BYTES,
    "size of the samples of a network's inputs",
    "256 samples of half a million values in float32",
)
DATASET_BYTES = SizeLimit(
    "dataset_bytes",
    512 * _MIB,
    BYTES,
    "size of a file of a data set, unpacked, and of all samples as float32",
    "animal-mnist has 8 MiB, and 30 MiB as float32",
)
DATASET_FILES = SizeLimit(
    "dataset_files", 200_000, "", "files of a data set", "Speech Commands has 106,000 recordings"
)
DATASET_SAMPLES = SizeLimit(
    "dataset_samples", 2_000_000, "", "samples of a data set", "those of eight numbers each have 64 MiB"
)
DATASET_CLASSES = SizeLimit("dataset_classes", 10_000, "", "classes of a data set", "ImageNet has 1,000")
PICTURE_PIXELS = SizeLimit(
    "picture_pixels", 50_000_000, "", "pixels of a picture", "cameras of telephones make 48,000,000"
)
RECORDING_BYTES = SizeLimit(
    "recording_bytes", 64 * _MIB, BYTES, "size of a .csv or .wav file", "half an hour of 16 bits at 16 kHz"
)
ZIP_MEMBERS = SizeLimit("zip_members", 1000, "", "members of a zip archive", "a .keras file has three")
ZIP_RATIO = SizeLimit(
    "zip_ratio",
    200,
    "",
    "unpacked bytes for each byte of a zip archive of more than 1 MiB",
    "Keras does not compress",
)
JSON_BYTES = SizeLimit(
    "json_bytes", 16 * _MIB, BYTES, "size of config.json in a .keras file", "a layer takes some kilobytes"
)
NESTING = SizeLimit(
    "nesting", 100, "", "levels of nesting", "networks in networks make some ten, and parsers recurse"
)
GRAPH_NODES = SizeLimit(
    "graph_nodes", 50_000, "", "nodes of an .onnx file or a SavedModel", "several become one layer"
)
ONNX_INITIALIZERS = SizeLimit(
    "onnx_initializers", 60_000, "", "initializers of an .onnx file", "nodes have few each"
)
ONNX_IR_VERSION = SizeLimit(
    "onnx_ir_version", 13, "", "version of the format of an .onnx file", "the newest that converters know"
)
CONVERTER_MEMORY = SizeLimit(
    "converter_memory",
    4 * _GIB,
    BYTES,
    "memory of TensorFlow, onnx2tf or a reader of data",
    "TensorFlow itself takes 0.4 GiB",
)
CONVERTER_SECONDS = SizeLimit(
    "converter_time",
    3600,
    SECONDS,
    "processor time of a conversion by TensorFlow or onnx2tf, or of reading data",
    "networks for microcontrollers take seconds to minutes",
)
ORACLE_MEMORY = SizeLimit(
    "oracle_memory",
    2 * _GIB,
    BYTES,
    "memory of TensorFlow Lite Micro or LiteRT",
    "an arena has 64 MiB, and 16 are kept",
)
ORACLE_SECONDS = SizeLimit(
    "oracle_time",
    600,
    SECONDS,
    "processor time of an inference in TensorFlow Lite Micro or LiteRT",
    "networks for microcontrollers take seconds at most",
)

LIMITS: Mapping[str, SizeLimit] = {
    limit.name: limit for limit in list(globals().values()) if isinstance(limit, SizeLimit)
}
"""All limits by name."""


@cache
def _raised(text: str) -> dict[str, int]:
    """Return the limits in `text`, a value of TINYML_LIMITS, by name. Raises InputError."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        if name not in LIMITS:
            raise InputError(f"there is no limit '{name}'; {did_you_mean(name, LIMITS)}", where=VARIABLE)
        found[name] = _number(LIMITS[name], value)
    return found


def _number(limit: SizeLimit, text: str) -> int:
    try:
        if text.isdecimal() and len(text) <= _MOST_DIGITS:
            return int(text)
        if limit.unit == BYTES:
            return int(parse_quantity(text, {**BYTE_UNITS, "GiB": _GIB}))
    except (ValueError, OverflowError):
        pass
    example = "1GiB" if limit.unit == BYTES else str(2 * limit.default)
    raise InputError(f"'{text}' is not a number", where=VARIABLE, key=limit.name, hint=f"such as {example}")
