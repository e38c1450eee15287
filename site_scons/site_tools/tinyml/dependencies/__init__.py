"""Dependencies of nodes beside files: modules of scons_tinyml, versions of packages, checked records."""
