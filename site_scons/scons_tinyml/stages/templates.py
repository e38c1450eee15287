"""Text files made from Jinja templates: C sources and linker scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any


def render(
    package: str,
    template: str,
    values: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> str:
    """Return the text of `template`, a file in the folder `templates` of `package`, with `values` filled in.

    A name without a value is an error. Templates call `functions`, also as filters, and include and import
    other templates of their folder.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files(package).joinpath("templates")
    environment = Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters |= functions or {}
    environment.globals |= functions or {}
    return environment.get_template(template).render(values).rstrip("\n") + "\n"
