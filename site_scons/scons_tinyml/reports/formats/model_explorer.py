"""Cycles of the layers for Model Explorer, which shows them on the nodes of a .tflite file.

Format: `GraphNodeData` of the package ai-edge-model-explorer, node_data_builder.py. Nodes are found by the name of an
output tensor. To use it: open the network there, then 'Upload per-node data'.
"""

from __future__ import annotations

import json
from typing import Any

from scons_tinyml.reports.view import View

FILE_NAME = "model-explorer.json"
_GRADIENT = ((0.0, "#f1f4f8", "#1a1f27"), (1.0, "#0b5fa5", "#ffffff"))
"""Place between the least and the most cycles, colour of a node, and of its text."""


def render(view: View, width: int) -> str:  # noqa: ARG001 - JSON has no width
    """Return the cycles of all layers by the name of their output, as JSON; a firmware has no layers of its own."""
    layers = view.report.layers if view.report else ()
    results = {layer.output: {"value": layer.cycles} for layer in layers if layer.output}
    values: dict[str, Any] = {
        "name": f"cycles on {view.headline.target}",
        "results": results,
        "gradient": [
            {"stop": stop, "bgColor": colour, "textColor": text} for stop, colour, text in _GRADIENT
        ],
    }
    return json.dumps(values, indent=2) + "\n"
