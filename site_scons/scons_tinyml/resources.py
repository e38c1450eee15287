"""Search for boards, models and kernel sets in the current project and among the shipped ones.

The project's own come first, so that a project can add to the shipped ones and replace them. Shipped files are package
data in a wheel, and the folders beside `site_scons` in a checkout.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from scons_tinyml.revision import revision

Kind = Literal["boards", "models", "kernels"]

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]

_FIND: dict[Kind, Callable[[Path], dict[str, Path]]] = {
    "boards": lambda folder: {path.stem: path for path in folder.glob("*.toml")},
    "models": lambda folder: {path.parent.name: path for path in folder.glob("*/model.toml")},
    "kernels": lambda folder: {path.parent.name: path.parent for path in folder.glob("*/set.toml")},
}


def folders(kind: Kind, project: Path) -> list[Path]:
    """Return the existing folders with resources of `kind`, the project's own first."""
    shipped = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _CHECKOUT
    candidates = dict.fromkeys((project.resolve() / kind, shipped / kind))
    return [folder for folder in candidates if folder.is_dir()]


def find_all(kind: Kind, project: Path) -> dict[str, Path]:
    """Return all resources of `kind` by name, in the order of their names. The project's own replace shipped ones.

    The path of a board is its TOML file, that of a model its model.toml, that of a kernel set its folder.
    """
    return find_in(kind, folders(kind, project))


def find_in(kind: Kind, places: Sequence[Path]) -> dict[str, Path]:
    """Return all resources of `kind` in `places` by name, in the order of their names. The first folder wins."""
    found: dict[str, Path] = {}
    for folder in reversed(places):
        found |= _FIND[kind](folder)
    return dict(sorted(found.items()))


STATE = "TINYML_STATE"
"""Environment variable of `state_folder`; builds set it for their stages."""
STATE_DEFAULT = ".tinyml"
RESULTS = "TINYML_BUILD"
"""Environment variable of `results_folder`."""


def state_folder() -> Path:
    """Return the folder in the project, or an absolute one, of all but results that is kept between builds."""
    return Path(os.environ.get(STATE) or STATE_DEFAULT)


def results_folder() -> Path:
    """Return the folder of results, likewise."""
    return Path(os.environ.get(RESULTS) or "build")


def tool_path() -> Path:
    """Return the folder of the SCons tool: `Environment(tools=["tinyml"], toolpath=[tool_path()])`."""
    packaged = _PACKAGE / "data" / "site_tools"
    return packaged if packaged.is_dir() else _CHECKOUT / "site_scons" / "site_tools"


def licence() -> str:
    """Return the text of the licence of this package, Apache-2.0."""
    packaged = _PACKAGE / "data" / "LICENSE"
    return (packaged if packaged.is_file() else _CHECKOUT / "LICENSE").read_text(encoding="utf-8")


def cache_folder() -> Path:
    """Return the folder of the user's, which may not exist yet, for what all projects share."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scons-tinyml"


def version() -> str:
    """Return the version of this package with its commit, such as '0.1.0+g78ad7a2'.

    A checkout with changed modules has '0.1.0+g78ad7a2.dirty', a copy without git '0.1.0'.
    """
    commit = revision()
    return f"{release()}+{commit}" if commit else release()


@cache
def release() -> str:
    """Return the version in pyproject.toml, or in the metadata of the installed package."""
    described = _CHECKOUT / "pyproject.toml"
    if _PACKAGE.parent.name == "site_scons" and described.is_file():
        from scons_tinyml.records.toml_file import read_table

        return str(read_table(described)["project"]["version"])
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as distribution_version

    try:
        return distribution_version("scons-tinyml")
    except PackageNotFoundError:
        return "checkout"
