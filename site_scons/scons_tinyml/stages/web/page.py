"""The page of a network: one file with its module, its samples, its style and its scripts."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from scons_tinyml.records.report import Report
from scons_tinyml.records.units import format_bytes, format_hertz, format_seconds
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.page.parts import content_policy, page_template, template_text
from scons_tinyml.resources import version
from scons_tinyml.stages.graph.ir import Tensor
from scons_tinyml.stages.web.compiler import Exports
from scons_tinyml.stages.web.entries import RANGES, Entry
from scons_tinyml.stages.web.expected import Expected
from scons_tinyml.stages.web.portable import Portable

if TYPE_CHECKING:
    from jinja2 import Template

SCRIPTS = ("network.js", "pictures.js", "recording.js", "sound.js", "page.js")
MOST_SHOWN = 12
"""Outputs that are shown; `page.js` has the same number."""
_DRAWING_PIXELS = 280
"""Pixels of the longer side of a drawing."""


@dataclass(frozen=True)
class Sample:
    """A sample: the bytes of its inputs, its label, and what the network makes of it."""

    inputs: tuple[bytes, ...]
    label: str
    expected: Expected


@dataclass(frozen=True)
class Contents:
    """All that a page is made of. `report` and `kernels` are those of a build; None and empty without one."""

    network: Portable
    module: bytes
    compiler: str
    mode: str
    description: str
    entry: Entry
    samples: tuple[Sample, ...]
    classes: tuple[str, ...]
    kernels: Mapping[int, str]
    """Kernel of each layer on the board."""
    report: Report | None
    oracle: str

    @property
    def origin(self) -> str:
        """What the outputs are compared with, in words."""
        return f"the emulator of {self.report.target}" if self.report else self.oracle


def page(contents: Contents) -> str:
    """Return the page."""
    style = template_text("style.css") + _text("web.css")
    script = "\n".join(map(_text, SCRIPTS))
    network = contents.network
    layers = [
        {
            "index": layer.index,
            "name": layer.name,
            "operator": layer.operator,
            "of_board": contents.kernels.get(layer.index),
            "here": getattr(network.implementations.get(layer.index), "name", None),
        }
        for layer in network.graph.layers
    ]
    outputs = [network.graph.tensors[index].elements for index in network.graph.outputs]
    values = {
        "name": network.graph.name,
        "mode": contents.mode,
        "description": contents.description,
        "size": format_bytes(len(contents.module)),
        "origin": contents.origin,
        "of_samples": f"The first {len(contents.samples)} samples",
        "labels": [sample.label for sample in contents.samples],
        "how": _how(contents.entry),
        "entry": contents.entry,
        "ranges": RANGES,
        "drawing": _drawing(contents.entry),
        "most": MOST_SHOWN if max(outputs) > MOST_SHOWN else 0,
        "times": _times(contents.report),
        "of_kernels": of_kernels(contents),
        "has_board": contents.report is not None,
        "layers": layers,
        "compiler": contents.compiler,
        "version": version(),
        "about": Markup(_json(about(contents))),
        "style": Markup(style),
        "script": Markup(script),
        "policy": content_policy(style, script, runs_module=True),
    }
    return _template().render(values) + "\n"


def about(contents: Contents) -> dict[str, Any]:
    """Return what the scripts of the page read."""
    graph, exports = contents.network.graph, Exports.of(contents.network.graph)
    return {
        "module": _text_of(contents.module),
        "inputs": [
            _tensor(graph.tensors[at], one) for at, one in zip(graph.inputs, exports.inputs, strict=True)
        ],
        "outputs": [
            _tensor(graph.tensors[at], one) for at, one in zip(graph.outputs, exports.outputs, strict=True)
        ],
        "invoke": exports.invoke,
        "reset": exports.reset,
        "classes": list(map(visible, contents.classes)),
        "entry": asdict(contents.entry),
        "from": contents.origin,
        "samples": [
            {
                "inputs": list(map(_text_of, sample.inputs)),
                "outputs": list(map(_text_of, sample.expected.outputs)),
                "bounds": sample.expected.bounds
                and [_text_of(bound.astype("<f8").tobytes()) for bound in sample.expected.bounds],
            }
            for sample in contents.samples
        ],
    }


def of_kernels(contents: Contents) -> str:
    """Return sentences on the kernels of the page beside those of the board."""
    if contents.report is None:
        return "Every layer runs a reference kernel, in plain C: no board was named."
    here = {layer: item.name for layer, item in contents.network.implementations.items()}
    kept = sum(contents.kernels.get(layer) == name for layer, name in here.items())
    if kept == len(here):
        return "Every layer runs the kernel that it runs on the board."
    return (
        f"{kept} of {len(here)} layers run the kernel of the board. The others are written for Arm's instructions "
        "there, and run a reference kernel in plain C here, which has the same outputs."
    )


def _how(entry: Entry) -> str:
    if entry.kind == "picture":
        stretched = f"Pictures are stretched to {entry.width} x {entry.height} pixels, as for training."
        if not entry.is_known:
            stretched = (
                f"Pictures are stretched to {entry.width} x {entry.height} pixels. What values training gave them "
                "is not known: the choice is that around the values of the samples."
            )
        return (
            f"Draw, or choose a picture. {stretched}" if entry.can_draw else f"Choose a picture. {stretched}"
        )
    if entry.kind == "sound":
        return (
            f"Listens once a button is pressed: a window of {entry.samples:,} values at {entry.rate_hz:,} Hz that "
            f"moves by {entry.stride:,}. Or choose a recording, and move the window over it."
        )
    if entry.kind == "readings":
        return (
            f"Choose a .csv file with a column for each of {entry.columns} sensors, and move the window of "
            f"{entry.rows:,} rows over it."
        )
    return f"Shows the samples alone: {entry.reason}."


def _drawing(entry: Entry) -> tuple[int, int]:
    """Return width and height of the drawing in pixels."""
    if entry.kind != "picture":
        return 0, 0
    scale = _DRAWING_PIXELS / max(entry.width, entry.height)
    return round(entry.width * scale), round(entry.height * scale)


def _times(report: Report | None) -> Sequence[tuple[str, str]]:
    if report is None:
        return ()
    latency = report.latency_s
    took, low, high = map(format_seconds, (latency.value, latency.low, latency.high))
    machine = f"{report.target}: {report.part}, {report.core} at {format_hertz(report.clock_hz)}"
    return [(machine, f"{took}, between {low} and {high} ({latency.evidence}); verdict: {report.verdict}")]


def _tensor(tensor: Tensor, function: str) -> dict[str, Any]:
    found = tensor.quantization
    return {
        "name": visible(tensor.name),
        "function": function,
        "type": tensor.type,
        "elements": tensor.elements,
        "bytes": tensor.size_bytes,
        "scale": found.scales[0] if found else 1.0,
        "zero_point": found.zero_points[0] if found else 0,
    }


def _text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(values: Mapping[str, Any]) -> str:
    """Return JSON that ends no element of the page."""
    return json.dumps(values, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    return page_template(_text("web.html.j2"))
