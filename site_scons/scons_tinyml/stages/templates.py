"""Text files made from Jinja templates: C sources and linker scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from scons_tinyml.stages.escapes import c_code, c_comment, c_header, c_string, printed

if TYPE_CHECKING:
    from jinja2 import BytecodeCache


def render(
    package: str,
    template: str,
    values: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> str:
    """Return the text of `template`, a file in the folder `templates` of `package`, with `values` filled in.

    A name without a value is an error. Templates call `functions`, also as filters, and include and import other
    templates of their folder. Text of `functions` is C; any other text that is no word has to go through a filter:
    `c_comment`, `c_string`, `c_header`, or `c_code` for C that we have written. Raises InternalError where it does not.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined, Undefined
    from jinja2.loaders import split_template_path

    def finalize(value: object) -> object:
        return str(value) if isinstance(value, Undefined) else printed(value)

    folder = files(package).joinpath("templates")
    environment = Environment(
        loader=FunctionLoader(
            lambda name: folder.joinpath(*split_template_path(name)).read_text(encoding="utf-8")
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
        bytecode_cache=_compiled(),
        autoescape=True,  # what macros and blocks print is marked as escaped, and `finalize` lets it pass
    )
    called = {name: _marked(function) for name, function in (functions or {}).items()}
    escapes = {escape.__name__: escape for escape in (c_code, c_comment, c_header, c_string)}
    environment.filters |= escapes | called
    environment.globals |= called
    return environment.get_template(template).render(values).rstrip("\n") + "\n"


@cache
def _compiled() -> BytecodeCache:
    """Return the code of templates that this process has compiled, by their name and content."""
    from jinja2 import BytecodeCache
    from jinja2.bccache import Bucket

    class Compiled(BytecodeCache):
        def __init__(self) -> None:
            self._codes: dict[tuple[str, str], Any] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            bucket.code = self._codes.get((bucket.key, bucket.checksum))

        def dump_bytecode(self, bucket: Bucket) -> None:
            self._codes[bucket.key, bucket.checksum] = bucket.code

    return Compiled()


def _marked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` with its text marked as C."""

    def call(*arguments: Any) -> Any:
        value = function(*arguments)
        return c_code(value) if isinstance(value, str) else value

    return call
