"""Build systems that a network can be exported to, one file each, found by name.

A file defines `SYSTEM`, a `stages.export.system.System`. Its templates are in `templates/<system>/`.
"""

from __future__ import annotations

from scons_tinyml.registry import Plugins

SYSTEMS = Plugins("scons_tinyml.stages.export.systems", provides="SYSTEM")
