"""Networks that are not what their name says, or that unfold into far more than their bytes."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np

from support.hostile import Hostile
from support.networks import small_int8
from support.onnx_files import field, tensor_field
from support.tflite_builder import NetworkBuilder, changed, packed, schema, to_tflite

_SPARSE_BYTES = 30 * 10**9
READ = ("scons", "target=acme", "model=net.tflite")


def write(name: str, content: Callable[[], bytes]) -> Callable[[Path], object]:
    """A file of the project."""
    return lambda project: (project / name).write_bytes(content())


def pipe(name: str) -> Callable[[Path], object]:
    return lambda project: os.mkfifo(project / name)


def device(name: str) -> Callable[[Path], object]:
    return lambda project: (project / name).symlink_to("/dev/zero")


def sparse(name: str) -> Callable[[Path], object]:
    def make(project: Path) -> None:
        (project / name).parent.mkdir(exist_ok=True)
        with (project / name).open("wb") as file:
            file.truncate(_SPARSE_BYTES)

    return make


def wide_input() -> bytes:
    """One layer of 2**26 values, in some hundred bytes."""
    net = NetworkBuilder()
    x, y = (net.activation((1, 2**26), "int8", scale=0.5) for _ in range(2))
    net.layer("RELU", [x], [y])
    return to_tflite(net.finish([x], [y]))


def many_inputs() -> bytes:
    """Each input is within its limit, and their samples are not."""
    net = NetworkBuilder()
    found = [net.activation((1, 2**24), "int8", scale=0.5) for _ in range(3)]
    made = [net.activation((1, 2**24), "int8", scale=0.5) for _ in found]
    for read, written in zip(found, made, strict=True):
        net.layer("RELU", [read], [written])
    return to_tflite(net.finish(found, made))


def many_layers() -> bytes:
    def repeat(model: Any) -> None:
        model.subgraphs[0].operators *= 4000

    return changed(small_int8(), repeat)


def many_dimensions() -> bytes:
    def extend(model: Any) -> None:
        tensor = model.subgraphs[0].tensors[int(model.subgraphs[0].inputs[0])]
        tensor.shape = [1] * 100_000

    return changed(small_int8(), extend)


def shared_constant() -> bytes:
    """8,000 tensors with the same 64 KiB."""
    net = NetworkBuilder()
    x, y = (net.activation((1, 4), "float32") for _ in range(2))
    net.layer("RELU", [x], [y])
    net.constant(np.zeros(2**16, np.int8))

    def share(model: Any) -> None:
        graph = model.subgraphs[0]
        graph.tensors += [graph.tensors[-1]] * 8000

    return changed(net.finish([x], [y]), share)


def outside_buffers() -> bytes:
    """Each of 40 buffers behind the flatbuffer is the whole file."""
    size = 2**23

    def point(model: Any) -> None:
        for _ in range(40):
            buffer = schema.BufferT()
            buffer.offset, buffer.size = 2, size
            model.buffers.append(buffer)

    return changed(small_int8(), point) + bytes(size)


def many_states() -> bytes:
    net = NetworkBuilder()
    last = first = net.activation((1, 4), "float32")
    for _ in range(5):
        following, state = net.activation((1, 4), "float32"), net.activation((2**22,), "int8", scale=0.5)
        net.layer("ADD", [last, state], [following], fused_activation_function="NONE")
        last = following

    def keep(model: Any) -> None:
        for tensor in model.subgraphs[0].tensors:
            tensor.isVariable = len(tensor.shape) == 1

    return changed(net.finish([first], [last]), keep)


def circle() -> bytes:
    """Two conversions of float16 that read each other."""
    net = NetworkBuilder()
    x, y, a, b = (net.activation((1, 4), "float32") for _ in range(4))
    net.layer("DEQUANTIZE", [b], [a])
    net.layer("DEQUANTIZE", [a], [b])
    net.layer("ADD", [x, a], [y], fused_activation_function="NONE")

    def narrow(model: Any) -> None:
        for index in (a, b):
            model.subgraphs[0].tensors[index].type = schema.TensorType.FLOAT16

    return changed(net.finish([x], [y]), narrow)


def unfolding_constant() -> bytes:
    """A constant layer that declares four values and computes 2**40."""
    net = NetworkBuilder()
    x, y, filled = (net.activation((1, 4), "float32") for _ in range(3))
    sizes = net.constant(np.array([2**10] * 4, np.int32))
    net.layer("FILL", [sizes, net.constant(np.float32(1))], [filled])
    net.layer("ADD", [x, filled], [y], fused_activation_function="NONE")
    return to_tflite(net.finish([x], [y]))


def long_vector() -> bytes:
    """A list of operators with 2**31 entries."""
    model = schema.ModelT.InitFromPackedBuf(to_tflite(small_int8()))
    data = bytearray(packed(model))
    root = schema.Model.GetRootAs(data, 0)
    table = root.Subgraphs(0)._tab
    place = table.Vector(flatbuffers.number_types.UOffsetTFlags.py_type(table.Offset(10))) - 4
    data[place : place + 4] = (2**31).to_bytes(4, "little")
    return bytes(data)


def keras(**members: bytes) -> Callable[[], bytes]:
    """A zip archive with compressed members; '__' stands for '.'."""

    def content() -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name.replace("__", "."), data)
        return stream.getvalue()

    return content


def many_members() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(5000):
            archive.writestr(str(number), b"")
    return stream.getvalue()


def declared_weights() -> bytes:
    """Weights of 2**42 bytes, none of which are in the file."""
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("layers/dense/vars/0", (2**20, 2**20), np.float32, chunks=(2**10, 2**10))
    return keras(config__json=b"{}", model__weights__h5=stream.getvalue())()


def wide_layer() -> bytes:
    """A Dense layer of 2**31 units that has no weights in the file."""
    layer = {
        "module": "keras.layers",
        "registered_name": None,
        "class_name": "Dense",
        "config": {"name": "dense", "units": 2**31},
        "build_config": {"input_shape": [None, 2**10]},
    }
    source = {
        "module": "keras.layers",
        "registered_name": None,
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, 2**10], "name": "x"},
    }
    config = {
        "module": "keras",
        "registered_name": None,
        "class_name": "Sequential",
        "config": {"name": "net", "layers": [source, layer]},
    }
    return keras(config__json=json.dumps(config).encode(), metadata__json=b'{"keras_version": "3.15.1"}')()


def onnx(graph: bytes, ir_version: int = 8) -> Callable[[], bytes]:
    return lambda: field(1, ir_version) + field(7, graph) + field(8, field(2, 17))


def weights_beside(project: Path) -> None:
    os.mkfifo(project / "weights")
    (project / "net.onnx").write_bytes(onnx(field(5, tensor_field([4], "weights")))())


def nested(depth: int) -> bytes:
    """A graph in an attribute of a node of a graph, and so on."""
    graph = b""
    for _ in range(depth):
        graph = field(1, field(4, b"If") + field(5, field(1, b"then_branch") + field(6, graph)))
    return graph


def saved_model(content: bytes, beside: Callable[[Path], object] = lambda _: None) -> Callable[[Path], None]:
    def make(project: Path) -> None:
        (project / "saved" / "variables").mkdir(parents=True)
        (project / "saved" / "saved_model.pb").write_bytes(content)
        beside(project)

    return make


def huge_board(size: str) -> Callable[[Path], object]:
    def make(project: Path) -> None:
        board = project / "boards" / "acme.toml"
        board.write_text(board.read_text().replace('size = "64 KiB"', f'size = "{size}"'))
        (project / "net.tflite").write_bytes(to_tflite(small_int8()))

    return make


def _read(name: str) -> tuple[str, ...]:
    return ("scons", "target=acme", f"model={name}")


CASES = [
    Hostile("an empty network", write("net.tflite", bytes), READ, says="net.tflite"),
    Hostile("a pipe as a network", pipe("net.tflite"), READ, says="net.tflite: is a pipe (FIFO), not a file"),
    Hostile("a pipe as a Keras file", pipe("net.keras"), _read("net.keras"), says="is a pipe (FIFO)"),
    Hostile("a device as a network", device("net.tflite"), READ, says="net.tflite: is a device, not a file"),
    Hostile(
        "a network of 30 GB",
        sparse("net.tflite"),
        READ,
        says="net.tflite: size of a .tflite file: found 28610.23 MiB (30,000,000,000 B), expected at most "
        "128.00 MiB (134,217,728 B)",
    ),
    Hostile("an ONNX file of 30 GB", sparse("net.onnx"), _read("net.onnx"), says="size of a .keras or .onnx"),
    Hostile(
        "an input of 2**26 values",
        write("net.tflite", wide_input),
        READ,
        says="tensor 0 'tensor_0': size of an activation: found 64.00 MiB",
    ),
    Hostile(
        "samples of many inputs",
        write("net.tflite", many_inputs),
        READ,
        says="inputs: size of the samples of a network's inputs: found 768.00 MiB",
    ),
    Hostile("many layers", write("net.tflite", many_layers), READ, says="layers of a network: found 20,000"),
    Hostile(
        "many dimensions", write("net.tflite", many_dimensions), READ, says="dimensions of a tensor: found"
    ),
    Hostile("a constant of many tensors", write("net.tflite", shared_constant), READ, says="all constants"),
    Hostile("buffers behind the file", write("net.tflite", outside_buffers), READ, says="all constants"),
    Hostile("many states", write("net.tflite", many_states), READ, says="state that a network keeps"),
    Hostile("a circle of conversions", write("net.tflite", circle), READ, says="net.tflite"),
    Hostile(
        "a constant layer that unfolds",
        write("net.tflite", unfolding_constant),
        READ,
        says="layer 0 (FILL)",
    ),
    Hostile("a vector of 2**31 tables", write("net.tflite", long_vector), READ, says="larger than the file"),
    Hostile(
        "a zip bomb",
        write("net.keras", keras(config__json=b"{}", model__weights__h5=bytes(2**26))),
        _read("net.keras"),
        says="net.keras: unpacked bytes for each byte of a zip archive",
    ),
    Hostile(
        "many members", write("net.keras", many_members), _read("net.keras"), says="members of a zip archive"
    ),
    Hostile(
        "a nested configuration",
        write("net.keras", keras(config__json=b"[" * 100_000)),
        _read("net.keras"),
        says="net.keras: config.json: levels of nesting: found 100,000",
    ),
    Hostile(
        "weights of 4 TiB that are not there",
        write("net.keras", declared_weights),
        _read("net.keras"),
        says="model.weights.h5/layers/dense/vars/0: size of a .keras",
    ),
    Hostile(
        "a layer of 2**41 weights",
        write("net.keras", wide_layer),
        _read("net.keras"),
        says="net.keras",
        memory_mib=1024,
        cpu_s=60,
    ),
    Hostile(
        "initializers of 2**60 values",
        write("net.onnx", onnx(field(5, tensor_field([2**30, 2**30])))),
        _read("net.onnx"),
        says="net.onnx: initializers: size of",
    ),
    Hostile(
        "nested graphs", write("net.onnx", onnx(nested(200))), _read("net.onnx"), says="levels of nesting"
    ),
    Hostile("a version to come", write("net.onnx", onnx(b"", 99)), _read("net.onnx"), says="ir_version"),
    Hostile(
        "a pipe as a file of weights", weights_beside, _read("net.onnx"), says="weights: is a pipe (FIFO)"
    ),
    Hostile(
        "a damaged SavedModel", saved_model(b"\x12\xff\xff\xff\x7f"), _read("saved"), says="saved_model.pb"
    ),
    Hostile(
        "a pipe in a SavedModel",
        saved_model(b"", pipe("saved/variables/variables.index")),
        _read("saved"),
        says="variables.index: is a pipe (FIFO)",
    ),
    Hostile(
        "variables of 30 GB",
        saved_model(b"", sparse("saved/variables/variables.data-00000-of-00001")),
        _read("saved"),
        says="size of a .keras or .onnx file, or of all files of a SavedModel: found 28610.23 MiB",
    ),
    Hostile("a board with 2**60 bytes", huge_board(f"{2**60} B"), READ, says="memory.1.size"),
]
