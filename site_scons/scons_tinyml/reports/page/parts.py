"""What pages have in common: their style, templates whose texts are escaped, and the policy of what they may do."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from scons_tinyml.records.visible import visible

if TYPE_CHECKING:
    from jinja2 import Template


def content_policy(style: str, script: str = "", *, runs_module: bool = False) -> str:
    """Return a policy by which a browser uses our style, runs our script and no other, and asks for nothing.

    With `runs_module` the script may compile WebAssembly, of bytes that are in the page.
    """
    module = " 'wasm-unsafe-eval'" if runs_module else ""
    runs = f"; script-src {_source(script)}{module}" if script else ""
    return f"default-src 'none'; img-src data:; style-src {_source(style)}{runs}"


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


@cache
def template_text(name: str) -> str:
    """Return the text of the file `name` in the folder of templates of pages, such as 'style.css'."""
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def page_template(text: str, **named: Any) -> Template:
    """Return the template `text` with the globals `named`; what it prints is escaped, control characters too.

    It may include files of the folder of templates.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.update(named)
    return environment.from_string(text)


def _finalize(value: object) -> object:
    """Return `value` with control characters escaped, where it is text of others."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
