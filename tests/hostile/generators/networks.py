"""Networks of a few bytes that are not what their name says."""

from pathlib import Path

from support.hostile import Hostile


def empty(project: Path) -> None:
    (project / "net.tflite").write_bytes(b"")


CASES = [
    Hostile("an empty network", empty, ("scons", "target=acme", "model=net.tflite"), says="net.tflite"),
]
