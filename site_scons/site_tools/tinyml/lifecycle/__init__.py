"""A build from its first moment to its exit code: turns, interrupts, failures, places that are written to."""
