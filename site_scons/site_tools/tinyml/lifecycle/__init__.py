"""Life of a build, from its start to its exit code: turns, interrupts, failures, checks of folders."""
