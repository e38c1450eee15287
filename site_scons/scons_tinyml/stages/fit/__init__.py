"""Stage between the graph and compilation: refuses a network that no memory of the board can hold."""
