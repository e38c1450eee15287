"""`python -m scons_tinyml` is `tinyml`.

Python puts the working folder first in sys.path. Nothing of ours is to be imported from there, nor by child processes.
"""

import os
import sys

if not sys.flags.safe_path:
    if sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - pathlib itself could come from there
        del sys.path[0]
    os.environ["PYTHONSAFEPATH"] = "1"

from scons_tinyml.cli import run

if __name__ == "__main__":
    run()
