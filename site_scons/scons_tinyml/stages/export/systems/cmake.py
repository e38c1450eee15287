"""CMake: a folder for add_subdirectory() and find_package(), with a toolchain file for projects without one."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.stages.export.system import Exported, System, filled


def _files(exported: Exported) -> Mapping[str, str]:
    return {
        "CMakeLists.txt": filled("cmake/CMakeLists.txt.j2", exported),
        f"{exported.name}Config.cmake": filled("cmake/Config.cmake.j2", exported),
        "toolchain.cmake": filled("cmake/toolchain.cmake.j2", exported),
    }


SYSTEM = System(_files)
