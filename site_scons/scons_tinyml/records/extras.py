"""Extras of the distribution: packages that only some builds need, `pip install 'scons-tinyml[train]'`.

A given `.tflite` file is built, measured, run and judged without any of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Extra:
    """An extra: the work that needs it (`for_what`), and its packages.

    Its Python `modules`, and the `distributions` that have them, the usual one first. `command` is a program that may
    also come from elsewhere, '' if it has none.
    """

    name: str
    for_what: str
    modules: tuple[str, ...]
    distributions: tuple[str, ...]
    command: str = ""


EXTRAS = (
    Extra(
        "train",
        "training, .keras files, SavedModels",
        ("tensorflow", "keras"),
        ("tensorflow-cpu", "tensorflow"),
    ),
    Extra("onnx", ".onnx files (Python 3.12 or newer)", (), ("onnx2tf",), command="onnx2tf"),
    Extra("pyocd", "upload=pyocd", ("pyocd",), ("pyocd",)),
    Extra("quantize", "int8 of a float .tflite", ("ai_edge_quantizer",), ("ai-edge-quantizer",)),
    Extra("dask", "scheduler=, workers=: measuring on a cluster", ("distributed",), ("distributed",)),
    Extra("explore", "scons explore, the search for variants", ("optuna",), ("optuna",)),
    Extra("tune", "tune=, the search for faster schedules", ("sklearn",), ("scikit-learn",)),
    Extra("timing", "own native timing models", ("numba", "llvmlite"), ("numba",)),
)
