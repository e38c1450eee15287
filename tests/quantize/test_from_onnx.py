"""ONNX files: what we make of the command that converts them, and the command itself where it is installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import EnvironmentProblem, ModelFileError
from scons_tinyml.stages.command import call
from scons_tinyml.stages.graph.reader import read_canonical
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.quantize.from_onnx import convert, find_command, main, version
from scons_tinyml.stages.quantize.requests import FromOnnxRequest
from support.onnx_files import dense_relu

WEIGHTS = np.array([[1, -2], [0.5, 4], [-1, 0.25]], np.float32)


def command(folder: Path, *lines: str) -> Path:
    """A command that says with which arguments it was called, and then does `lines` of Python."""
    path = folder / "bin" / "onnx2tf"
    path.parent.mkdir()
    script = ["#!" + sys.executable, "import sys", "from pathlib import Path", *lines]
    path.write_text("\n".join(script) + "\n")
    path.chmod(0o755)
    return path


def network(folder: Path, batch: int | str = 1) -> Path:
    path = folder / "net.onnx"
    path.write_bytes(dense_relu(WEIGHTS, batch))
    return path


def test_the_float_network_is_taken(tmp_path):
    makes = (
        "[Path(f'net_{kind}.tflite').write_text(f'{kind} {sys.argv[1:]}') for kind in ('float16', 'float32')]"
    )
    found = convert(network(tmp_path), command(tmp_path, makes)).decode()
    assert found.startswith(f"float32 ['-i', '{tmp_path / 'net.onnx'}', '-o', ")
    assert found.endswith("'--non_verbose', '--batch_size', '1']")


def test_what_the_command_says_is_not_shown(tmp_path, capfd):
    talks = ("print('Model optimizing started')", "print('W0000 oneDNN', file=sys.stderr)")
    convert(network(tmp_path), command(tmp_path, *talks, "Path('net_float32.tflite').touch()"))
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["print('first')", "sys.exit('ERROR: operator Foo ')"], "ERROR: operator Foo"),
        (["print('done')"], "done"),
        ([], "it says nothing"),
    ],
)
def test_what_the_command_says_at_last_is_told(tmp_path, lines, said):
    (tmp_path / "lib" / "python3.13" / "site-packages" / "onnx2tf-2.6.9.dist-info").mkdir(parents=True)
    with pytest.raises(ModelFileError) as caught:
        convert(network(tmp_path), command(tmp_path, *lines))
    assert str(caught.value) == (
        f"{tmp_path / 'net.onnx'}: onnx2tf-2.6.9 cannot convert it: {said}\n"
        "  see what `onnx2tf -i net.onnx` says, or give a .tflite that was converted otherwise"
    )


def test_a_command_without_a_version_is_known_by_its_path(tmp_path):
    found = command(tmp_path)
    assert version(found) == str(found)


def test_no_command(tmp_path):
    with pytest.raises(EnvironmentProblem) as caught:
        convert(network(tmp_path), None)
    assert str(caught.value) == (
        f"{tmp_path / 'net.onnx'}: the command onnx2tf, which converts .onnx files, is not installed\n"
        "  pip install 'scons-tinyml[onnx]'; on Python 3.11, `pipx install onnx2tf`; "
        "or give a .tflite that was converted elsewhere"
    )


def test_no_file(tmp_path, capsys):
    assert call(main, FromOnnxRequest(onnx=tmp_path / "none.onnx", tflite=tmp_path / "out.tflite")) == 1
    assert "none.onnx: no such file" in capsys.readouterr().err


def test_the_command_is_found_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_command() is None
    found = command(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path), str(found.parent))))
    assert find_command() == found


@pytest.mark.skipif(find_command() is None, reason="onnx2tf is not installed (pipx install onnx2tf)")
@pytest.mark.parametrize("batch", [1, "n"])
def test_a_real_conversion(tmp_path, batch):
    (tmp_path / "net.tflite").write_bytes(convert(network(tmp_path, batch), find_command()))
    found = read_canonical(tmp_path / "net.tflite")
    values = np.array([[1, 2, 3]], np.float32)
    assert Oracle(found.tflite).run([values])[0].tolist() == np.maximum(values @ WEIGHTS, 0).tolist()
    with pytest.raises(ModelFileError, match=r"onnx2tf-.* cannot convert it: "):
        unknown = network(tmp_path).read_bytes().replace(b"Relu", b"Relo")
        (tmp_path / "net.onnx").write_bytes(unknown)
        convert(tmp_path / "net.onnx", find_command())
