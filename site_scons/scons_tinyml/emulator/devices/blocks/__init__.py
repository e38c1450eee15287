"""What chip families are built of: registers with status bits, clocks, timers, serial ports, pins."""
