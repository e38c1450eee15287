"""Builders of the environment: SConscripts, several builds in one SConstruct, artefacts as sources of the next."""

from __future__ import annotations

import json

import pytest

from support.networks import small_int8
from support.project import Outcome, Project, Write
from support.tflite_builder import to_tflite


def planned(project: Project, *words: str) -> Outcome:
    """Return the outcome of `scons -n`, which has to be without errors and warnings."""
    found = project.scons("-n", *words)
    assert (found.code, found.errors) == (0, ""), found.errors
    return found


IN_NETS = 'Import("env")\nenv.TinymlFirmware(target="stm32l4", model={model})\n'


@pytest.mark.parametrize(
    ("call", "model"),
    [
        ('SConscript("nets/SConscript")', '"small.tflite"'),
        ('SConscript("nets/SConscript")', 'File("small.tflite")'),
        ('SConscript("nets/SConscript")', '"#nets/small.tflite"'),
        ('SConscript("nets/SConscript")', 'File("small.tflite").abspath'),
        ('SConscript("nets/SConscript", variant_dir="out/v")', '"small.tflite"'),
        ('SConscript("nets/SConscript", variant_dir="out/v", duplicate=0)', 'File("small.tflite")'),
    ],
)
def test_a_network_beside_an_sconscript(write: Write, call: str, model: str) -> None:
    found = planned(write(call, nets=IN_NETS.format(model=model)))
    assert "build/stm32l4/small/small.elf" in [target for stage, target in found.built if stage == "judge"]


def test_builds_share_what_is_the_same(write: Write) -> None:
    """Kernels are compiled once, and results that differ get names of their own."""
    project = write(
        """
for options in [{}, {}, {"kernels": "reference"}, {"optimize": "flash"}, {"name": "mine", "ram": "9KiB"}]:
    env.TinymlFirmware(target="stm32l4", model="nets/small.tflite", **options)
env.TinymlFirmware(target="stm32l4", model="other/small.tflite")
env.TinymlFirmware(target="stm32l1", model="nets/small.tflite")
env.Clone(TINYML_BUILD="#second").TinymlFirmware(target="stm32l1", model="nets/small.tflite")
"""
    )
    (project.folder / "other").mkdir()
    (project.folder / "other" / "small.tflite").write_bytes(to_tflite(small_int8()))
    found = planned(project, "--cache-disable")
    judged = [line.split()[1] for line in found.output.splitlines() if line.startswith("judge ")]
    assert sorted(judged) == [
        "build/stm32l1/small/small.elf",
        "build/stm32l4/mine/mine.elf",
        "build/stm32l4/other-small/other-small.elf",
        "build/stm32l4/small-flash/small-flash.elf",
        "build/stm32l4/small-reference/small-reference.elf",
        "build/stm32l4/small/small.elf",
        "second/stm32l1/small/small.elf",
    ]
    made = [line for line in found.output.splitlines() if line.startswith(("read ", "compile "))]
    assert len(made) == len(set(made))
    assert sum(line.startswith("read ") for line in made) == 3  # nets, other, and the second build folder


CHAIN = """
quantized = env.TinymlQuantizedModel("out/net.tflite", "nets/small.tflite")
code = env.TinymlCSource("out/gen/wake.c", quantized)
library = env.TinymlLibrary("out/libwake.a", code)
firmware = env.TinymlFirmware("out/wake.elf", code)
report = env.TinymlReport("out/wake.json", firmware)
gate = env.TinymlGate("out/again.elf", report)
copied = env.Command("out/wake.txt", firmware[0], Copy("$TARGET", "$SOURCE"))
"""


def test_every_artefact_is_the_source_of_the_next(write: Write) -> None:
    project = write(CHAIN, 'TINYML_BOARD="stm32l4", TINYML_FLASH="64KiB"')
    found = project.scons("-j2")
    assert found.code == 0, found.errors
    assert "warning" not in found.errors
    out = project.folder / "out"
    assert {path.name for path in out.iterdir() if path.is_file()} == {
        "net.tflite",
        "libwake.a",
        *("wake.h", "wake.elf", "wake.bin", "wake.hex", "wake.map", "wake.json", "wake.txt"),
        *("again.elf", "again.bin", "again.hex", "again.map"),
    }
    assert {path.name for path in (out / "gen").iterdir() if path.is_file()} == {
        f"wake{end}" for end in (".c", ".h", "_weights.c", "_weights.h", "_kernels.c", "_kernels.h")
    }
    assert (out / "wake.txt").read_bytes() == (out / "again.elf").read_bytes()
    assert b"void wake_invoke(void);" in (out / "wake.h").read_bytes()
    assert found.output.count("evidence: ") == 1  # one report, one table
    limit = json.loads((out / "wake.json").read_text())["limits"]["flash"]
    assert (limit["value"], limit["source"]) == (64 * 1024, "SConstruct: flash")

    again = project.scons("-j2")
    assert again.stages == []
    assert again.output.count("wake (int8) on stm32l4: PASS") == 1

    (out / "gen" / "wake.c").unlink()
    assert project.scons("-j2", "--cache-disable").made("generate") == ["wake.c"]


def test_a_firmware_over_its_budget_leaves_the_report(write: Write) -> None:
    project = write(
        """
firmware = env.TinymlFirmware("out/wake.elf", "nets/small.tflite", TINYML_FLASH="1KiB")
env.TinymlReport("out/wake.json", firmware)
""",
        'TINYML_BOARD="stm32l4"',
    )
    found = project.scons("-k")
    assert found.code == 2
    assert "flash" in found.errors
    assert not (project.folder / "out" / "wake.elf").exists()
    assert '"verdict": "fail"' in (project.folder / "out" / "wake.json").read_text()


def test_a_network_that_the_build_makes(write: Write) -> None:
    project = write(
        """
made = env.Command("made/net.tflite", "nets/small.tflite", Copy("$TARGET", "$SOURCE"))
env.TinymlFirmware("out/net.elf", made, TINYML_BOARD="stm32l4")
env.TinymlFirmware(target="stm32l4", model=made[0])
"""
    )
    found = planned(project)
    lines = found.output.splitlines()
    assert lines.index('Copy("made/net.tflite", "nets/small.tflite")') < lines.index(
        "read       build/common/models/net/given.tflite"
    )
    assert "judge      out/net.elf" in lines


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            'env.TinymlCSource("out/wake.c", "nets/small.tflite")',
            'TinymlCSource: TINYML_BOARD: needs a board\n  TINYML_BOARD="stm32l4"',
        ),
        (
            'env.TinymlCSource("out/wake word.c", "nets/small.tflite", TINYML_BOARD="stm32l4")',
            "TinymlCSource: 'wake word.c' is not a C identifier with the suffix .c, such as 'net.c'",
        ),
        (
            'env.TinymlCSource("a.c", ["nets/small.tflite", "nets/b.tflite"], TINYML_BOARD="stm32l4")',
            "TinymlCSource: needs one source, found 2",
        ),
        (
            'env.TinymlQuantizedModel("a.tflite", "nets/b.tflite")',
            "TinymlQuantizedModel: source: no such file: nets/b.tflite",
        ),
        (
            'env.TinymlFirmware("a.elf", "nets/small.tflite", TINYML_BOARD="stm32l5")',
            "TinymlFirmware: TINYML_BOARD: unknown target 'stm32l5'",
        ),
        (
            'env.TinymlQuantizedModel("a.tflite", "nets/small.tflite", TINYML_QUANTIZE="int8")',
            "TinymlQuantizedModel: TINYML_QUANTIZE: small.tflite is used as it is",
        ),
    ],
)
def test_mistakes(write: Write, call: str, message: str) -> None:
    found = write(call).scons()
    assert found.code == 1
    assert f"tinyml: error: {message}" in found.errors


def test_lines_of_ones_own(write: Write) -> None:
    project = write(
        'env.TinymlQuantizedModel("out/net.tflite", "nets/small.tflite")',
        'TINYMLREADCOMSTR="Reading $SOURCE", TINYMLCOMSTR="Making $TARGET"',
    )
    lines = planned(project, "--cache-disable").output.splitlines()
    assert "Reading nets/small.tflite" in lines
    assert "Making out/net.tinyml/given/graph.json" in lines


def test_an_emitter_changes_targets(write: Write) -> None:
    project = write(
        """
def renamed(target, source, env):
    return [env.File("out/other.tflite")], source
env.TinymlQuantizedModel("out/net.tflite", "nets/small.tflite", TINYMLQUANTIZEDMODELEMITTER=renamed)
"""
    )
    assert ("read", "out/other.tflite") in [
        tuple(line.split()) for line in planned(project, "--cache-disable").output.splitlines()
    ]


DRAWN = """\
[input]
shape = [8]
[random_weights]
outputs = 2
seed = 1
"""


def test_a_network_of_a_model_toml(write: Write) -> None:
    """Both types are quantized of one float network, which is made once."""
    project = write(
        """
made = env.TinymlFloatModel("out/drawn.keras", "nets/drawn/model.toml")
env.TinymlQuantizedModel("out/int8.tflite", made)
env.TinymlQuantizedModel("out/float.tflite", made, TINYML_QUANTIZE="float")
env.TinymlFirmware("out/drawn.elf", made, TINYML_BOARD="stm32l4")
env.TinymlFloatModel("out/copy.tflite", "nets/small.tflite")
"""
    )
    folder = project.folder / "nets" / "drawn"
    folder.mkdir()
    (folder / "model.toml").write_text(DRAWN)
    (folder / "network.py").write_text("def build(input_shape, outputs): ...\n")
    lines = [line.split() for line in planned(project).output.splitlines()]
    made = [line[1] for line in lines if line[0] in ("draw", "quantize", "copy")]
    assert sorted(made) == [
        "out/copy.tflite",
        "out/drawn.keras",
        "out/drawn_int8.tinyml/float.tflite",
        "out/float.tflite",
        "out/int8.tinyml/float.tflite",
    ]
