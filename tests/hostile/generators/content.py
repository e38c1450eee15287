"""Files of projects and networks that name what is not theirs: paths, options of pip, code, operators with effects."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from support.hostile import PAYLOAD, Hostile
from support.onnx_files import field
from support.project import ROOT

BUILD = ("scons", "target=acme", "model=mine")
OF_TENSORFLOW = {"memory_mib": 2048, "cpu_s": 60}
"""Limits of a process that imports TensorFlow."""
EXTERNAL = {
    "distribution": "small",
    "version": "1.0",
    "sha256": "0" * 64,
    "subfolder": "root",
    "licence": "MIT",
    "override_option": "SMALL_ROOT",
}
KERNEL = {
    "operator": "SOFTMAX",
    "type": "int8",
    "function": "mine",
    "description": "",
    "sources": ["mine.c"],
    "external_sources": ["a.c"],
}


def kernel_set(
    headers: list[str] | None = None, *, sources: list[str] | None = None, **external: str
) -> Callable[[Path], None]:
    """Return a writer of a kernel set of its own, with a wheel that there is nowhere."""

    def write(project: Path) -> None:
        folder = project / "kernels" / "mine"
        folder.mkdir(parents=True)
        (folder / "mine.c").touch()
        (project / "secret.c").touch()
        (folder / "set.toml").write_text(
            f'description = ""\noptimize = "-O2"\nexternal_headers = {json.dumps(headers or [])}\n[external]\n'
            + "".join(f"{key} = {json.dumps(value)}\n" for key, value in (EXTERNAL | external).items())
        )
        kernel = KERNEL | ({"sources": sources} if sources else {})
        (folder / "mine.toml").write_text(
            "".join(f"{key} = {json.dumps(value)}\n" for key, value in kernel.items())
        )

    return write


def linked_kernel(project: Path) -> None:
    kernel_set()(project)
    (project / "kernels" / "mine" / "mine.c").unlink()
    (project / "kernels" / "mine" / "mine.c").symlink_to(ROOT / "README.md")


def source(text: str) -> Callable[[Path], object]:
    """Return a writer of a model whose network is `text`; a network lies outside of the project."""

    def write(project: Path) -> None:
        (project.parent / "net.tflite").touch()
        (project / "models" / "mine" / "link.tflite").symlink_to(project.parent / "net.tflite")
        (project / "models" / "mine" / "model.toml").write_text(
            f'task = "none"\nsource = {json.dumps(text)}\n'
        )

    return write


def network(text: str) -> Callable[[Path], object]:
    """Return a writer of a model that is built by the Python file `text`, which would run."""

    def write(project: Path) -> None:
        payload = f"open({str(project / PAYLOAD)!r}, 'w')\n"
        (project.parent / "evil.py").write_text(payload)
        (project / "models" / "mine" / "link.py").symlink_to(project.parent / "evil.py")
        model = project / "models" / "mine" / "model.toml"
        model.write_text(model.read_text().replace("seed = 1", f"seed = 1\nnetwork = {json.dumps(text)}"))

    return write


def saved_model(project: Path) -> None:
    """Write a SavedModel, by the numbers of its fields, whose graph writes a file."""
    node = field(1, b"write") + field(2, b"WriteFile")
    (project / "net").mkdir()
    (project / "net" / "saved_model.pb").write_bytes(field(2, field(2, field(1, node))))


def keras(layer: dict[str, object]) -> Callable[[Path], object]:
    """Return a writer of a `.keras` file whose network is `layer`."""

    def write(project: Path) -> None:
        with zipfile.ZipFile(project / "net.keras", "w") as archive:
            archive.writestr("config.json", json.dumps(layer))
            archive.writestr("metadata.json", "{}")

    return write


def onnx(project: Path) -> None:
    """Write a network whose weights are in a file of the system."""
    location = field(1, b"location") + field(2, b"../../../../../../etc/passwd")
    (project / "net.onnx").write_bytes(field(1, 8) + field(7, field(5, field(13, location))))


CASES = [
    Hostile(
        "a distribution that pip would build",
        kernel_set(distribution="small @ file:///tmp/evil"),
        BUILD,
        says="kernels/mine/set.toml: external.distribution: found 'small @ file:///tmp/evil'; string should match",
    ),
    Hostile(
        "a version with an option of pip",
        kernel_set(version="1.0\n--index-url http://127.0.0.1:9"),
        BUILD,
        says=r"kernels/mine/set.toml: external.version: found '1.0\n--index-url http://127.0.0.1:9'; string should",
    ),
    Hostile(
        "a set that takes the place of an option",
        kernel_set(override_option="target"),
        BUILD,
        says="kernels/mine/set.toml: external.override_option: found 'target'",
    ),
    Hostile(
        "a header that is a folder above",
        kernel_set(["../.."]),
        ("scons", "-c", *BUILD[1:]),
        says="kernels/mine/set.toml: external_headers.0: '../..' leads out of its folder",
    ),
    Hostile(
        "a header that is a file of the system",
        kernel_set(["/etc/passwd"]),
        BUILD,
        says="kernels/mine/set.toml: external_headers.0: '/etc/passwd' is not a path relative to the folder of this",
    ),
    Hostile(
        "a kernel whose source is elsewhere",
        kernel_set(sources=["../../secret.c"]),
        BUILD,
        says="kernels/mine/mine.toml: sources.0: '../../secret.c' leads out of its folder",
    ),
    Hostile(
        "a kernel whose source is a link",
        linked_kernel,
        BUILD,
        says="kernels/mine/mine.toml: sources.0: 'mine.c' leads, by a link, out of the project",
    ),
    Hostile(
        "a network outside of the project",
        source("../../../net.tflite"),
        BUILD,
        says="models/mine/model.toml: source: '../../../net.tflite' leads out of the project copy it into the project, "
        "or say outside=FOLDER on the command line",
    ),
    Hostile(
        "a network that is a link",
        source("link.tflite"),
        BUILD,
        says="models/mine/model.toml: source: 'link.tflite' leads, by a link, out of the project",
    ),
    Hostile(
        "a network of a folder that a person named",
        source("../../../net.tflite"),
        (*BUILD, "outside=.."),
        says="/net.tflite: is empty; expected a TensorFlow Lite flatbuffer",
    ),
    Hostile(
        "code outside of the project",
        network("../../../evil.py"),
        BUILD,
        says="models/mine/model.toml: training.network: '../../../evil.py' leads out of the project",
    ),
    Hostile(
        "code that is a link",
        network("link.py"),
        BUILD,
        says="models/mine/model.toml: training.network: 'link.py' leads, by a link, out of the project",
    ),
    Hostile(
        "a SavedModel that writes a file",
        saved_model,
        ("scons", "target=acme", "model=net"),
        says="net/saved_model.pb: could do more than compute when it is loaded: it is of TensorFlow 1, and has "
        "operators of its own to initialize it; operator 'WriteFile' in the graph",
        **OF_TENSORFLOW,
    ),
    Hostile(
        "a SavedModel that a person trusts",
        saved_model,
        ("scons", "target=acme", "model=net", "trust_model=yes"),
        says="net/saved_model.pb: is no SavedModel to convert: cannot be loaded: ",
        **OF_TENSORFLOW,
    ),
    Hostile(
        "trust that is not spelt out",
        saved_model,
        ("scons", "target=acme", "model=net", "trust_model=1"),
        says="tinyml: error: command line: trust_model: '1' is not yes",
    ),
    Hostile(
        "a .keras file that calls the system",
        keras({"module": "os", "class_name": "system", "config": {"command": f"touch {PAYLOAD}"}}),
        ("scons", "target=acme", "model=net.keras"),
        says="net.keras: is not a network of Keras's layers alone: 'system' is of 'os', not of Keras's layers",
        **OF_TENSORFLOW,
    ),
    Hostile(
        "an .onnx file with weights of the system",
        onnx,
        ("scons", "target=acme", "model=net.onnx"),
        says="net.onnx: has weights in another file: '../../../../../../etc/passwd' leads out of its folder",
    ),
]
