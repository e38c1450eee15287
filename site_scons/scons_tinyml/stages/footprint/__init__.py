"""Cost of each kernel's code in flash and RAM, measured by linking."""
