"""Arithmetic in kernel declarations: `2 * filter_height * filter_width * input_channels if dsp else 0`.

Names are attributes of the layer and features of the core (0 or 1). The text is
parsed by Python's own parser. Only the node types below are evaluated, so nothing else can be reached.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

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
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except SyntaxError as error:
            raise ValueError(f"{text!r} is not an expression: {error.msg}") from None
        self._check(self._tree)

    def evaluate(self, names: Mapping[str, int]) -> int:
        """Return the value of the expression. Raises ValueError for a name that is not in `names`."""
        return self._value(self._tree, names)

    def _check(self, node: ast.AST) -> None:
        allowed = (
            *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant),
            *(ast.Load, ast.And, ast.Or, ast.Not, ast.USub, *_BINARY, *_COMPARE),
        )
        for part in ast.walk(node):
            if not isinstance(part, allowed):
                raise ValueError(f"{self.text!r}: {type(part).__name__} is not allowed here")
            if isinstance(part, ast.Constant) and type(part.value) is not int:
                raise ValueError(f"{self.text!r}: {part.value!r} is not a whole number")
            if isinstance(part, ast.Call) and not (
                isinstance(part.func, ast.Name) and part.func.id in _FUNCTIONS and not part.keywords
            ):
                raise ValueError(f"{self.text!r}: only {' and '.join(_FUNCTIONS)} can be called")

    def _value(self, node: ast.expr, names: Mapping[str, int]) -> int:
        match node:
            case ast.Constant(value=int(value)):
                return value
            case ast.Name(id=name):
                if name not in names:
                    raise ValueError(f"{self.text!r}: unknown name '{name}'; {did_you_mean(name, names)}")
                return names[name]
            case ast.BinOp(left=left, op=op, right=right):
                return _BINARY[type(op)](self._value(left, names), self._value(right, names))
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
