"""Settings of the documentation: `sphinx-build docs build/site` makes the site.

The pages of the reference that code describes best (commands, keys of files, Python) are written into
`docs/reference/` whenever the site is made, and are not part of the repository.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "site_scons")]

from reference_pages import write_reference  # noqa: E402

from scons_tinyml import resources  # noqa: E402

project = "scons-tinyml"
release = resources.version()
copyright = "the authors of scons-tinyml, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["security/*"]

html_theme = "furo"
html_title = "scons-tinyml"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_theme_options = {"navigation_with_keys": True}
html_copy_source = False

myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_default_options = {"members": True, "show-inheritance": False}

write_reference(HERE / "reference")
