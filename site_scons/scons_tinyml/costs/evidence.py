"""Class of evidence of a network's latency: hardware where its rows are complete, else the emulator.

    by_layer = {0: {"cmsis_nn/conv": {"hardware": row, "emulator": row}}, 1: {...}}
    evidence = class_of_network(by_layer)

Classes are never mixed in one sum. So hardware wins as a whole or not at all: when there is one layer without a
hardware row that can be used, all layers are judged by the emulator.
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
    """The keys to look up for one kernel on one layer, from that of its emulator row."""
    hardware = replace(emulated, evidence="hardware", timing_version=firmware_version)
    return {"hardware": hardware, "emulator": emulated}


def class_of_network(by_layer: Mapping[Layer, Mapping[Kernel, Measured[Row]]]) -> Evidence | None:
    """The first class in which every layer has at least one kernel with a row, None when there is none.

    `by_layer` holds only kernels that may be chosen (proven, allowed), and only layers that run something. After a
    choice it may hold the chosen kernel of each layer alone: then hardware is told only if all of them have it.
    """
    for evidence in CLASSES:
        if all(any(evidence in rows for rows in kernels.values()) for kernels in by_layer.values()):
            return evidence
    return None


def rows_of_class(
    by_layer: Mapping[Layer, Mapping[Kernel, Measured[Row]]], evidence: Evidence
) -> dict[Layer, dict[Kernel, Row]]:
    """Rows of one class, of which a latency may be made; kernels without one are left out."""
    return {
        layer: {kernel: rows[evidence] for kernel, rows in kernels.items() if evidence in rows}
        for layer, kernels in by_layer.items()
    }
