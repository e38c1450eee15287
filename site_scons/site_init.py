"""SCons runs this before it reads an SConstruct: from here on a Ctrl-C prints one line and ends with 130."""

from scons_tinyml.stages import interrupt

interrupt.leave_at_once()
