"""Make: a fragment for GNU make that builds a library, and says how to compile and link with it."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.stages.export.system import Exported, System, filled


def _files(exported: Exported) -> Mapping[str, str]:
    return {f"{exported.name}.mk": filled("make/library.mk.j2", exported)}


SYSTEM = System(_files)
