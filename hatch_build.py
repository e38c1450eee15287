"""Build hook of the wheel: adds the commit that it is built from, and the native code of the emulator."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TAG = "py3-none-manylinux_2_17_x86_64"
"""The native code is for Linux on x86-64, and calls no C library."""


class DataHook(BuildHookInterface[Any]):
    """Adds to the package `data/revision`, which `scons_tinyml.revision` reads, and `data/native/`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the wheel is written."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, str(Path(self.root, "site_scons")))
        from scons_tinyml.emulator.timing.native.compiled import shipped_code
        from scons_tinyml.revision import revision_of

        self._folder = tempfile.TemporaryDirectory(prefix="tinyml-wheel-")
        made = {f"native/{name}": code for name, code in shipped_code().items()}
        found = revision_of(Path(self.root))
        if found:
            made["revision"] = f"{found}\n".encode("ascii")
        for name, content in made.items():
            path = Path(self._folder.name, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            build_data["force_include"][str(path)] = f"scons_tinyml/data/{name}"
        build_data |= {"pure_python": False, "tag": TAG}
