"""Zephyr: a module, for ZEPHYR_EXTRA_MODULES or a west manifest."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.stages.export.system import Exported, System, filled


def _files(exported: Exported) -> Mapping[str, str]:
    names = ("module.yml", "CMakeLists.txt", "Kconfig")
    symbol = exported.record.core.upper().replace("-", "_")
    return {f"zephyr/{name}": filled(f"zephyr/{name}.j2", exported, symbol=symbol) for name in names}


SYSTEM = System(_files)
