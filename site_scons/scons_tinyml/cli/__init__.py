"""The command `tinyml`: one file in commands/ per subcommand, found by its name."""

from scons_tinyml.cli.main import run

__all__ = ["run"]
