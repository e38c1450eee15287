"""Faults of a line of a pack, with the key, the value found and the value expected."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_SHOWN = 60
"""Most characters of a wrong value in a message, because a pack is foreign text."""


class LineProblem(ValueError):
    """A line that is refused; `key` is the dotted key in it, empty for the line as a whole."""

    def __init__(self, problem: str, key: str = "") -> None:
        self.key = key
        self.problem = problem
        super().__init__(f"{key}: {problem}" if key else problem)


def shown(value: Any) -> str:
    """Return `value` as JSON in ASCII, cut when it is long, so that it cannot control a terminal."""
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def explain(value: Any, name: str, root: Mapping[str, Any]) -> LineProblem:
    """Return the fault that jsonschema finds in `value`, which does not follow `$defs/<name>` of the schema `root`."""
    return _line_problem(min(validator(name, root).iter_errors(value), key=_order))


def validator(name: str, root: Mapping[str, Any]) -> Any:
    """Return the validator of `$defs/<name>` of the schema `root`, which explains faults."""
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
    from jsonschema.validators import extend  # type: ignore[import-untyped]

    return extend(Draft202012Validator, {"pattern": _pattern})(
        {**root["$defs"][name], "$defs": root["$defs"]}
    )


def _pattern(_: Any, pattern: str, found: Any, __: Any) -> Iterator[Exception]:
    """Match patterns as JSON Schema does: `$` is the end alone, not the place before a last newline."""
    from jsonschema import ValidationError

    if isinstance(found, str) and not re.search(pattern.replace("$", r"\Z"), found):
        yield ValidationError("does not match")


def _order(error: Any) -> tuple[int, str]:
    """Return a sort key with unknown keys before missing ones: a key with a wrong unit is both, and best named."""
    rank = {"type": 0, "additionalProperties": 1, "required": 2}.get(str(error.validator), 3)
    return (rank if not error.absolute_path else 4, error.json_path)


def _line_problem(error: Any) -> LineProblem:
    key = ".".join(map(str, error.absolute_path))
    keyword, wanted, found = str(error.validator), error.validator_value, error.instance
    if keyword == "additionalProperties":
        unknown = sorted(set(found) - set(error.schema["properties"]))[0]
        return LineProblem(f"found {shown(found[unknown])} under an unknown key", _cut(f"{key}.{unknown}"))
    if keyword == "required":
        missing = next(name for name in wanted if name not in found)
        return LineProblem("is missing", f"{key}.{missing}".lstrip("."))
    return LineProblem(f"found {shown(found)}, expected {_expected(keyword, wanted)}", key)


def _cut(key: str) -> str:
    return shown(key.lstrip("."))[1:-1]


def _expected(keyword: str, wanted: Any) -> str:
    texts = {
        "type": "a value of type {}",
        "minimum": "{} or more",
        "maximum": "{} or less",
        "pattern": "text that matches {}",
        "const": "{!r}",
        "maxProperties": "at most {} keys",
    }
    if keyword == "enum":
        return f"one of {', '.join(wanted)}"
    if keyword == "anyOf":
        return "what the schema allows (tinyml schema cost-pack)"
    return texts[keyword].format(wanted)
