"""Programs beside the compiler, and what tells one compiler from another."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.stages.firmware import programs
from scons_tinyml.stages.firmware.programs import companion, file_digests, find_companion, programs_digest
from scons_tinyml.stages.firmware.toolchain import find_toolchain

FLAGS = ("-mcpu=cortex-m3", "-mthumb", "-mfloat-abi=soft")


@pytest.mark.parametrize(
    ("compiler", "tool", "expected"),
    [
        ("arm-none-eabi-gcc", "gcc-ar", "arm-none-eabi-gcc-ar"),
        ("/opt/gcc-arm/bin/arm-none-eabi-gcc", "gcc-ar", "/opt/gcc-arm/bin/arm-none-eabi-gcc-ar"),
        ("/opt/gcc-arm/bin/arm-none-eabi-gcc", "objcopy", "/opt/gcc-arm/bin/arm-none-eabi-objcopy"),
    ],
)
def test_only_the_name_of_the_file_changes(compiler, tool, expected):
    assert companion(compiler, tool) == expected


@pytest.fixture
def driver(tmp_path):
    """`made(cc1, ...)`: a compiler as a script that answers as GCC does; its programs are files beside it."""

    def made(cc1="cc1 1", specs="*asm:", script=""):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name, content in {"cc1": cc1, "as": "as 1", "collect2": "1", "ld": "ld 1", "ar": "1"}.items():
            (folder / name).write_text(content)
        for tool in ("arm-none-eabi-gcc-ar", "arm-none-eabi-objcopy"):
            (folder / tool).write_text(tool)
            (folder / tool).chmod(0o755)
        path = folder / "arm-none-eabi-gcc"
        path.write_text(
            f'#!/bin/sh\n# {script}\ncase "$1" in\n-dumpspecs) echo "{specs}" ;;\n'
            f'-print-prog-name=*) echo "{folder}/${{1#-print-prog-name=}}" ;;\nesac\n'
        )
        path.chmod(0o755)
        return str(path)

    return made


def test_each_program_and_the_specs_count(driver, tmp_path):
    memory = tmp_path / "none" / "memory.json"
    first = programs_digest(driver(), memory)
    assert programs_digest(driver(), memory) == first
    others = {programs_digest(driver(**change), memory) for change in (
        {"cc1": "cc1 2"}, {"specs": "*asm: -x"}, {"script": "adds a flag"}
    )}  # fmt: skip
    assert len(others) == 3 and first not in others


def test_where_the_programs_are_does_not_count(driver, tmp_path):
    memory = tmp_path / "none" / "memory.json"
    path = Path(driver())
    first = programs_digest(str(path), memory)
    link = tmp_path / "elsewhere" / "arm-none-eabi-gcc"
    link.parent.mkdir()
    link.symlink_to(path)
    for tool in ("gcc-ar", "objcopy"):
        shutil.copy(companion(str(path), tool), companion(str(link), tool))
    assert programs_digest(str(link), memory) == first


def test_a_compiler_that_does_not_answer(tmp_path):
    path = tmp_path / "gcc"
    path.write_text("#!/bin/sh\necho 'what?' >&2\nexit 1\n")
    path.chmod(0o755)
    with pytest.raises(EnvironmentProblem, match=r"gcc: '.*gcc -dumpspecs' failed: what\?"):
        programs_digest(str(path))


def test_a_large_file_is_read_once_and_again_when_its_state_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "READ_BYTES", 3)
    memory = tmp_path / ".tinyml" / "programs.json"
    large = tmp_path / "cc1"
    large.write_bytes(b"1234")
    first = file_digests([str(large)], memory)
    assert not memory.exists()  # no folder is made for it
    memory.parent.mkdir()
    assert file_digests([str(large)], memory) == first
    remembered = json.loads(memory.read_text())
    memory.write_text(json.dumps({name: [*entry[:-1], "0" * 64] for name, entry in remembered.items()}))
    assert file_digests([str(large)], memory) == {str(large): "0" * 64}  # not read
    status = large.stat()
    large.write_bytes(b"5678")
    os.utime(large, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file_digests([str(large)], memory)[str(large)] not in (first[str(large)], "0" * 64)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"/bin/sh": 3}', b"\xff"])
def test_a_damaged_memory_is_no_memory(tmp_path, content):
    memory = tmp_path / "programs.json"
    file = tmp_path / "file"
    file.write_bytes(b"content")
    memory.write_bytes(content)
    assert file_digests([str(file)], memory) == file_digests([str(file)], tmp_path / "none" / "x")


def test_a_wrapper_alone_in_its_folder_has_the_companions_on_path(tmp_path):
    wrapper = tmp_path / "arm-none-eabi-gcc"
    expected = shutil.which("arm-none-eabi-objcopy")
    if expected is None:
        pytest.skip("there is no compiler for the target")
    assert find_companion(str(wrapper), "objcopy") == expected
    with pytest.raises(EnvironmentProblem, match="there is no other-objcopy beside it, nor on PATH"):
        find_companion(str(tmp_path / "other-gcc"), "objcopy")


def test_identities_name_version_programs_and_libraries():
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("there is no compiler for the target")
    found = find_toolchain()
    assert found.identity == f"{found.version}, programs {found.programs[:16]}"
    libraries = found.library_digest(FLAGS)
    assert found.linked_identity(FLAGS) == f"{found.identity}, libraries {libraries[:16]}"
    assert libraries != found.library_digest(("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft"))
    assert replace(found, programs="0" * 64).identity != found.identity
