"""PlatformIO: a library for the folder lib/ of a project, or for lib_deps."""

from __future__ import annotations

import json
from collections.abc import Mapping

from scons_tinyml.stages.export.system import Exported, System, plain_text

_LONGEST_NAME = 100
"""Characters of a library's name."""
_OTHERS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-Ofast", "-Og", "-Oz")


def _files(exported: Exported) -> Mapping[str, str]:
    levels = exported.by_optimization
    level = min(levels, key=lambda one: (-len(levels[one]), one))
    record = exported.record
    table = {
        "$schema": "https://raw.githubusercontent.com/platformio/platformio-core/develop/platformio/assets/schema/library.json",
        "name": exported.name[:_LONGEST_NAME],
        "version": exported.version,
        "description": plain_text(exported.sentence),
        "license": "Apache-2.0",
        "frameworks": "*",
        "platforms": "*",
        "headers": f"{exported.name}.h",
        "build": {
            "srcDir": "src",
            "includeDir": "src",
            "unflags": " ".join(other for other in _OTHERS if other != level),
            "flags": [*record.flags.language, "-fno-lto", level, *record.flags.libraries],
        },
    }
    return {"library.json": json.dumps(table, indent=2) + "\n"}


SYSTEM = System(_files, flags="one for all")
