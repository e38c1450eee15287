"""Files of anybody have one reader a format, with limits. No other module opens them, or any file, without a reason."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import scons_tinyml

ROOT = Path(scons_tinyml.__file__).parents[1]
FORMATS = {
    "tomllib.load": "",
    "tomllib.loads": "scons_tinyml/records/toml_file.py",
    "json.load": "",
    "json.loads": "scons_tinyml/records/json_text.py",
    "orjson.loads": "scons_tinyml/costs/packs/lines.py scons_tinyml/costs/rows.py scons_tinyml/records/wire.py",
    "sqlite3.connect": "scons_tinyml/costs/connection.py",
    "elftools.elf.elffile.ELFFile": "scons_tinyml/emulator/elf_sections.py scons_tinyml/emulator/timing/native/flat.py",
}
"""Functions that read a format, and the files that may call them."""
OPENS = {"open", "os.open", "io.open", "numpy.fromfile", "np.fromfile", ".read_text", ".read_bytes"}
OWN = {
    "scons_tinyml/records/input_file.py": "the reader with limits",
    "scons_tinyml/explore/repeat.py": "answers of trainings, which it wrote itself",
    "scons_tinyml/explore/run.py": "digests of boards and splits that were read before",
    "scons_tinyml/stages/trial/__main__.py": "a job that the sender has just written",
    "scons_tinyml/stages/trial/trial_work.py": "splits and an answer, which it or its stage has written",
    "site_tools/tinyml/dependencies/contents.py": "digests of earlier builds, which it wrote itself",
    "site_tools/tinyml/dependencies/modules.py": "our own modules, and what they were",
    "site_tools/tinyml/nodes/kernels.py": "sources that were fetched, as their digest is to show",
    "site_tools/tinyml/nodes/measuring.py": "the mark that the cost database writes",
    "site_tools/tinyml/lifecycle/failing.py": "the null device",
    "site_tools/tinyml/lifecycle/places.py": "signatures of SCons, which SCons unpickles anyhow",
    "site_tools/tinyml/lifecycle/session.py": "the lock, which is opened for writing",
    "scons_tinyml/stages/quantize/accuracy.py": "a network that was read before",
    "scons_tinyml/stages/run/__main__.py": "a network that was read before",
    "scons_tinyml/stages/measure/samples.py": "a network that was read before",
    "scons_tinyml/library/pipeline.py": "a network that was read before",
    "scons_tinyml/stages/project_code.py": "code: it runs what it reads",
    "scons_tinyml/stages/data/file.py": "splits: sizes are checked against the header",
    "scons_tinyml/stages/npy.py": "arrays of an archive: sizes are checked against the header",
    "scons_tinyml/stages/data/readers/pictures.py": "a picture that was opened before, by Pillow",
    "scons_tinyml/stages/data/readers/wav.py": "a sound that was opened before, by the standard library",
    "scons_tinyml/stages/data/datasets/animal_mnist.py": "a data set whose package is pinned",
    "scons_tinyml/stages/gate/history.py": "the history, opened for appending",
    "scons_tinyml/stages/gate/publish.py": "images that were linked and judged",
    "scons_tinyml/stages/measure/hardware/images.py": "images that were linked",
    "scons_tinyml/stages/firmware/toolchain.py": "output of objcopy",
    "scons_tinyml/stages/firmware/programs.py": "programs of the compiler",
    "scons_tinyml/stages/firmware/driver.py": "the driver of the compiler",
    "scons_tinyml/stages/wheels.py": "a wheel, whose digest is checked",
    "scons_tinyml/stages/firmware/fetch.py": "a file of a wheel, whose digest is checked",
    "scons_tinyml/cli/new_project/project.py": "our own templates",
    "scons_tinyml/stages/train/keras_archive.py": "a network whose size was checked",
    "scons_tinyml/stages/train/saved_model_check.py": "a network whose size was checked",
    "scons_tinyml/stages/unread.py": "the null device",
    "scons_tinyml/costs/packs/seeds.py": "seeds, which the reader of packs has read",
    "scons_tinyml/costs/packs/signing.py": "a key of one's own, to which a signature is made",
    "site_tools/tinyml/lifecycle/commands.py": "the output of a command, opened for writing",
    "scons_tinyml/stages/templates.py": "our own templates",
    "scons_tinyml/costs/backup.py": "a copy that was written before",
    "scons_tinyml/costs/problems.py": "a folder, for its lock",
    "scons_tinyml/emulator/timing/native/compiled.py": "our own modules",
    "scons_tinyml/emulator/timing/native/shipped.py": "native code of our own wheel",
    "scons_tinyml/emulator/timing/native/objects.py": "native code that was compiled here",
    "scons_tinyml/revision.py": "the git folder of our own checkout",
    "scons_tinyml/registry.py": "our own modules",
    "scons_tinyml/reports/formats/__init__.py": "our own modules",
    "scons_tinyml/reports/page/parts.py": "our own templates, style and script",
    "scons_tinyml/stages/web/__main__.py": "a network that was read before",
    "scons_tinyml/stages/web/compiler.py": "WebAssembly that was linked",
    "scons_tinyml/stages/web/page.py": "our own templates, style and scripts",
    "scons_tinyml/cli/serving/folder.py": "pages, of which the beginning is read, and the rest sent piece by piece",
    "scons_tinyml/cli/serving/server.py": "our own template",
    "scons_tinyml/resources.py": "our own licence",
    "scons_tinyml/stages/files.py": "any file, for its digest, piece by piece",
    "scons_tinyml/stages/quality/reading.py": "a network that was read before",
    "site_tools/tinyml/nodes/exporting.py": "files of an export, for their digests",
    "scons_tinyml/reports/github.py": "the summary that a build has written",
    "scons_tinyml/stages/executors/facts.py": "our own modules, for their digest",
    "scons_tinyml/stages/measure/bench_work.py": "objects that were compiled here, and headers",
    "scons_tinyml/validation/published.py": "logs of a validation by hand",
}
"""Files that open others in another way, with the reason."""


def sources() -> list[Path]:
    return [path for path in sorted(ROOT.rglob("*.py")) if "data" not in path.relative_to(ROOT).parts[:2]]


def called(path: Path) -> set[str]:
    """Dotted names of what `path` calls, with the names that imports gave; methods as '.name'."""
    tree = ast.parse(path.read_text())
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    found = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name):
            found.add(names.get(call.func.id, call.func.id))
        elif isinstance(call.func, ast.Attribute):
            found |= {f".{call.func.attr}", ast.unparse(call.func)}
    return found


CALLS = {str(path.relative_to(ROOT)): called(path) for path in sources()}


@pytest.mark.parametrize("function", FORMATS)
def test_a_format_has_one_reader(function: str) -> None:
    assert sorted(path for path, calls in CALLS.items() if function in calls) == FORMATS[function].split()


def test_no_other_module_opens_files() -> None:
    others = {path for path in CALLS if _opens(path)}
    assert sorted(others - set(OWN)) == []


def test_every_reason_is_of_a_module_that_opens_files() -> None:
    assert [path for path in OWN if not _opens(path)] == []


def _opens(path: str) -> bool:
    """Return whether a file is opened. Databases, archives and consoles of ours have an `open` of another meaning."""
    return bool(CALLS[path] & OPENS) or any(
        call.endswith(".open") and call not in (".open", "CostDatabase.open", "self._open", "webbrowser.open")
        for call in CALLS[path]
    )


def test_a_new_reader_would_be_noticed(tmp_path: Path) -> None:
    path = tmp_path / "new.py"
    path.write_text("from json import loads as read\nread(open('x').read())\nPath('y').open()\n")
    assert {"json.loads", "open", ".open"} <= called(path)
