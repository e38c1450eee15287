"""Elements of SVG and HTML as text. All text in them is escaped, and control characters are made visible."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from scons_tinyml.records.visible import visible

Child = str | Markup | None | Iterable["Child"]
Attribute = str | float | int | None


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Return the element `name`; 'class_' is the attribute 'class', 'stroke_width' is 'stroke-width'.

    An attribute that is None is left out. Numbers have at most two decimals.
    """
    given = "".join(
        f' {_key(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None
    )
    content = Markup("").join(_flat(children))
    return Markup(f"<{name}{given}>{content}</{name}>")


def share(part: float) -> str:
    """Return `part`, 1 for all of the width, as a percentage for an attribute."""
    return f"{number(100 * part)}%"


def number(value: float) -> str:
    """Return `value` with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def drawing(*children: Child, height: float, title: str, text: str, name: str) -> Markup:
    """Return an SVG as wide as its place and `height` pixels high, with `title` and `text` for screen readers.

    `name` is that of the picture, and unique on the page.
    """
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", text, id=f"{name}-text"),
        *children,
        role="img",
        width="100%",
        height=height,
        aria_labelledby=f"{name}-title {name}-text",
    )


def cut(*children: Child, x: str | float, y: str | float, width: str | float, height: str | float) -> Markup:
    """Return `children` in a place of their own; what reaches out of it is not shown."""
    return tag("svg", *children, x=x, y=y, width=width, height=height)


def _key(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> Markup:
    return escape(visible(value)) if isinstance(value, str) else Markup(number(value))


def _flat(children: Iterable[Child]) -> Iterable[Markup]:
    for child in children:
        if isinstance(child, Markup):
            yield child
        elif isinstance(child, str):
            yield escape(visible(child))
        elif child is not None:
            yield from _flat(child)
