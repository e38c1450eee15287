"""Kinds of files that are given as networks and are none, and of networks that were compiled for another chip."""

from __future__ import annotations

import re

_READ_BYTES = 65536
"""Bytes of a file that are looked at. Licences stand before the array in C source."""

_BEGINNINGS = {
    b"version https://git-lfs.github.com": "is a pointer of Git LFS, not the network: 'git lfs pull' in its repository "
    "gets the file",
    b"PK\x03\x04": "is a zip archive: unpack it, or name it .keras if Keras saved it",
    b"\x89HDF\r\n\x1a\n": "is an HDF5 file of Keras: load it by keras.models.load_model, and save it with "
    "model.save('name.keras')",
    b"\x1f\x8b": "is compressed by gzip: unpack it",
}
_WEB_PAGE = re.compile(rb"\s*<(!doctype|html)", re.IGNORECASE)
_C_ARRAY = re.compile(rb"\b(unsigned\s+char|(signed\s+)?char|u?int8_t)\b[^;{}]*\[[^;{}]*\][^;{}]*=\s*\{")

C_ARRAY = "is C source with the network as an array: give the .tflite file that it was made from"

_COMPILED = {
    "ethos-u": "Arm's Ethos-U NPU, by Vela",
    "edgetpu-custom-op": "Google's Edge TPU",
    "NeutronGraph": "NXP's Neutron NPU",
    "vsi-npu": "VeriSilicon's NPU",
    "DISPATCH_OP": "the NPU of a telephone, by LiteRT",
}
"""Chips by the custom operator that stands for layers compiled for them."""


def description(data: bytes) -> str | None:
    """Return what a file with the bytes `data` is and what to do with it; None if that is unknown."""
    for beginning, found in _BEGINNINGS.items():
        if data.startswith(beginning):
            return found
    start = data[:_READ_BYTES]
    if _WEB_PAGE.match(start):
        return "is a web page: download the file itself, on GitHub by 'Raw'"
    return C_ARRAY if _C_ARRAY.search(start) else None


def compiled_for(custom_operator: str) -> str | None:
    """Return the problem of a network that was compiled for an NPU, by its custom operator; None for others."""
    chip = _COMPILED.get(custom_operator)
    return f"was compiled for {chip}; give the .tflite file from before that" if chip else None
