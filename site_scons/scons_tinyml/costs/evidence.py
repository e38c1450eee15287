"""Class of evidence of a network's latency: hardware where its rows are complete, else the emulator.

    by_layer = {0: {"cmsis_nn/conv": {"hardware": row, "emulator": row}}, 1: {...}}
    evidence = class_of_network(by_layer)

Classes are never mixed in one sum. When one layer has no usable hardware row, all layers are judged by the emulator.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TypeVar, get_args

from scons_tinyml.costs.key import CostKey, Evidence

Layer = TypeVar("Layer", bound=Hashable)
Kernel = TypeVar("Kernel", bound=Hashable)
Row = TypeVar("Row")
Measured = Mapping[Evidence, Row]
"""Rows of one kernel on one layer by their class."""

CLASSES: tuple[Evidence, ...] = get_args(Evidence)
"""Classes in the order of preference."""


def keys_by_class(emulated: CostKey, firmware_version: str) -> dict[Evidence, CostKey]:
    """Return the keys to look up for one kernel on one layer; `emulated` is the key of its emulator row."""
    hardware = replace(emulated, evidence="hardware", timing_version=firmware_version)
    return {"hardware": hardware, "emulator": emulated}


def class_of_network(by_layer: Mapping[Layer, Mapping[Kernel, Measured[Row]]]) -> Evidence | None:
    """Return the first class in which every layer has a kernel with a row, None when there is no such class.

    `by_layer` holds only layers that run something, and only kernels that may be chosen. After the choice it may hold
    the chosen kernel of each layer alone: the class is then hardware only if each of these has a hardware row.
    """
    for evidence in CLASSES:
        if all(any(evidence in rows for rows in kernels.values()) for kernels in by_layer.values()):
            return evidence
    return None


def rows_of_class(
    by_layer: Mapping[Layer, Mapping[Kernel, Measured[Row]]], evidence: Evidence
) -> dict[Layer, dict[Kernel, Row]]:
    """Return the rows of the class `evidence`, whose cycles may be added up; kernels without one are left out."""
    return {
        layer: {kernel: rows[evidence] for kernel, rows in kernels.items() if evidence in rows}
        for layer, kernels in by_layer.items()
    }
