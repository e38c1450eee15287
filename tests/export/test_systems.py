"""What build systems make of their exports: the code that was measured, and outputs of the oracle's bytes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from scons_tinyml.stages.firmware.objects import is_archive, members
from scons_tinyml.stages.firmware.toolchain import LINK_LIBRARIES
from support.exports import COMPILER, Exported, link, run, write_firmware
from support.sections import code_sections

needs_cmake = pytest.mark.skipif(
    shutil.which("cmake") is None or shutil.which("ninja") is None, reason="cmake and ninja are not on PATH"
)
MAKEFILE = """\
all: app.elf
include {small}/small.mk
include {other}/other.mk
LIBRARIES := $(SMALL_LIBRARY) $(OTHER_LIBRARY)
app.elf: main.c startup.c $(LIBRARIES)
\tarm-none-eabi-gcc {flags} $(SMALL_CPPFLAGS) $(OTHER_CPPFLAGS) -T link.ld -o $@ main.c startup.c $(SMALL_LIBS) $(OTHER_LIBS)
"""  # noqa: E501
CMAKE = """\
cmake_minimum_required(VERSION 3.13)
project(app C)
add_subdirectory({small} small)
find_package(other CONFIG REQUIRED)
add_executable(app.elf main.c startup.c)
target_link_libraries(app.elf PRIVATE small::small other::other small::core)
target_link_options(app.elf PRIVATE --specs=nano.specs -nostartfiles -Wl,--gc-sections -T{folder}/link.ld)
"""
ZEPHYR = """\
cmake_minimum_required(VERSION 3.20)
project(app C)
# What Zephyr's own functions do with the calls of a module (cmake/modules/extensions.cmake of Zephyr).
add_library(zephyr_interface INTERFACE)
target_compile_options(zephyr_interface INTERFACE {core} -Os)
function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE ${{ARGV}})
endfunction()
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY ${{name}})
  add_library(${{name}} STATIC "")
  target_link_libraries(${{name}} PUBLIC zephyr_interface)
  set_property(GLOBAL APPEND PROPERTY ZEPHYR_LIBS ${{name}})
endmacro()
function(zephyr_library_sources)
  target_sources(${{ZEPHYR_CURRENT_LIBRARY}} PRIVATE ${{ARGV}})
endfunction()
set(CONFIG_TINYML_SMALL y)
set(CONFIG_TINYML_OTHER y)
add_subdirectory({small}/zephyr small)
add_subdirectory({other}/zephyr other)
add_executable(app.elf main.c startup.c)
get_property(libraries GLOBAL PROPERTY ZEPHYR_LIBS)
target_link_libraries(app.elf PRIVATE zephyr_interface -Wl,--whole-archive ${{libraries}} -Wl,--no-whole-archive -lm)
target_link_options(app.elf PRIVATE {core} --specs=nano.specs -nostartfiles -Wl,--gc-sections -T{folder}/link.ld)
"""
ARDUINO = (
    "-Os",
    "-g",
    "-std=gnu11",
    "-ffunction-sections",
    "-fdata-sections",
    "--param",
    "max-inline-insns-single=500",
)
"""Flags of the Arduino core of the board's family, STM32duino, beside those of the core."""


def objects(files: Sequence[Path]) -> Iterator[bytes]:
    for path in files:
        if is_archive(path):
            yield from (data for _, data in members(path))
        else:
            yield path.read_bytes()


def unlike(network: Exported, made: Sequence[Path]) -> list[str]:
    """Return the names of sections in the objects `made` that are not, byte by byte, those of our own image."""
    ours = {found for data in objects(network.objects) for found in code_sections(data)}
    theirs = [found for data in objects(made) for found in code_sections(data)]
    assert len(theirs) > 10
    return [name for name, *content in theirs if (name, *content) not in ours]


def require_equal_outputs(elf: Path, *networks: Exported) -> None:
    for network in networks:
        found = network.run(elf)
        assert (found.samples, found.differing_bytes) == (2, 0)


def test_make_builds_two_networks_for_one_image(small: Exported, other: Exported, tmp_path: Path) -> None:
    flags = " ".join(write_firmware(tmp_path, small, other))
    text = MAKEFILE.format(small=small.folder("make"), other=other.folder("make"), flags=flags)
    (tmp_path / "Makefile").write_text(text)
    run(["make", "-j2"], tmp_path)
    require_equal_outputs(tmp_path / "app.elf", small, other)
    for network in (small, other):
        library = tmp_path / "build" / network.name / f"lib{network.name}.a"
        assert unlike(network, [library]) == []
    assert "Nothing to be done" in run(["make"], tmp_path)


@needs_cmake
def test_cmake_builds_two_networks_for_one_image(small: Exported, other: Exported, tmp_path: Path) -> None:
    write_firmware(tmp_path, small, other)
    (tmp_path / "CMakeLists.txt").write_text(CMAKE.format(small=small.folder("cmake"), folder=tmp_path))
    toolchain = small.folder("cmake") / "toolchain.cmake"
    words = ["-G", "Ninja", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DCMAKE_BUILD_TYPE=Debug"]
    run(["cmake", *words, f"-Dother_DIR={other.folder('cmake')}", "-B", "out"], tmp_path)
    run(["cmake", "--build", "out"], tmp_path)
    require_equal_outputs(tmp_path / "out" / "app.elf", small, other)
    assert unlike(small, [tmp_path / "out" / "small" / "libsmall.a"]) == []
    assert unlike(other, [tmp_path / "out" / "other" / "libother.a"]) == []


@needs_cmake
def test_zephyr_takes_whole_archives_and_optimizes_for_size(
    small: Exported, other: Exported, tmp_path: Path
) -> None:
    """Both libraries have the kernels that the networks share: they are linked once, as definitions are weak."""
    write_firmware(tmp_path, small, other)
    core = " ".join(small.manifest("zephyr")["flags"]["core"])
    folders = {"small": small.folder("zephyr"), "other": other.folder("zephyr"), "folder": tmp_path}
    (tmp_path / "CMakeLists.txt").write_text(ZEPHYR.format(core=core, **folders))
    toolchain = [f"-DCMAKE_C_COMPILER={COMPILER}", "-DCMAKE_SYSTEM_NAME=Generic"]
    words = ["-G", "Ninja", *toolchain, "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY", "-B", "out"]
    run(["cmake", *words], tmp_path)
    run(["cmake", "--build", "out"], tmp_path)
    require_equal_outputs(tmp_path / "out" / "app.elf", small, other)
    assert unlike(small, [tmp_path / "out" / "small" / "libtinyml_small.a"]) == []


def test_zephyr_finds_a_module(small: Exported) -> None:
    """Expectations of zephyr_module.py: texts by known keys, a folder with CMakeLists.txt, a file for Kconfig."""
    folder = small.folder("zephyr")
    lines = (folder / "zephyr" / "module.yml").read_text().splitlines()
    assert lines == ["name: tinyml_small", "build:", "  cmake: zephyr", "  kconfig: zephyr/Kconfig"]
    assert (folder / "zephyr" / "CMakeLists.txt").is_file()
    kconfig = (folder / "zephyr" / "Kconfig").read_text()
    assert re.match(r'config TINYML_SMALL\n\tbool "[^"\n]+"\n(\t[a-z].*\n)+\thelp\n(\t  \S.*\n)+$', kconfig)
    assert "\tdepends on CPU_CORTEX_M4\n" in kconfig
    assert "\tselect FPU\n" in kconfig


def compiled(folder: Path, sources: Path, flags: Sequence[str]) -> list[Path]:
    """Compile all C files below `sources` and return the objects, which lie in folders like theirs."""
    made = []
    for place in sorted({file.parent for file in sources.rglob("*.c")}):
        objects_of_it = folder / place.relative_to(sources)
        objects_of_it.mkdir(parents=True)
        run([COMPILER, *flags, "-c", *sorted(place.glob("*.c"))], objects_of_it)
        made += sorted(objects_of_it.glob("*.o"))
    return made


def test_platformio_compiles_a_library(small: Exported, other: Exported, tmp_path: Path) -> None:
    words = write_firmware(tmp_path, small, other)
    core = small.manifest("platformio")["flags"]["core"]
    made: list[Path] = []
    for network in (small, other):
        described = json.loads((network.folder("platformio") / "library.json").read_text())
        assert re.fullmatch(r"[^:;/,@<>]{1,100}", described["name"])
        assert re.fullmatch(r"\d+\.\d+\.\d+", described["version"])
        assert (described["frameworks"], described["platforms"]) == ("*", "*")
        build = described["build"]
        theirs = ["-Os", "-Wall", "-std=gnu11"]  # of a framework
        kept = [flag for flag in theirs if flag not in build["unflags"].split()]
        flags = [*core, *kept, *(flag for flag in build["flags"] if flag not in LINK_LIBRARIES)]
        found = compiled(tmp_path / network.name, network.folder("platformio") / build["srcDir"], flags)
        assert unlike(network, found) == []
        made += found
    includes = [network.folder("platformio") / "src" for network in (small, other)]
    require_equal_outputs(link(tmp_path, words, made, includes), small, other)


def test_arduino_compiles_everything_in_src(small: Exported, other: Exported, tmp_path: Path) -> None:
    words = write_firmware(tmp_path, small, other)
    core = small.manifest("arduino")["flags"]["core"]
    made: list[Path] = []
    for network in (small, other):
        lines = (network.folder("arduino") / "library.properties").read_text().splitlines()
        fields = dict(line.split("=", 1) for line in lines)
        assert fields.keys() >= {
            "name",
            "version",
            "author",
            "maintainer",
            "sentence",
            "paragraph",
            "category",
            "url",
        }
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}", fields["name"])
        assert re.fullmatch(r"\d+\.\d+\.\d+", fields["version"])
        assert (fields["architectures"], fields["ldflags"]) == ("stm32", "-lm")
        assert [path.name for path in (network.folder("arduino") / "src").glob("*.h")] == [fields["includes"]]
        made += compiled(tmp_path / network.name, network.folder("arduino") / "src", [*core, *ARDUINO])
    includes = [network.folder("arduino") / "src" for network in (small, other)]
    require_equal_outputs(link(tmp_path, words, made, includes), small, other)


def test_the_sketch_compiles(small: Exported, tmp_path: Path) -> None:
    folder = small.folder("arduino")
    sketch = (folder / "examples" / "small" / "small.ino").read_text()
    core = (
        "unsigned long micros(); void delay(unsigned long);\n"
        "struct Port { void begin(long); void println(unsigned long); } Serial;\n"
    )
    (tmp_path / "sketch.cpp").write_text(core + sketch)
    run(["arm-none-eabi-g++", "-fsyntax-only", "-Wall", "-Werror", f"-I{folder}/src", "sketch.cpp"], tmp_path)


def test_firmware_of_another_calling_convention(small: Exported, tmp_path: Path) -> None:
    words = write_firmware(tmp_path, small, float_abi="softfp")
    fragment = small.folder("make") / "small.mk"
    run(["make", "-j2", "-f", fragment, "SMALL_FLOAT_ABI=softfp", "build/small/libsmall.a"], tmp_path)
    library = tmp_path / "build" / "small" / "libsmall.a"
    require_equal_outputs(link(tmp_path, words, [library], [small.folder("make") / "src"]), small)


def test_a_library_of_ours_brings_its_generated_kernels(small: Exported, tmp_path: Path) -> None:
    """A linker searches an archive for what is undefined, and not for what is undefined and weak."""
    words = write_firmware(tmp_path, small)
    network, *archives = small.objects[:3], *small.objects[3:]
    run(["arm-none-eabi-ar", "rcsD", "libnetwork.a", *network], tmp_path)
    elf = link(tmp_path, words, ["libnetwork.a", *archives], [small.folder("make") / "src"])
    require_equal_outputs(elf, small)
