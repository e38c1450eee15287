"""Stage: layers of a network run patch by patch, for less RAM."""
