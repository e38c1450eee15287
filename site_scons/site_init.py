"""Code that SCons runs before an SConstruct: from now on, Ctrl-C prints one line and exits with 130."""

from scons_tinyml.stages import interrupt

interrupt.leave_at_once()
