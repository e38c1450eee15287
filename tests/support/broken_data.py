"""Arrays of a data.npz, most of them unusable; each function is named after the fault."""

from __future__ import annotations

from typing import Any

import numpy as np

Arrays = dict[str, Any]


def good() -> Arrays:
    """Samples for a network from four values to four, with labels."""
    values = np.random.default_rng(0).random((20, 4), np.float32)
    return {"x": values, "y": np.arange(20) % 4}


def pictures() -> Arrays:
    """Samples for the network `small` of support/broken.py."""
    return {"x": np.random.default_rng(0).random((20, 9, 9, 3), np.float32)}


def other_shape() -> Arrays:
    return {"x": np.zeros((20, 5), np.float32)}


def not_a_number() -> Arrays:
    return {"x": np.where(np.arange(80).reshape(20, 4) == 42, np.nan, good()["x"])}


def text() -> Arrays:
    return {"x": np.array([["one", "two", "three", "four"]])}


def empty() -> Arrays:
    return {"x": np.zeros((0, 4), np.float32), "y": np.zeros(0, np.int64)}


def objects() -> Arrays:
    return {"x": np.array([[None, 1, 2, 3]], object)}


def without_labels() -> Arrays:
    return {"x": good()["x"]}


def classes_of_another_network() -> Arrays:
    return {**good(), "y": np.arange(20) % 9}


def negative_label() -> Arrays:
    return {**good(), "y": np.arange(20) - 1}


def fractions_as_labels() -> Arrays:
    return {**good(), "y": np.linspace(0, 1, 20)}


def fewer_labels() -> Arrays:
    return {**good(), "y": np.arange(19) % 4}
