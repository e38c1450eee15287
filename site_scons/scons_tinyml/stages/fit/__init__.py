"""Stage between the graph and everything that compiles: a network that no memory of the board holds is refused."""
