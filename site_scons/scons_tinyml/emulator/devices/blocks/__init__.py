"""Building blocks of chip families: registers with status bits, clocks, timers, serial ports, pins."""
