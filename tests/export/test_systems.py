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
from support.documentation import blocks_of
from support.exports import COMPILER, Exported, link, run, write_firmware
from support.project import ROOT
from support.sections import code_sections

needs_cmake = pytest.mark.skipif(
    shutil.which("cmake") is None or shutil.which("ninja") is None, reason="cmake and ninja are not on PATH"
)
PAGE = ROOT / "docs" / "into-your-firmware.md"
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
set(CONFIG_TINYML_KWS y)
set(CONFIG_TINYML_WAKE y)
add_subdirectory({kws}/zephyr kws)
add_subdirectory({wake}/zephyr wake)
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


def write_example(folder: Path, system: str, networks: Sequence[Exported]) -> None:
    """Write what the page has in `folder`: exports beside start-up code, main and linker script."""
    write_firmware(folder, *networks)
    [main] = blocks_of(PAGE, "c")
    (folder / "main.c").write_text(main)
    for network in networks:
        (folder / network.name).symlink_to(network.folder(system))


def test_make_builds_the_example_of_the_page(kws: Exported, wake: Exported, tmp_path: Path) -> None:
    write_example(tmp_path, "make", (kws, wake))
    [makefile] = blocks_of(PAGE, "make")
    (tmp_path / "Makefile").write_text(makefile)
    run(["make", "-j2"], tmp_path)
    require_equal_outputs(tmp_path / "app.elf", kws, wake)
    for network in (kws, wake):
        library = tmp_path / "build" / network.name / f"lib{network.name}.a"
        assert unlike(network, [library]) == []
    assert "Nothing to be done" in run(["make"], tmp_path)


@needs_cmake
def test_cmake_builds_the_example_of_the_page(kws: Exported, wake: Exported, tmp_path: Path) -> None:
    write_example(tmp_path, "cmake", (kws, wake))
    [lists] = blocks_of(PAGE, "cmake")
    (tmp_path / "CMakeLists.txt").write_text(lists)
    [commands] = (block for block in blocks_of(PAGE, "sh") if "cmake -G" in block)
    for command in commands.splitlines():
        run(command.split(), tmp_path)
    require_equal_outputs(tmp_path / "out" / "app.elf", kws, wake)
    for network in (kws, wake):
        assert unlike(network, list((tmp_path / "out").rglob(f"lib{network.name}.a"))) == []


@needs_cmake
def test_zephyr_takes_whole_archives_and_optimizes_for_size(
    kws: Exported, wake: Exported, tmp_path: Path
) -> None:
    """Both libraries have the kernels that the networks share: they are linked once, as definitions are weak."""
    write_firmware(tmp_path, kws, wake)
    core = " ".join(kws.manifest("zephyr")["flags"]["core"])
    folders = {"kws": kws.folder("zephyr"), "wake": wake.folder("zephyr"), "folder": tmp_path}
    (tmp_path / "CMakeLists.txt").write_text(ZEPHYR.format(core=core, **folders))
    toolchain = [f"-DCMAKE_C_COMPILER={COMPILER}", "-DCMAKE_SYSTEM_NAME=Generic"]
    words = ["-G", "Ninja", *toolchain, "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY", "-B", "out"]
    run(["cmake", *words], tmp_path)
    run(["cmake", "--build", "out"], tmp_path)
    require_equal_outputs(tmp_path / "out" / "app.elf", kws, wake)
    assert unlike(kws, [tmp_path / "out" / "kws" / "libtinyml_kws.a"]) == []


def test_zephyr_finds_a_module(kws: Exported) -> None:
    """Expectations of zephyr_module.py: texts by known keys, a folder with CMakeLists.txt, a file for Kconfig."""
    folder = kws.folder("zephyr")
    lines = (folder / "zephyr" / "module.yml").read_text().splitlines()
    assert lines == ["name: tinyml_kws", "build:", "  cmake: zephyr", "  kconfig: zephyr/Kconfig"]
    assert (folder / "zephyr" / "CMakeLists.txt").is_file()
    kconfig = (folder / "zephyr" / "Kconfig").read_text()
    assert re.match(r'config TINYML_KWS\n\tbool "[^"\n]+"\n(\t[a-z].*\n)+\thelp\n(\t  \S.*\n)+$', kconfig)
    assert "\tdepends on CPU_CORTEX_M4\n" in kconfig
    assert "\tselect FPU\n" in kconfig
    assert blocks_of(PAGE, "ini") == ["CONFIG_TINYML_KWS=y\n"]


def compiled(folder: Path, sources: Path, flags: Sequence[str]) -> list[Path]:
    """Compile all C files below `sources` and return the objects, which lie in folders like theirs."""
    made = []
    for place in sorted({file.parent for file in sources.rglob("*.c")}):
        objects_of_it = folder / place.relative_to(sources)
        objects_of_it.mkdir(parents=True)
        run([COMPILER, *flags, "-c", *sorted(place.glob("*.c"))], objects_of_it)
        made += sorted(objects_of_it.glob("*.o"))
    return made


def test_platformio_compiles_a_library(kws: Exported, wake: Exported, tmp_path: Path) -> None:
    words = write_firmware(tmp_path, kws, wake)
    core = kws.manifest("platformio")["flags"]["core"]
    made: list[Path] = []
    for network in (kws, wake):
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
    includes = [network.folder("platformio") / "src" for network in (kws, wake)]
    require_equal_outputs(link(tmp_path, words, made, includes), kws, wake)


def test_arduino_compiles_everything_in_src(kws: Exported, wake: Exported, tmp_path: Path) -> None:
    words = write_firmware(tmp_path, kws, wake)
    core = kws.manifest("arduino")["flags"]["core"]
    made: list[Path] = []
    for network in (kws, wake):
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
    includes = [network.folder("arduino") / "src" for network in (kws, wake)]
    require_equal_outputs(link(tmp_path, words, made, includes), kws, wake)


def test_the_sketch_compiles(kws: Exported, tmp_path: Path) -> None:
    folder = kws.folder("arduino")
    sketch = (folder / "examples" / "kws" / "kws.ino").read_text()
    core = (
        "unsigned long micros(); void delay(unsigned long);\n"
        "struct Port { void begin(long); void println(unsigned long); } Serial;\n"
    )
    (tmp_path / "sketch.cpp").write_text(core + sketch)
    run(["arm-none-eabi-g++", "-fsyntax-only", "-Wall", "-Werror", f"-I{folder}/src", "sketch.cpp"], tmp_path)


def test_firmware_of_another_calling_convention(kws: Exported, tmp_path: Path) -> None:
    words = write_firmware(tmp_path, kws, float_abi="softfp")
    fragment = kws.folder("make") / "kws.mk"
    run(["make", "-j2", "-f", fragment, "KWS_FLOAT_ABI=softfp", "build/kws/libkws.a"], tmp_path)
    library = tmp_path / "build" / "kws" / "libkws.a"
    require_equal_outputs(link(tmp_path, words, [library], [kws.folder("make") / "src"]), kws)


def test_a_library_of_ours_brings_its_generated_kernels(kws: Exported, tmp_path: Path) -> None:
    """A linker searches an archive for what is undefined, and not for what is undefined and weak."""
    words = write_firmware(tmp_path, kws)
    network, *archives = kws.objects[:3], *kws.objects[3:]
    run(["arm-none-eabi-ar", "rcsD", "libnetwork.a", *network], tmp_path)
    elf = link(tmp_path, words, ["libnetwork.a", *archives], [kws.folder("make") / "src"])
    require_equal_outputs(elf, kws)
