"""`python -m scons_tinyml` is `tinyml`."""

from scons_tinyml.cli import run

if __name__ == "__main__":
    run()
