"""Files of build systems with hostile text in every field that other people write."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from tests.codegen.test_escapes import HOSTILE

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import InputError, InternalError
from scons_tinyml.records.export import Export, Flags
from scons_tinyml.resources import find_all
from scons_tinyml.stages.export.system import Exported, SourceFile, filled, plain
from scons_tinyml.stages.export.systems import SYSTEMS
from scons_tinyml.stages.firmware.families import FAMILIES
from scons_tinyml.stages.firmware.toolchain import LANGUAGE_FLAGS, LINK_LIBRARIES, core_flags
from support.project import ROOT

SOURCES = tuple(
    SourceFile(f"src/net/{name}.c", "source", b"", level)
    for name, level in (("a", "-O2"), ("b", "-O2"), ("c", "-Os"))
)
_HARMLESS = re.compile(r"""[A-Za-z0-9_.,:+=()/ \t#'"-]*""")
BOARDS = {name: read_board(path) for name, path in find_all("boards", ROOT).items()}


def exported(system: str, board: Board, text: str = "") -> Exported:
    """Return an export with `text` behind everything that others write."""
    record = Export(
        system=system,
        network=f"net{text}",
        c_name="net",
        target=f"{board.name}{text}",
        part=f"{board.part}{text}",
        core=board.core,
        clock_hz=board.clock,
        float_abi="hard" if "fpu" in board.features else "soft",
        arena_bytes=64,
        state_bytes=0,
        scons_tinyml="0.1.0",
        compiler=f"GCC{text}",
        flags=Flags(core=core_flags(board), language=LANGUAGE_FLAGS, libraries=LINK_LIBRARIES),
        symbols={},
        kernel_sources={f"set{text}": f"source{text}"},
        files=(),
    )
    return Exported(record, board, SOURCES)


def texts(system: str, text: str = "") -> Mapping[str, str]:
    made = exported(system, BOARDS["stm32l4"], text)
    found = dict(SYSTEMS.load(system).SYSTEM.files(made))
    return found | {"NOTICE": filled("NOTICE.j2", made)}


@pytest.mark.parametrize("system", SYSTEMS.names())
@pytest.mark.parametrize("hostile", HOSTILE)
def test_texts_of_others_stay_in_their_lines(system: str, hostile: str) -> None:
    honest, made = texts(system), texts(system, hostile.encode(errors="replace").decode())
    assert made.keys() == honest.keys()
    for name in honest:
        lines, others = made[name].splitlines(), honest[name].splitlines()
        assert len(lines) == len(others), name
        for line, other in zip(lines, others, strict=True):
            assert line == other or (line[:8] == other[:8] and _HARMLESS.fullmatch(line))


@pytest.mark.parametrize("text", ["", "a b", "a;b", "$(x)", '"', "a\nb", "-l$x", "ä"])
def test_paths_and_flags_that_mean_more_are_a_bug(text: str) -> None:
    with pytest.raises(InternalError, match="cannot stand in a file"):
        plain(text)


def test_every_chip_family_has_an_arduino_core_or_a_message() -> None:
    system = SYSTEMS.load("arduino").SYSTEM
    without = set()
    for board in BOARDS.values():
        try:
            system.check(board)
        except InputError:
            without.add(board.devices)
    assert without == {"nrf53"}
    assert set(FAMILIES.names()) - {board.devices for board in BOARDS.values()} == set()
    with pytest.raises(InputError, match="for which no 'devices' name a family"):
        system.check(BOARDS["stm32l4"].model_copy(update={"devices": None}))


def test_levels_of_optimization_are_those_of_the_files() -> None:
    made = texts("cmake")["CMakeLists.txt"]
    first, second = made.split("set_source_files_properties(")[1:]
    assert ("src/net/a.c" in first, "src/net/c.c" in first, ';-O2"' in first) == (True, False, True)
    assert ("src/net/a.c" in second, "src/net/c.c" in second, ';-Os"' in second) == (False, True, True)
    assert "src/net/c.o: NET_OPTIMIZE := -Os" in texts("make")["net.mk"]
    assert '"-O2",\n' in texts("platformio")["library.json"]
