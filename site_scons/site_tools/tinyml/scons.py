"""What this tool uses of SCons, which has no types of its own. It is for type checking alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Node(Protocol):
    """A file, a folder, or a text that something depends on."""

    abspath: str

    def get_state(self) -> int:
        """How far SCons is with it, such as SCons.Node.up_to_date."""

    def has_builder(self) -> bool:
        """Whether it is known how it is made."""


class Folder(Node, Protocol):
    """A folder."""

    def File(self, name: str) -> Node:  # noqa: N802
        """A file in it."""

    def Dir(self, name: str) -> Folder:  # noqa: N802
        """A folder in it."""


Target = Node | str
"""What SCons takes for a file: its node, or its path with construction variables in it."""
Targets = Target | Sequence[Target]


class Environment(Protocol):
    """A construction environment. Paths count from the folder of the SConstruct or SConscript that is being read."""

    def __getitem__(self, variable: str) -> Any:
        """The value of a construction variable."""

    def __setitem__(self, variable: str, value: Any) -> None:
        """Give a construction variable a value."""

    def get(self, variable: str, default: Any = None) -> Any:
        """The value of a construction variable, or `default`."""

    def subst(self, text: str) -> str:
        """`text` with the construction variables in it filled in."""

    def Clone(self, **variables: Any) -> Environment:  # noqa: N802
        """A copy with other values of some variables."""

    def Replace(self, **variables: Any) -> None:  # noqa: N802
        """Give construction variables values."""

    def SetDefault(self, **variables: Any) -> None:  # noqa: N802
        """Give those construction variables values that have none."""

    def AddMethod(self, function: Any, name: str) -> None:  # noqa: N802
        """Make `function` a method of the environment."""

    def CacheDir(self, folder: str) -> None:  # noqa: N802
        """Share what is built through `folder`."""

    def WhereIs(self, program: str) -> str | None:  # noqa: N802
        """Path of a program, None when it is not installed."""

    def GetOption(self, name: str) -> Any:  # noqa: N802
        """An option of SCons's own command line."""

    def SetOption(self, name: str, value: Any) -> None:  # noqa: N802
        """Such an option, where the command line has not set it."""

    def Exit(self, code: int) -> None:  # noqa: N802
        """End SCons."""

    def File(self, path: Target) -> Node:  # noqa: N802
        """The node of a file."""

    def Dir(self, path: Target) -> Folder:  # noqa: N802
        """The node of a folder."""

    def Value(self, text: str) -> Node:  # noqa: N802
        """A node whose content is `text`."""

    def Glob(self, pattern: str) -> list[Node]:  # noqa: N802
        """Nodes of the files that there are."""

    def Command(self, target: Any, source: Any, action: Any, **variables: Any) -> list[Node]:  # noqa: N802
        """Nodes of what `action` makes."""

    def TinymlObject(self, target: Target, source: Target, **variables: Any) -> list[Node]:  # noqa: N802
        """Nodes of a compiled C file: the builder of this tool."""

    def Depends(self, target: Targets, dependency: Targets) -> None:  # noqa: N802
        """Make `target` again when `dependency` changes."""

    def Clean(self, target: Targets, file: Targets) -> None:  # noqa: N802
        """Have `scons -c` remove `file` with `target`."""

    def NoClean(self, target: Targets) -> None:  # noqa: N802
        """Have `scons -c` leave `target`."""

    def Requires(self, target: Targets, earlier: Targets) -> None:  # noqa: N802
        """Make `earlier` first."""

    def SideEffect(self, effect: Target, target: Targets) -> None:  # noqa: N802
        """Make targets with the same effect one by one."""

    def AlwaysBuild(self, target: Targets) -> None:  # noqa: N802
        """Make `target` in every build that wants it."""

    def NoCache(self, target: Targets) -> None:  # noqa: N802
        """Keep `target` out of the CacheDir."""

    def Alias(self, name: str, target: Targets) -> None:  # noqa: N802
        """A name for `target` on the command line."""
