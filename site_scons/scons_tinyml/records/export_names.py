"""Names of files of an export. The SConstruct imports this module, so it is light."""

from __future__ import annotations

MANIFEST = "manifest.json"
"""Record of all files, in the folder of an export."""
