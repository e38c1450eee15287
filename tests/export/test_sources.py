"""Places of exported sources: names that clash, headers that are found as a compiler finds them."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.records.kernel import KernelSet
from scons_tinyml.stages.export.kernels import KernelFile, UsedKernels, declared_kernels
from scons_tinyml.stages.export.system import System
from scons_tinyml.stages.export.tree import Generated, Tree
from scons_tinyml.stages.lowering.sources import KernelSources
from support.kernel_calls import KERNELS
from support.project import ROOT

BOARD = read_board(ROOT / "boards" / "stm32l4.toml")


def tree(folder: Path, files: dict[str, str], used: dict[str, bool], system: System) -> dict[str, str]:
    """Return the exported texts of the files in `folder`; `used` has C files of the set 'mine', true for external."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    kernel_set = KernelSet(name="mine", description="mine", optimize="-Os", external_include=("Include",))
    places = {False: folder / "kernels" / "mine", True: folder / "external"}
    sources = KernelSources(
        folders=(folder / "kernels",),
        places={"mine": places[False]},
        sets={"mine": kernel_set},
        kernels=(),
        externals={"mine": places[True]},
    )
    kernels = tuple(
        KernelFile("mine", name, external, places[external] / name, (f"f{number}",))
        for number, (name, external) in enumerate(used.items())
    )
    renamed = {symbol: f"{symbol}_0" for file in kernels for symbol in file.symbols}
    generated = Generated("net", folder / "net.h", (), (folder / "net.c",))
    found = Tree(generated, UsedKernels(kernels, renamed), sources).files(BOARD, system, "-O2")
    return {file.path: file.content.decode() for file in found}


FILES = {
    "net.h": "",
    "net.c": '#include "net.h"\n#include "tinyml/add.h"\n#include <stdint.h>\n',
    "kernels/include/tinyml/add.h": '#include "tinyml/fixed.h"\n',
    "kernels/include/tinyml/fixed.h": "",
    "kernels/include/tinyml/unused.h": "",
    "kernels/mine/one.c": '#include "near.h"\n#include "far.h"\n#include "tinyml/fixed.h"\n',
    "kernels/mine/near.h": '#include "not_there.h"\n',
    "kernels/mine/include/far.h": "",
    "external/A/one.c": '#include "theirs.h"\n',
    "external/B/ONE.c": '#include "In/ner.h"\n',
    "external/B/odd name$.c": "",
    "external/Include/theirs.h": '# include "In/ner.h"\n',
    "external/Include/In/ner.h": "",
}
USED = {"one.c": False, "A/one.c": True, "B/ONE.c": True, "B/odd name$.c": True}


def test_files_have_places_of_their_own_and_find_each_other(tmp_path: Path) -> None:
    found = tree(tmp_path, FILES, USED, System(lambda _: {}))
    assert sorted(found) == [
        "src/net.h",
        "src/net/include/tinyml/add.h",
        "src/net/include/tinyml/fixed.h",
        "src/net/mine/external/In/ner.h",
        "src/net/mine/external/ONE_2.c",
        "src/net/mine/external/odd_name_.c",
        "src/net/mine/external/one.c",
        "src/net/mine/external/theirs.h",
        "src/net/mine/include/far.h",
        "src/net/mine/near.h",
        "src/net/mine/one.c",
        "src/net/net.c",
    ]
    assert found["src/net/net.c"].endswith(
        '#line 1\n#include "../net.h"\n#include "include/tinyml/add.h"\n#include <stdint.h>\n'
    )
    assert found["src/net/mine/one.c"].endswith(
        '#line 1\n#include "near.h"\n#include "include/far.h"\n#include "../include/tinyml/fixed.h"\n'
    )
    assert found["src/net/mine/external/theirs.h"] == FILES["external/Include/theirs.h"]
    assert found["src/net/include/tinyml/add.h"] == '#include "fixed.h"\n'
    assert found["src/net/mine/near.h"] == FILES["kernels/mine/near.h"]


def test_flags_that_a_system_cannot_give_are_in_the_sources(tmp_path: Path) -> None:
    names, weak = '#include "../../net_names.h"\n', "#pragma weak f1_0\n"
    one, network = "src/net/mine/external/one.c", "src/net/net.c"
    given = tree(tmp_path, FILES, USED, System(lambda _: {}))
    assert "#pragma GCC" not in "".join(given.values())
    assert given[one].split("\n", 1)[1] == f"{names}{weak}#line 1\n{FILES['external/A/one.c']}"
    others = tree(tmp_path, FILES, USED, System(lambda _: {}, flags="one for all"))
    assert others[one].split("\n", 1)[1] == f'#pragma GCC optimize("-Os")\n{given[one].split(chr(10), 1)[1]}'
    assert others[network] == given[network]
    none = tree(tmp_path, FILES, USED, System(lambda _: {}, flags="none", pragmas=lambda level: (level, "x")))
    assert '#pragma GCC optimize("-O2", "x")\n' in none[network]


def test_kernels_with_constants_in_ram_are_the_same_kernels() -> None:
    sources = KernelSources.read([KERNELS])
    names = ("reference/add_int8.ram", "generated/softmax", "reference/add_int8", "reference/mul_int8")
    found = declared_kernels(names, sources)
    assert [kernel.name for kernel in found] == ["reference/add_int8", "reference/mul_int8"]
