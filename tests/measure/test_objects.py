"""The digest of an object is over what is linked of it, and nothing else."""

import subprocess
from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import EnvironmentProblem, InternalError
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.objects import ArchivedObjects, linked_digest, members
from scons_tinyml.stages.firmware.programs import companion
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.lowering.implementation import DeclaredCode, GeneratedCode, Implementation

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
    return linked_digest(path.read_bytes(), path)


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


BOARD = read_board(Path(__file__).parents[2] / "boards" / "stm32l4.toml")


def kernel(*external_sources: str, sources: tuple[str, ...] = ("kernel.c",)) -> Implementation:
    """A declared kernel of the set `mine`, of which its files matter here."""
    names = {"name": "mine/kernel", "operator": "ADD", "type": "int8", "function": "f", "description": ""}
    declared = Kernel(**names, sources=sources, external_sources=external_sources)
    return Implementation("mine/kernel", "f", DeclaredCode(declared), ())


def objects(*archives: Path) -> ArchivedObjects:
    """The objects in `archives`."""
    return ArchivedObjects(ImageBuilder(BOARD, find_toolchain(), (), Path("startup.o"), archives))


def archive(folder, *objects):
    path = folder / "mine.a"
    path.unlink(missing_ok=True)
    subprocess.run([companion(COMPILER, "gcc-ar"), "rcsD", path, *objects], check=True)
    return path


def test_a_kernel_is_all_of_its_objects_and_no_others(compile_text, tmp_path):
    long_name = "a_name_of_more_than_fifteen_letters"
    helper = compile_text("int first(int x) { return x; }", name=long_name)
    other = compile_text("int other(int x) { return x; }", name="other")
    found = kernel(f"Source/{long_name}.c")
    path = archive(tmp_path, compile_text(SOURCE), helper, other)
    assert dict(members(path)).keys() == {"kernel.o", f"{long_name}.o", "other.o"}
    first = objects(path).digest(found)
    archive(tmp_path, compile_text(SOURCE), helper)
    assert objects(path).digest(found) == first
    archive(
        tmp_path, compile_text(SOURCE), compile_text("int first(int x) { return x + 1; }", name=long_name)
    )
    assert objects(path).digest(found) != first
    assert objects(path).digest(kernel()) != first


def test_what_is_not_there(compile_text, tmp_path):
    path = archive(tmp_path, compile_text(SOURCE))
    with pytest.raises(InternalError, match=r"mine\.a: there is no absent\.o in it"):
        objects(path).digest(kernel(sources=("absent.c",)))
    with pytest.raises(InternalError, match=r"kernel\.o: there is no archive of mine"):
        objects().digest(kernel())
    path.write_text("text")
    with pytest.raises(EnvironmentProblem, match=r"mine\.a: is not an archive of objects"):
        objects(path).digest(kernel())
    path.unlink()
    with pytest.raises(EnvironmentProblem, match=r"mine\.a: cannot be read: No such file"):
        objects(path).digest(kernel())


def test_generated_code_is_compiled_to_see_its_object():
    def generated(body: str, optimize: str = "-O2") -> Implementation:
        declaration = "int f(int x)"
        code = GeneratedCode(declaration, f"{declaration}\n{{\n    {body}\n}}\n", optimize)
        return Implementation("mine/kernel", "f", code, ())

    first = objects().digest(generated("return x + 1;"))
    assert objects().digest(generated("return 1 + x; /* the same code */")) == first
    assert objects().digest(generated("return x + 2;")) != first
    assert objects().digest(generated("return x + 1;", "-O0")) != first
