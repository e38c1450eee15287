"""The digest of an object is over what is linked of it, and nothing else."""

import subprocess
from dataclasses import dataclass

import pytest

from scons_tinyml.records.errors import EnvironmentProblem, InternalError
from scons_tinyml.stages.firmware.objects import ArchivedObjects, linked_digest, members
from scons_tinyml.stages.firmware.programs import companion
from scons_tinyml.stages.firmware.toolchain import find_toolchain

COMPILER = "arm-none-eabi-gcc"
SOURCE = """\
extern int first(int);
extern int second(int);
static const int table[3] = {1, 2, 3};
int counter;
int kernel(int value)
{
    counter += table[value];
    return first(value) * 5;
}
"""


@pytest.fixture(scope="module")
def compile_text(tmp_path_factory):
    """The object of C code, compiled in a folder of its own."""
    compiler = find_toolchain(COMPILER)

    def compiled(text, *flags, name="kernel"):
        folder = tmp_path_factory.mktemp("folder")
        source, target = folder / f"{name}.c", folder / f"{name}.o"
        source.write_text(text)
        arguments = ["-mcpu=cortex-m3", "-mthumb", "-O1", "-g", *flags, "-c", "-o", str(target), str(source)]
        compiler.run(arguments, what="compiling")
        return target

    return compiled


def digest(path):
    return linked_digest(path.read_bytes())


def test_folders_comments_and_debug_information_do_not_count(compile_text):
    first = compile_text(SOURCE)
    moved = compile_text(f"/* A line more. */\n{SOURCE}")
    assert first.read_bytes() != moved.read_bytes()
    assert digest(first) == digest(moved) == digest(compile_text(SOURCE, "-g0"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("* 5", "* 7"),
        ("{1, 2, 3}", "{1, 2, 4}"),
        ("return first(", "return second("),
        ("int kernel(", "int kernel_2("),
        ("int counter;", "int counter = 1;"),
        ("int counter;", "static int counter;"),
    ],
    ids=["code", "constant", "what is called", "name", "data", "binding"],
)
def test_what_is_linked_counts(compile_text, old, new):
    assert old in SOURCE
    assert digest(compile_text(SOURCE.replace(old, new))) != digest(compile_text(SOURCE))


def test_another_optimization_is_another_object(compile_text):
    assert digest(compile_text(SOURCE, "-O0")) != digest(compile_text(SOURCE))


@dataclass(frozen=True)
class Named:
    """What of a kernel's declaration names its objects."""

    set_name: str = "mine"
    sources: tuple[str, ...] = ("kernel.c",)
    external_sources: tuple[str, ...] = ()


def archive(folder, *objects):
    path = folder / "mine.a"
    path.unlink(missing_ok=True)
    subprocess.run([companion(COMPILER, "gcc-ar"), "rcsD", path, *objects], check=True)
    return path


def test_a_kernel_is_all_of_its_objects_and_no_others(compile_text, tmp_path):
    long_name = "a_name_of_more_than_fifteen_letters"
    helper = compile_text("int first(int x) { return x; }", name=long_name)
    other = compile_text("int other(int x) { return x; }", name="other")
    kernel = Named(external_sources=(f"Source/{long_name}.c",))
    path = archive(tmp_path, compile_text(SOURCE), helper, other)
    assert dict(members(path)).keys() == {"kernel.o", f"{long_name}.o", "other.o"}
    first = ArchivedObjects([path]).digest(kernel)
    archive(tmp_path, compile_text(SOURCE), helper)
    assert ArchivedObjects([path]).digest(kernel) == first
    archive(
        tmp_path, compile_text(SOURCE), compile_text("int first(int x) { return x + 1; }", name=long_name)
    )
    assert ArchivedObjects([path]).digest(kernel) != first
    assert ArchivedObjects([path]).digest(Named()) != first


def test_what_is_not_there(compile_text, tmp_path):
    path = archive(tmp_path, compile_text(SOURCE))
    with pytest.raises(InternalError, match=r"mine\.a: there is no absent\.o in it"):
        ArchivedObjects([path]).digest(Named(sources=("absent.c",)))
    with pytest.raises(InternalError, match=r"kernel\.o: there is no archive of mine"):
        ArchivedObjects([]).digest(Named())
    path.write_text("text")
    with pytest.raises(EnvironmentProblem, match=r"mine\.a: is not an archive of objects"):
        ArchivedObjects([path]).digest(Named())
    path.unlink()
    with pytest.raises(EnvironmentProblem, match=r"mine\.a: cannot be read: No such file"):
        ArchivedObjects([path]).digest(Named())
