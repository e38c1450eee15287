"""What several operators have in common: a base class for each family, and rules that many of them check.

Each operator itself is a file of `operators/`, which imports from here; nothing here imports an operator.
"""
