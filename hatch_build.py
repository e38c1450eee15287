"""Build hook of the wheel: writes down the commit that it is built from."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RevisionHook(BuildHookInterface[Any]):
    """Adds `data/revision` to the package, which `scons_tinyml.revision` reads."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the wheel is written."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, str(Path(self.root, "site_scons")))
        from scons_tinyml.revision import revision_of

        found = revision_of(Path(self.root))
        self._folder = tempfile.TemporaryDirectory(prefix="tinyml-wheel-")
        if found:
            path = Path(self._folder.name, "revision")
            path.write_text(f"{found}\n", encoding="ascii")
            build_data["force_include"][str(path)] = "scons_tinyml/data/revision"
