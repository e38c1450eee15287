"""The typed graph of a network: read, checked, stored."""
