"""What nodes depend on beside files: our own modules, versions of packages, checked records."""
