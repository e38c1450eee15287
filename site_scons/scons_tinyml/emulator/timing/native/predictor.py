"""Branch target address cache of a Cortex-M7, as far as it is known: its predictions and its learning.

DDI 0489 1.2.3 only says that there is one, and that branches are not predicted statically beside it. Assumed:
an entry holds the last target and two bits that count how often the branch was taken, as in other cores of
Arm (DDI 0301 1.4). It is direct mapped by the address of the branch, with room for the loops of a whole
program. It has no stack of returns. A branch without an entry is expected to go straight on. The size was
chosen among 64, 256 and 1024 with eight networks in sight: with 64 or 256 they take up to 1.4 % longer.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.native.calls import native
from scons_tinyml.emulator.timing.native.layout import PREDICTED_BRANCHES

#: Outcomes: the prefetch unit was right, found a jump when it was decoded, or was wrong.
RIGHT, DECODED, WRONG = 0, 1, 2
#: Actions of a branch, in the lowest bits of the argument.
PASSED, TAKEN, DIRECT, INDIRECT = 0, 1, 2, 3
#: Argument: addresses of the branch and of its target in halfwords, and the action.
BRANCH_SHIFT, TARGET_SHIFT, HALFWORDS = 33, 2, 0x7FFFFFFF
_STRONG, _WEAK = 3, 2


@native
def prediction_outcome(state: Any, argument: int) -> int:
    """Return the outcome of the prediction of a branch: RIGHT, DECODED or WRONG. The predictor learns it."""
    branch = argument >> BRANCH_SHIFT & HALFWORDS
    target = argument >> TARGET_SHIFT & HALFWORDS
    action = argument & 3
    slot = branch & (PREDICTED_BRANCHES - 1)
    known = state.predictor_branches[slot] == branch
    taken = known and state.predictor_counters[slot] >= _WEAK
    if action == PASSED:
        if known and state.predictor_counters[slot] > 0:
            state.predictor_counters[slot] -= 1
        return WRONG if taken else RIGHT
    right = taken and state.predictor_targets[slot] == target
    if known:
        state.predictor_counters[slot] = min(_STRONG, state.predictor_counters[slot] + 1)
    else:
        state.predictor_branches[slot] = branch
        state.predictor_counters[slot] = _WEAK
    state.predictor_targets[slot] = target
    if right:
        return RIGHT
    return DECODED if action == DIRECT else WRONG
