"""`tinyml operators`: its table agrees with the layers that tests run, and with docs/operators.md."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tflite_micro.python.tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from scons_tinyml.cli.commands.operators import BEGIN, END
from scons_tinyml.cli.main import main
from scons_tinyml.records.generators import Listed, listed_kernels
from scons_tinyml.stages import command
from scons_tinyml.stages.graph.elsewhere import ELSEWHERE
from scons_tinyml.stages.graph.operators import custom_operators, find_operator, known_operators
from scons_tinyml.stages.graph.supported import supported, unused
from scons_tinyml.stages.lowering.arguments import known_operator
from support.all_cases import KERNEL_CASES
from support.cases import Case
from support.effort import examples
from support.tflite_builder import NetworkBuilder, changed

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operators.md"
RENEW = "tinyml operators --update docs/operators.md"


def call(capsys, *arguments):
    code = command.call(main, ["operators", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@cache
def sets() -> dict[str, tuple[Listed, ...]]:
    folders = sorted(path.parent for path in (ROOT / "kernels").glob("*/set.toml"))
    return {folder.name: listed_kernels(folder) for folder in folders}


@cache
def table() -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    return {(row.operator, row.type): row.computations for row in supported(sets())}


def test_the_table_of_the_documentation_is_of_today(capsys, tmp_path):
    copy = tmp_path / "operators.md"
    copy.write_bytes(PAGE.read_bytes())
    assert call(capsys, "--project", ROOT, "--update", copy) == (0, "", "")
    assert copy.read_text() == PAGE.read_text(), f"out of date; renew it by: {RENEW}"


def test_every_kernel_is_called_by_an_operator():
    assert unused(sets()) == ()


def test_operators_that_any_kernel_moves_say_which_types():
    """Their `number_type` is "any" for all types, so that only `types` lists the types."""
    moved = {operator for (operator, _), found in table().items() if any(kind == "any" for _, kind in found)}
    assert [name for name in sorted(moved) if not hasattr(find_operator(name), "types")] == []


@pytest.mark.parametrize("kernel", sets()["reference"], ids=lambda kernel: kernel.name)
def test_layers_that_are_tested_are_in_the_table(kernel):
    @settings(max_examples=examples(3), deadline=None, suppress_health_check=list(HealthCheck))
    @given(KERNEL_CASES[kernel.operator](kernel.type))
    def check(case: Case) -> None:
        view = case.view
        values = view.input(known_operator(view).typed_input)
        assert (kernel.operator, kernel.type) in table()[view.layer.operator, values.type]

    check()


def test_text(capsys):
    code, shown, _ = call(capsys, "--project", ROOT)
    shown, others = shown.split("\n\n")
    header, *lines = (re.split("  +", line) for line in shown.splitlines())
    assert (code, header) == (0, ["operator", "kernel sets", "types"])
    types = {(operator, name) for operator, _, names in lines for name in names.split(", ")}
    assert types == set(table())
    assert ["CEIL", "reference", "float32"] in lines
    assert ["MUL", "cmsis_nn, generated, reference", "int8"] in lines
    assert ["MUL", "cmsis_nn, reference", "int16"] in lines
    assert "EMBEDDING_LOOKUP              written as GATHER\n" in others


MISSING = "SIGN"
"""An operator that TensorFlow Lite Micro lacks. It looks for all operators of a network before it prepares any."""


def _micro_has(code: Any, capfd: pytest.CaptureFixture[str]) -> bool:
    """Return whether TensorFlow Lite Micro registers the operator of `code`, the code of a layer in a file."""
    net = NetworkBuilder()
    tensors = [net.activation((1,), "float32") for _ in range(3)]
    net.layer("NEG", tensors[:1], tensors[1:2])
    net.layer(MISSING, tensors[1:2], tensors[2:])

    def change(model: Any) -> None:
        model.operatorCodes[0] = code

    with pytest.raises(RuntimeError):
        runtime.Interpreter.from_bytes(changed(net.finish(tensors[:1], tensors[2:]), change))
    return f"'{MISSING}'" in capfd.readouterr().err


def _builtin(number: int) -> Any:
    return schema.OperatorCodeT(deprecatedBuiltinCode=min(number, 127), builtinCode=number, version=1)


NOT_PROBED = (MISSING, "CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES", "CALL_ONCE", "VAR_HANDLE")
"""Codes that are no operators; and operators whose options are read before they are looked up, which it has."""


def test_every_operator_of_micro_is_listed(capfd: pytest.CaptureFixture[str]) -> None:
    numbers = {name: n for name, n in vars(schema.BuiltinOperator).items() if name[0] != "_"}
    found = {name for name, n in numbers.items() if name not in NOT_PROBED and _micro_has(_builtin(n), capfd)}
    assert len(found) > 90
    assert found - {*known_operators(), *ELSEWHERE} == set()


def test_every_custom_operator_of_micro_is_listed(capfd: pytest.CaptureFixture[str]) -> None:
    """Their codes are strings in the library of the wheel."""
    custom = schema.BuiltinOperator.CUSTOM
    library = Path(runtime.__file__).with_name("_runtime.so").read_bytes()
    codes = {*re.findall(rb"(?<=\0)Signal[A-Za-z]+(?=\0)", library)}
    codes |= {name.encode() for name in ELSEWHERE if not hasattr(schema.BuiltinOperator, name)}
    found = {
        code.decode()
        for code in codes
        if _micro_has(
            schema.OperatorCodeT(deprecatedBuiltinCode=custom, builtinCode=custom, customCode=code), capfd
        )
    }
    assert found >= {*custom_operators()}
    assert found <= {*custom_operators(), *ELSEWHERE}


def test_json(capsys):
    _, shown, _ = call(capsys, "--json", "--project", ROOT)
    rows = {(row["operator"], row["type"]): row for row in json.loads(shown)}
    assert rows["TRANSPOSE", "int16"] == {
        "operator": "TRANSPOSE",
        "type": "int16",
        "layout_only": False,
        "computations": [{"operator": "STRIDED_COPY", "type": "any"}],
        "kernels": {"cmsis_nn": [], "generated": [], "reference": ["strided_copy_any"]},
    }
    assert rows["RESHAPE", "int8"]["layout_only"]
    assert ("TRANSPOSE", "int4") not in rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (f"{BEGIN}\nno end", f"has no lines {BEGIN} and {END}, which the table would stand between"),
    ],
)
def test_nowhere_to_write_the_table(capsys, tmp_path, content, message):
    path = tmp_path / "page.md"
    if content is not None:
        path.write_text(content)
    assert call(capsys, "--update", path) == (1, "", f"tinyml: error: {path}: {message}\n")
