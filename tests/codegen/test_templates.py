"""All templates, with hostile text in every field that other people write: nothing leaves its place."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import jinja2
import pytest
from tests.codegen.networks import kernels_for
from tests.codegen.test_escapes import HOSTILE

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import InternalError
from scons_tinyml.records.placement import placements
from scons_tinyml.stages import codegen, firmware
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.firmware import render as target
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import GeneratedCode, Implementation
from scons_tinyml.stages.measure import hardware
from scons_tinyml.stages.measure.bench import LayerBench
from scons_tinyml.stages.measure.hardware.firmware import BoardTrial, image_sources
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.templates import render
from support.c_text import code_of
from support.networks import remembering, several, small_int8

BOARDS = tuple(read_board(path) for path in sorted((Path(__file__).parents[2] / "boards").glob("*.toml")))
GENERATED = GeneratedCode("void tinyml_one(void)", "void tinyml_one(void)\n{\n}\n")


@dataclass(frozen=True)
class Spoilt:
    """Texts of other people: `text` in the place of each, or what was there."""

    text: str | None

    def board(self, board: Board) -> Board:
        """Return `board` with all free texts longer: its family reads the beginning of `part`."""
        text = self.text
        if text is None:
            return board
        free = {key: f"{getattr(board, key)}{text}" for key in ("name", "vendor", "part", "description")}
        return board.model_copy(update={**free, "sources": dict.fromkeys(board.sources, text)})

    def graph(self, graph: Graph) -> Graph:
        """Return `graph` with other names of tensors."""
        if self.text is None:
            return graph
        return replace(graph, tensors=tuple(replace(one, name=self.text) for one in graph.tensors))

    def item(self, item: Implementation) -> Implementation:
        """Return `item` with another name of its set and kernel."""
        return item if self.text is None else replace(item, name=f"{self.text}/{self.text}")


def board_texts(spoilt: Spoilt) -> Iterator[str]:
    """Yield the files that depend on a board alone, for all boards and placements."""
    for board in map(spoilt.board, BOARDS):
        for placement in placements(board):
            yield target.linker_script(board, placement)
            yield target.startup_code(board, placement.copied)
        yield target.startup_code(board, application=True)
        yield target.counter_code(board)
        if target.can_talk(board) is None:
            yield target.serial_code(board)


def network_texts(spoilt: Spoilt) -> Iterator[str]:
    """Yield the files of networks with one and several inputs, state, declared and generated kernels."""
    yield target.arena_code(64)
    yield target.main_code({"net": True})
    yield target.main_code({"net": True, "other": False})
    for graph in map(spoilt.graph, (small_int8(), several(), remembering())):
        kernels = {index: spoilt.item(item) for index, item in kernels_for(graph).items()}
        kernels[0] = replace(kernels[0], code=GENERATED, function="tinyml_one")
        yield from generate(graph, plan_memory(graph, {}), kernels, "net").values()


def image_texts(spoilt: Spoilt) -> Iterator[str]:
    """Yield the files of images that measure on a board."""
    graph = spoilt.graph(small_int8())
    trials = []
    for index, item in kernels_for(graph).items():
        alone = graph.only(graph.layers[index])
        inputs, outputs = (
            tuple(bytes(alone.tensors[one].size_bytes) for one in some)
            for some in (alone.inputs, alone.outputs)
        )
        trials.append(
            BoardTrial(index, LayerBench(alone, spoilt.item(item), (Sample(inputs, outputs),)), "0")
        )
    for board in map(spoilt.board, BOARDS):
        yield from image_sources(board, trials, "0" * 16).values()


def all_texts(text: str | None) -> list[str]:
    """Return everything that templates make, with `text` in the place of what other people write."""
    spoilt = Spoilt(text)
    return [*board_texts(spoilt), *network_texts(spoilt), *image_texts(spoilt)]


def all_code(text: str | None) -> list[str]:
    """Return the code in `all_texts`, and no length of a line, which grows with the text."""
    return [re.sub(r"LINE_BYTES \d+", "", " ".join(code_of(made).split())) for made in all_texts(text)]


@pytest.fixture(scope="module")
def honest() -> list[str]:
    return all_code(None)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_leaves_its_comment_or_literal(hostile: str, honest: list[str]) -> None:
    assert all_code(hostile.encode(errors="replace").decode()) == honest


def test_every_template_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new one has to be: what is above calls all that make texts."""
    read: set[str] = set()
    original = jinja2.FunctionLoader.get_source

    def get_source(self, environment, template):
        read.add(template)
        return original(self, environment, template)

    monkeypatch.setattr(jinja2.FunctionLoader, "get_source", get_source)
    all_texts(None)
    existing = {
        str(path.relative_to(folder))
        for package in (codegen, firmware, hardware)
        for folder in [Path(str(files(package.__name__).joinpath("templates")))]
        for path in folder.rglob("*.j2")
    }
    assert read == existing


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of its own, whose templates the test writes."""
    folder = tmp_path / "package_of_templates" / "templates"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (tmp_path / "outside.j2").write_text("outside")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, folder.parent.name, raising=False)
    return folder


def rendered(folder: Path, template: str, **values: object) -> str:
    (folder / "a.j2").write_text(template)
    return render(folder.parent.name, "a.j2", values, {"function": lambda value: f"({value})"})


def test_a_new_template_cannot_forget_the_escape(package: Path) -> None:
    """Not in a macro, nor in what a filter of Jinja makes of it."""
    for text in (
        "{{ text }}",
        "/* {{ text }} */",
        "{% macro one(text) %}{{ text }}{% endmacro %}{{ one(text) }}",
        "{{ text|upper }}",
        "{{ [text, text]|join(' ') }}",
        "{{ '%s'|format(text) }}",
        "{% set other = text ~ '_H' %}{{ other }}",
    ):
        with pytest.raises(InternalError, match="without an escape"):
            rendered(package, text, text="a; b")
    assert rendered(package, "/* {{ text|c_comment }} */", text="a; */") == "/* a; * / */\n"


def test_words_numbers_macros_and_functions_need_none(package: Path) -> None:
    text = "{% macro one(text) %}<{{ text }}&>{% endmacro %}{{ one(text) }} {{ 3 }} {{ function(4) }} {{ 5|function }}"
    assert rendered(package, text, text="word") == "<word&> 3 (4) (5)\n"


def test_no_template_outside_of_the_folder_is_read(package: Path) -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        rendered(package, '{% include "../" ~ name %}', name="../outside.j2")
