"""Time to choose the kernels of a hundred layers, as a ratio to HiGHS with a plain formulation of the same program.

    python benchmarks/plan.py [--layers 100] [--runs 10]

Layers have four kernels; limits on flash and RAM are halfway between the fastest and the smallest choice. Our code
finds the least cycles, then the least flash, then the least RAM. The plain program, with an integer variable for every
option, finds the least cycles only. Both run in turn on the same networks, and must find the same cycles. Times are of
the processor; the goal is less than a second a network.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "site_scons")]

import highspy  # noqa: E402
from tests.plan.problems import chain, halfway  # noqa: E402

from scons_tinyml.stages.plan.problem import Problem, Spending  # noqa: E402
from scons_tinyml.stages.plan.solve import solve  # noqa: E402

GOAL_S = 1.0


def main() -> None:
    """Solve, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layers", type=int, default=100)
    parser.add_argument("--runs", type=int, default=10, help="networks, each another")
    options = parser.parse_args()
    plainly(chain(2), Spending())  # the first call loads the library
    pairs = [both(options.layers, seed) for seed in range(options.runs)]
    ours_s, plain_s = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    worst_s = max(ours for ours, _ in pairs)
    print(
        f"{options.layers} layers, {options.runs} networks: {1e3 * ours_s:.0f} ms, worst {1e3 * worst_s:.0f} ms"
    )
    print(f"plain HiGHS, cycles only: {1e3 * plain_s:.0f} ms, ratio {ours_s / plain_s:.2f}")
    print(f"goal of {GOAL_S:g} s: {'kept' if worst_s < GOAL_S else 'missed'}")


def both(layers: int, seed: int) -> tuple[float, float]:
    """Return the seconds of our code and of the plain program."""
    problem = chain(layers, seed)
    limits = halfway(problem)
    begin_s = time.process_time()
    choice = solve(problem, limits)
    ours_s = time.process_time() - begin_s
    assert choice is not None
    begin_s = time.process_time()
    cycles = plainly(problem, limits)
    plain_s = time.process_time() - begin_s
    assert problem.figures(choice).cycles == cycles
    return ours_s, plain_s


def plainly(problem: Problem, limits: Spending) -> int:
    """Return the least cycles. The arena of a chain is the largest need of a layer, and its kernels have no data."""
    program = highspy.Highs()
    program.silent()
    program.setOptionValue("threads", 1)
    program.setOptionValue("mip_rel_gap", 0.0)
    room_bytes = (limits.ram_bytes or 2**40) - problem.footprint.ram_bytes
    kernels, parts, cycles = {}, {}, 0
    for layer, options in problem.options.items():
        taken = {}
        for option in options:
            needed_bytes = problem.live_bytes(layer) + -(-option.scratch_bytes // 16) * 16
            if needed_bytes > room_bytes:
                continue
            taken[option] = program.addBinary()
            if option.kernel not in kernels:
                kernels[option.kernel] = program.addBinary()
            program.addConstr(taken[option] <= kernels[option.kernel])
            cycles += option.cycles * taken[option]
        program.addConstr(sum(taken.values()) == 1)
    for kernel, variable in kernels.items():
        for part in problem.footprint.kernels[kernel]:
            if part not in parts:
                parts[part] = program.addBinary()
            program.addConstr(variable <= parts[part])
    if limits.flash_bytes is not None:
        sizes = problem.footprint.parts
        spent = sum(sizes[part].flash_bytes * variable for part, variable in parts.items())
        program.addConstr(spent <= limits.flash_bytes - problem.footprint.flash_bytes)
    program.minimize(cycles)
    return round(program.getObjectiveValue())


if __name__ == "__main__":
    main()
