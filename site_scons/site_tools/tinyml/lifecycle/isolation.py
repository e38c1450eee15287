"""Order of sys.path: the project's folder comes last, before this tool imports anything.

SCons has the folder of the SConstruct first while it reads the SConstruct, and `python -m SCons` has the working folder
first. A file `argparse.py` there would be imported in the place of the standard library's.
"""

from __future__ import annotations

import os
import sys

import SCons.Node.FS


def search_project_last() -> None:
    """Move the folders of the project behind all others. Modules beside an SConstruct are still found."""
    fs = SCons.Node.FS.get_default_fs()
    folders = ("", os.getcwd(), fs.Top.get_abspath(), fs.getcwd().get_abspath())  # noqa: PTH109
    last = [entry for entry in sys.path if entry in folders]
    if last:
        sys.path[:] = [*(entry for entry in sys.path if entry not in folders), *last]
