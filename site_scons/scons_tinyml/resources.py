"""Where boards, models and kernel sets are found, whatever the current project is.

The current project's own come first, so that a project can add to what is shipped and replace it. Shipped
files are package data in a wheel, and the folders beside `site_scons` in a checkout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

Kind = Literal["boards", "models", "kernels"]

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]

_FIND: dict[Kind, Callable[[Path], dict[str, Path]]] = {
    "boards": lambda folder: {path.stem: path for path in folder.glob("*.toml")},
    "models": lambda folder: {path.parent.name: path for path in folder.glob("*/model.toml")},
    "kernels": lambda folder: {path.parent.name: path.parent for path in folder.glob("*/set.toml")},
}


def folders(kind: Kind, project: Path) -> list[Path]:
    """Existing folders that hold resources of `kind`, the project's own first, the shipped ones last."""
    shipped = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _CHECKOUT
    candidates = dict.fromkeys((project.resolve() / kind, shipped / kind))
    return [folder for folder in candidates if folder.is_dir()]


def find_all(kind: Kind, project: Path) -> dict[str, Path]:
    """All resources of `kind` by name, in the order of their names; the project's own replace shipped ones.

    A board is its TOML file, a model its model.toml, a kernel set its folder.
    """
    return find_in(kind, folders(kind, project))


def find_in(kind: Kind, places: Sequence[Path]) -> dict[str, Path]:
    """All resources of `kind` in `places` by name, in the order of their names; the first folder that has one wins."""
    found: dict[str, Path] = {}
    for folder in reversed(places):
        found |= _FIND[kind](folder)
    return dict(sorted(found.items()))


def tool_path() -> Path:
    """Folder that SCons finds the tool in: `Environment(tools=["tinyml"], toolpath=[tool_path()])`."""
    packaged = _PACKAGE / "data" / "site_tools"
    return packaged if packaged.is_dir() else _CHECKOUT / "site_scons" / "site_tools"


def version() -> str:
    """Version of this package, 'checkout' when it runs from one without being installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as distribution_version

    try:
        return distribution_version("scons-tinyml")
    except PackageNotFoundError:
        return "checkout"
