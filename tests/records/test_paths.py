"""Texts in records that people write: each is of a kind, and each path stays in the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from scons_tinyml.records.axis import AxisName
from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.kernel import read_kernel_set
from scons_tinyml.records.metric import Metric, MetricEntry, MetricFunction, MetricName
from scons_tinyml.records.model import read_model
from scons_tinyml.records.paths import inner_folder, inner_path, locate, relative_path
from scons_tinyml.records.schema import RECORDS
from scons_tinyml.records.texts import ExpressionText, InnerFolder, InnerPath, ProjectPath, Prose
from scons_tinyml.records.toml_file import FileRecord
from scons_tinyml.validation.expected import read_images

PATHS = {ProjectPath: relative_path, InnerPath: inner_path, InnerFolder: inner_folder}
WRITTEN = {name: record for name, record in RECORDS.items() if issubclass(record, FileRecord)}


def texts(record: type[BaseModel], key: str = "") -> Iterator[tuple[str, Any, FieldInfo]]:
    """Yield key, type and field of each text in `record`, and in the records in it."""
    hints = get_type_hints(record, include_extras=True)
    for name, field in record.model_fields.items():
        for found in parts(hints[name]):
            if found is MetricEntry:
                yield from texts(Metric, f"{key}{name}.")
            elif isinstance(found, type) and issubclass(found, BaseModel):
                yield from texts(found, f"{key}{name}.")
            elif found is str or get_args(found)[:1] == (str,):
                yield f"{key}{name}", found, field


def parts(hint: Any) -> Iterator[Any]:
    """Yield what `hint` is made of, through unions, tuples and dicts."""
    if get_origin(hint) is Annotated or not get_args(hint) or get_origin(hint) is type:
        yield hint
        return
    for inner in get_args(hint):
        yield from parts(inner)


def limits(kind: Any, field: FieldInfo) -> list[Any]:
    """Return what limits a text: of its field, and of its type, as of the keys of a table."""
    own = [found.metadata for found in get_args(kind) if isinstance(found, FieldInfo)]
    return [*field.metadata, *(one for metadata in own for one in metadata)]


def paths() -> list[tuple[str, str]]:
    """Return record and key of each path."""
    return [
        (name, key) for name, record in WRITTEN.items() for key, kind, _ in texts(record) if kind in PATHS
    ]


@pytest.mark.parametrize("name", WRITTEN)
def test_every_text_is_of_a_kind(name: str) -> None:
    """A key of type str alone would go anywhere: give it a pattern, or a type of records/texts.py."""
    kinds = (Prose, ExpressionText, MetricName, MetricFunction, AxisName, *PATHS)
    free = [
        key
        for key, kind, field in texts(WRITTEN[name])
        if kind not in kinds and not any(getattr(one, "pattern", None) for one in limits(kind, field))
    ]
    assert free == []


def test_the_types_of_paths_check_them() -> None:
    for kind, check in PATHS.items():
        assert AfterValidator(check) in get_args(kind)


LEAVING = ("..", "../x", "a/../../../x", "/etc/passwd", "", "a\nb", "a\x00", "\x1b[31m", "a\u202e")
INNER = (*LEAVING, "a/../b", "./a", "a//b", "a/", "a/.")


@pytest.mark.parametrize("text", INNER)
def test_what_is_no_inner_path(text: str) -> None:
    for check in (inner_path, inner_folder):
        with pytest.raises(ValueError, match=re.escape(repr(text))):
            check(text)


@pytest.mark.parametrize("text", ["a.c", "Source/a b/ü.c", "..a", "a..", "-x", "$HOME", "~"])
def test_what_is_one(text: str) -> None:
    assert (inner_path(text), relative_path(text), inner_folder(text)) == (text, text, text)


def test_a_folder_may_be_the_whole() -> None:
    assert inner_folder(".") == "."


KERNEL = """operator = "ADD"
type = "int8"
function = "mine"
description = ""
sources = [{sources}]
external_sources = [{external_sources}]
[[revisions]]
since = "2"
sources = [{other_sources}]
external_sources = [{other_external_sources}]
"""
SET = """description = ""
optimize = "-O2"
external_include = [{include}]
external_headers = [{headers}]
[external]
distribution = "small"
version = "1.0"
sha256 = "{digest}"
subfolder = "{subfolder}"
licence = ""
override_option = "SMALL"
[external.revisions]
header = "{header}"
pinned = "1"
since = "1"
before = "3"
releases = ""
"""
TRAINED = """[input]
shape = [2]
[dataset]
name = "animal-mnist"
train_fraction = 0.5
validation_fraction = 0.1
[training]
epochs = 1
samples_per_epoch = 1
batch_size = 1
learning_rate = 1
seed = 1
network = "{network}"
"""
OWN = """[input]
shape = [2]
[dataset]
{key}
[training]
epochs = 1
samples_per_epoch = 1
batch_size = 1
learning_rate = 1
seed = 1
"""
DATA = {
    "script": 'script = "{network}"',
    "files": 'script = "a.py"\nfiles = ["{network}"]',
    "path": 'path = "{network}"',
    "train": 'train = "{network}"\ntest = "a"',
    "validation": 'train = "a"\nvalidation = "{network}"\ntest = "a"',
    "test": 'train = "a"\ntest = "{network}"',
}
"""Tables [dataset] with a path, by its key."""
GIVEN = 'source = "a.tflite"\n[dataset]\nrepresentative = "{network}"\n'
DRAWN = '[input]\nshape = [2]\n[random_weights]\noutputs = 1\nseed = 1\nnetwork = "{network}"\n'


def toml(text: str) -> str:
    """Return `text` within a basic string of TOML."""
    return "".join(
        char if char.isprintable() and char not in '"\\' else f"\\u{ord(char):04x}" for char in text
    )


def read_kernels(folder: Path, **texts: str) -> None:
    """Read a set with the paths `texts`, and otherwise good ones."""
    given = {
        "sources": "a.c",
        "external_sources": "b.c",
        "include": "i",
        "headers": "h.h",
        "other_sources": "a.c",
        "other_external_sources": "b.c",
        "subfolder": "s",
        "header": "h.h",
    } | texts
    alone = ("subfolder", "header")
    values = {key: toml(text) if key in alone else f'"{toml(text)}"' for key, text in given.items()}
    (folder / "a.c").touch()
    (folder / "set.toml").write_text(SET.format(**values, digest="0" * 64))
    (folder / "mine.toml").write_text(KERNEL.format(**values))
    read_kernel_set(folder)


def read_network(folder: Path, template: str, text: str) -> None:
    (folder / "model.toml").write_text(template.format(network=toml(text)))
    read_model(folder / "model.toml")


ROW = """[[firmware]]
name = "one"
board = "acme"
cycles = 1
until = "done"
source = ""
image = "{image}"
script = "{script}"
symbols = "{symbols}"
"""


def read_row(folder: Path, **texts: str) -> None:
    """Read a table of expected results with the paths `texts`, and otherwise good ones."""
    values = {"image": "a", "script": "b", "symbols": "c"} | texts
    table = folder / "expected.toml"
    table.write_text(ROW.format(**{key: toml(text) for key, text in values.items()}))
    read_images(table, folder, ("acme",))


READERS: dict[tuple[str, str], Any] = {
    ("kernel", "sources"): lambda folder, text: read_kernels(folder, sources=text),
    ("kernel", "external_sources"): lambda folder, text: read_kernels(folder, external_sources=text),
    ("kernel", "revisions.sources"): lambda folder, text: read_kernels(folder, other_sources=text),
    ("kernel", "revisions.external_sources"): lambda folder, text: read_kernels(
        folder, other_external_sources=text
    ),
    ("kernel-set", "external.revisions.header"): lambda folder, text: read_kernels(folder, header=text),
    ("kernel-set", "external_include"): lambda folder, text: read_kernels(folder, include=text),
    ("kernel-set", "external_headers"): lambda folder, text: read_kernels(folder, headers=text),
    ("kernel-set", "external.subfolder"): lambda folder, text: read_kernels(folder, subfolder=text),
    ("expected-results", "firmware.image"): lambda folder, text: read_row(folder, image=text),
    ("expected-results", "firmware.script"): lambda folder, text: read_row(folder, script=text),
    ("expected-results", "firmware.symbols"): lambda folder, text: read_row(folder, symbols=text),
    ("model", "source"): lambda folder, text: read_network(folder, 'source = "{network}"', text),
    ("model", "training.network"): lambda folder, text: read_network(folder, TRAINED, text),
    ("model", "random_weights.network"): lambda folder, text: read_network(folder, DRAWN, text),
    ("model", "dataset.representative"): lambda folder, text: read_network(folder, GIVEN, text),
    **{
        ("model", f"dataset.{key}"): partial(
            lambda folder, text, table: read_network(folder, OWN.replace("{key}", table), text), table=table
        )
        for key, table in DATA.items()
    },
}


def test_all_paths_are_tried() -> None:
    assert sorted(READERS) == sorted(paths())


@pytest.mark.parametrize(
    "text", ["/etc/a.py:f", "a\nb.py:f", "a.py:", ":f", "a.py:f()", "F1", "a.txt:f", "", "\x1b"]
)
def test_what_is_no_function_of_a_metric(text: str) -> None:
    with pytest.raises(ValidationError):
        Metric(function=text, better="lower")


REFUSED = [(key, text) for key in READERS for text in LEAVING if key[0] != "model" or ".." not in text]


@pytest.mark.parametrize(("key", "text"), REFUSED)
def test_no_file_names_a_path_outside(key: tuple[str, str], text: str, tmp_path: Path) -> None:
    """A '..' in the path of a model is found when the path is followed: see tests/hostile."""
    with pytest.raises(RecordError) as caught:
        READERS[key](tmp_path, text)
    assert re.sub(r"\.\d+", "", str(caught.value.key)).startswith(key[1])
    assert repr(text) in str(caught.value) or ("\0" in text and "NUL character" in str(caught.value))


@pytest.mark.parametrize("key", READERS, ids=".".join)
def test_a_path_inside_is_read(key: tuple[str, str], tmp_path: Path) -> None:
    READERS[key](tmp_path, "a.c")


@pytest.fixture
def project(tmp_path: Path) -> SimpleNamespace:
    """A project with a model, and a file and a folder outside of it."""
    root = tmp_path / "project"
    model = root / "models" / "mine"
    model.mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    for path in (
        root / "net.tflite",
        model / "net.tflite",
        tmp_path / "secret",
        tmp_path / "shared" / "net.tflite",
    ):
        path.touch()
    return SimpleNamespace(root=root, model=model, file=model / "model.toml", outer=tmp_path)


def found(project: SimpleNamespace, text: str, **rest: Any) -> Path:
    return locate(text, project.model, where=project.file, key="source", project=project.root, **rest)


@pytest.mark.parametrize("text", ["net.tflite", "../../net.tflite", "new.tflite", "../other/gone.tflite"])
def test_within_the_project(text: str, project: SimpleNamespace) -> None:
    assert found(project, text) == project.model / text


@pytest.mark.parametrize("text", ["../../../secret", "../../..", "../../../project2/x"])
def test_out_of_the_project(text: str, project: SimpleNamespace) -> None:
    with pytest.raises(RecordError) as caught:
        found(project, text)
    assert str(caught.value) == (
        f"{project.file}: source: {text!r} leads out of the project\n  copy it into the project"
    )


def test_a_folder_that_a_person_named(project: SimpleNamespace) -> None:
    text = "../../../shared/net.tflite"
    assert found(project, text, outside=[project.outer / "shared"]) == project.model / text
    with pytest.raises(RecordError, match="or say outside=FOLDER on the command line"):
        found(project, "../../../secret", outside=[project.outer / "shared"])


@pytest.mark.parametrize("target", ["../../../secret", "/etc/passwd"])
def test_links_that_lead_out(target: str, project: SimpleNamespace) -> None:
    (project.model / "link").symlink_to(target)
    with pytest.raises(RecordError, match=r"'link' leads, by a link, out of the project"):
        found(project, "link")


def test_links_that_stay(project: SimpleNamespace) -> None:
    (project.model / "link").symlink_to("../../net.tflite")
    assert found(project, "link").resolve() == (project.root / "net.tflite").resolve()


def test_links_in_a_circle(project: SimpleNamespace) -> None:
    (project.model / "link").symlink_to("link")
    with pytest.raises(RecordError, match="cannot be followed") as caught:
        found(project, "link/x")
    assert caught.value.key == "source"


def test_a_folder_outside_of_the_project_is_a_limit_itself(project: SimpleNamespace) -> None:
    """Models of TINYML_MODELS may lie anywhere, and do not name what is beside them."""
    folder = project.outer / "shared"
    assert locate("net.tflite", folder, where=folder, key="source", project=project.root).is_file()
    with pytest.raises(RecordError, match=r"'\.\./secret' leads out of its folder"):
        locate("../secret", folder, where=folder, key="source", project=project.root)


def test_a_link_among_kernels(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "secret.c").touch()
    (tmp_path / "mine" / "a.c").symlink_to("../secret.c")
    with pytest.raises(RecordError, match=r"sources\.0: 'a\.c' leads, by a link, out of"):
        read_kernels(tmp_path / "mine")
