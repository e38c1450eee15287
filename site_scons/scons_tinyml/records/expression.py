"""Arithmetic in kernel declarations: `2 * filter_height * filter_width * input_channels if dsp else 0`.

Names are attributes of the layer and features of the core (0 or 1). The text is
parsed by Python's own parser. Only the node types below are evaluated, so nothing else can be reached.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Mapping

from scons_tinyml.records.input_limits import (
    EXPRESSION_CHARACTERS,
    EXPRESSION_DEPTH,
    EXPRESSION_VALUE,
    SHOWN_CHARACTERS,
)
from scons_tinyml.records.names import shorten
from scons_tinyml.records.suggest import did_you_mean

_BINARY: dict[type, Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type, Callable[[int, int], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: dict[str, Callable[..., int]] = {"min": min, "max": max}


class Expression:
    """An integer expression. Construction raises ValueError for any other text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._shown = shorten(repr(text), SHOWN_CHARACTERS)
        if len(text) > EXPRESSION_CHARACTERS:
            raise ValueError(
                f"{self._shown} has {len(text):,} characters, an expression at most {EXPRESSION_CHARACTERS:,}"
            )
        self._tree = self._parsed()
        self._check(self._tree)

    def evaluate(self, names: Mapping[str, int]) -> int:
        """Return the value of the expression.

        Raises ValueError for a name that is not in `names`, a division by 0, and a value of EXPRESSION_VALUE or more.
        """
        return self._value(self._tree, names)

    def _parsed(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of numbers that names follow, '1if'
                return ast.parse(self.text.strip(), mode="eval").body
        except SyntaxError as error:
            raise ValueError(f"{self._shown} is not an expression: {error.msg}") from None
        except (RecursionError, MemoryError):  # Python's parser calls its own limit either
            raise self._too_deep() from None
        except ValueError as error:  # NUL characters
            raise ValueError(f"{self._shown} is not an expression: {error}") from None

    def _too_deep(self) -> ValueError:
        return ValueError(f"{self._shown} is more than {EXPRESSION_DEPTH} deep, which is the limit")

    def _check(self, node: ast.AST) -> None:
        allowed = (
            *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant),
            *(ast.Load, ast.And, ast.Or, ast.Not, ast.USub, *_BINARY, *_COMPARE),
        )
        level: list[ast.AST] = [node]
        for _ in range(EXPRESSION_DEPTH):
            for part in level:
                if not isinstance(part, allowed):
                    raise ValueError(f"{self._shown}: {type(part).__name__} is not allowed here")
                if isinstance(part, ast.Constant):
                    self._check_constant(part.value)
                if isinstance(part, ast.Call):
                    self._check_call(part)
            level = [child for part in level for child in ast.iter_child_nodes(part)]
        if level:
            raise self._too_deep()

    def _check_constant(self, value: object) -> None:
        if type(value) is not int:
            raise ValueError(f"{self._shown}: {value!r} is not a whole number")
        self._bounded(value)

    def _check_call(self, call: ast.Call) -> None:
        if not isinstance(call.func, ast.Name) or call.func.id not in _FUNCTIONS or call.keywords:
            raise ValueError(f"{self._shown}: only {' and '.join(_FUNCTIONS)} can be called")
        if len(call.args) < 2:
            raise ValueError(
                f"{self._shown}: {call.func.id} takes two values or more, found {len(call.args)}"
            )

    def _bounded(self, value: int) -> int:
        """Return `value`. Raises ValueError for one that passes the limit."""
        if abs(value) >= EXPRESSION_VALUE:
            raise ValueError(f"{self._shown}: a value has {value.bit_length()} bits, the limit is 63")
        return value

    def _value(self, node: ast.expr, names: Mapping[str, int]) -> int:
        match node:
            case ast.Constant(value=int(value)):
                return value
            case ast.Name(id=name):
                if name not in names:
                    raise ValueError(f"{self._shown}: unknown name '{name}'; {did_you_mean(name, names)}")
                return names[name]
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(op, self._value(left, names), self._value(right, names))
            case ast.UnaryOp(op=op, operand=operand):
                value = self._value(operand, names)
                return int(not value) if isinstance(op, ast.Not) else -value
            case ast.BoolOp(op=op, values=values):
                return self._boolean(op, values, names)
            case ast.Compare():
                return self._compare(node, names)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._value(body if self._value(test, names) else orelse, names)
            case ast.Call(func=ast.Name(id=function), args=args):
                return _FUNCTIONS[function](*(self._value(arg, names) for arg in args))
        raise AssertionError(f"_check let {ast.dump(node)} through")

    def _binary(self, op: ast.operator, left: int, right: int) -> int:
        if right == 0 and isinstance(op, ast.FloorDiv | ast.Mod):
            raise ValueError(f"{self._shown}: {left} is divided by 0")
        return self._bounded(_BINARY[type(op)](left, right))

    def _boolean(self, op: ast.boolop, values: list[ast.expr], names: Mapping[str, int]) -> int:
        results = (bool(self._value(value, names)) for value in values)
        return int(all(results) if isinstance(op, ast.And) else any(results))

    def _compare(self, node: ast.Compare, names: Mapping[str, int]) -> int:
        left = self._value(node.left, names)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self._value(comparator, names)
            if not _COMPARE[type(op)](left, right):
                return 0
            left = right
        return 1
