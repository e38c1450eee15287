"""Child process that answers where it imports from."""

import sys

from scons_tinyml.stages.child import serve


def main() -> None:
    serve(lambda _: sys.path)
