"""Records that stages write for each other; the first byte chooses which."""

from fuzz.files import in_file
from fuzz.tokens import JSON
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.stages.firmware.sizes import read_sizes
from scons_tinyml.stages.graph.files import read_graph, write_graph
from scons_tinyml.stages.measure.hardware.manifest import read_manifest
from scons_tinyml.stages.plan.footprint import read_footprint
from scons_tinyml.stages.plan.measurements import read_measurements
from scons_tinyml.stages.plan.record import read_plan
from scons_tinyml.stages.quantize.evaluation import read_evaluation
from scons_tinyml.stages.run.record import read_run
from support.stage_records import RECORDS, small_graph

TOKENS = (*JSON, b'""')
_CONSTANTS = bytes(range(256))
_READERS = {
    "plan": read_plan,
    "footprint": read_footprint,
    "measurements": read_measurements,
    "accuracy": read_evaluation,
    "run": read_run,
    "sizes": read_sizes,
    "images": read_manifest,
    "graph": lambda path: read_graph(path, in_file(_CONSTANTS, "graph.bin")),
}
_NAMES = tuple(_READERS)


def seeds() -> list[bytes]:
    path = in_file(b"", "graph.json")
    write_graph(small_graph(), path, path.with_suffix(".bin"))
    texts = {**RECORDS, "graph": path.read_text()}
    return [bytes((_NAMES.index(name),)) + text.encode() for name, text in texts.items()]


def execute(data: bytes) -> None:
    name = _NAMES[data[0] % len(_NAMES)] if data else "plan"
    try:
        _READERS[name](in_file(data[1:], f"{name}.json"))
    except TinymlError:
        return
