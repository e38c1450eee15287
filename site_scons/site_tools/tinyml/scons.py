"""Types of the parts of SCons that this tool uses, for type checking alone: SCons has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Node(Protocol):
    """File, folder or text that something depends on."""

    abspath: str
    attributes: Any
    """Whatever is noted of the node; `tinyml` is what a builder made of it."""

    def get_state(self) -> int:
        """Return the state of its build, such as SCons.Node.up_to_date."""

    def has_builder(self) -> bool:
        """Return whether it has a builder."""


class Folder(Node, Protocol):
    """Folder."""

    def File(self, name: str) -> Node:  # noqa: N802
        """Return the file `name` in it."""

    def Dir(self, name: str) -> Folder:  # noqa: N802
        """Return the folder `name` in it."""


Target = Node | str
"""Node of a file, or its path, in which construction variables may stand."""
Targets = Target | Sequence[Target]


class Environment(Protocol):
    """Construction environment. `paths` makes its nodes of files and folders."""

    fs: Any
    """File system: nodes of files and folders."""

    def __getitem__(self, variable: str) -> Any:
        """Return the value of a construction variable."""

    def __setitem__(self, variable: str, value: Any) -> None:
        """Set a construction variable."""

    def get(self, variable: str, default: Any = None) -> Any:
        """Return the value of a construction variable, or `default`."""

    def Clone(self, **variables: Any) -> Environment:  # noqa: N802
        """Return a copy with other values of some variables."""

    def Override(self, variables: Mapping[str, Any]) -> Environment:  # noqa: N802
        """Return the environment with other values of some variables, which is no copy."""

    def SetDefault(self, **variables: Any) -> None:  # noqa: N802
        """Set construction variables that have no value."""

    def AddMethod(self, function: Any, name: str) -> None:  # noqa: N802
        """Make `function` a method of the environment."""

    def CacheDir(self, folder: str) -> None:  # noqa: N802
        """Share built files through `folder`."""

    def WhereIs(self, program: str) -> str | None:  # noqa: N802
        """Return the path of a program, None if it is not installed."""

    def GetOption(self, name: str) -> Any:  # noqa: N802
        """Return an option of SCons's own command line."""

    def SetOption(self, name: str, value: Any) -> None:  # noqa: N802
        """Set such an option, unless the command line has set it."""

    def Exit(self, code: int) -> None:  # noqa: N802
        """End SCons."""

    def Value(self, text: str) -> Node:  # noqa: N802
        """Return a node whose content is `text`."""

    def Command(self, target: Any, source: Any, action: Any, **variables: Any) -> list[Node]:  # noqa: N802
        """Add the targets that `action` makes; all are nodes, in whose names SCons substitutes nothing."""

    def Depends(self, target: Targets, dependency: Targets) -> None:  # noqa: N802
        """Make `target` again when `dependency` changes."""

    def Clean(self, target: Targets, file: Targets) -> None:  # noqa: N802
        """Have `scons -c` remove `file` with `target`."""

    def NoClean(self, target: Targets) -> None:  # noqa: N802
        """Have `scons -c` keep `target`."""

    def Requires(self, target: Targets, earlier: Targets) -> None:  # noqa: N802
        """Make `earlier` first."""

    def SideEffect(self, effect: Target, target: Targets) -> None:  # noqa: N802
        """Make targets with the same effect one by one."""

    def AlwaysBuild(self, target: Targets) -> None:  # noqa: N802
        """Make `target` in every build that requests it."""

    def NoCache(self, target: Targets) -> None:  # noqa: N802
        """Keep `target` out of the CacheDir."""

    def Alias(self, name: str, target: Targets) -> None:  # noqa: N802
        """Name `target` on the command line."""
