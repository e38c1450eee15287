"""What is proposed passes when it is worked out again, and no choice of all with fewer changes does."""

from __future__ import annotations

from hypothesis import given, settings
from tests.gate.situations import situations
from tests.plan.problems import all_choices

from scons_tinyml.stages.gate.misses import FIGURES, conflict, hopeless
from scons_tinyml.stages.gate.solutions import changed, solution
from support.effort import examples


def choices_within(problem, allowed):
    return [choice for choice in all_choices(problem) if problem.figures(choice).within(allowed)]


def fewest(situation, problem, allowed):
    """The least number of changed layers of the choices within `allowed`."""
    found = choices_within(problem, allowed)
    return min((len(changed(situation, choice)) for choice in found), default=None)


@settings(max_examples=examples(150), deadline=None)
@given(situations())
def test_fewest_changes_that_keep_all_limits(situation):
    found = solution(situation)
    wanted = None
    for allowed in (situation.forecast.sure, situation.forecast.limits):
        for problem in (situation.problem, situation.whole_problem):
            if wanted is None and (count := fewest(situation, problem, allowed)) is not None:
                wanted = count, allowed is situation.forecast.sure, problem, allowed
    if wanted is None:
        assert found is None
        return
    count, surely, problem, allowed = wanted
    assert (len(changed(situation, found.choice)), found.surely) == (count, surely)
    assert problem.figures(found.choice) == found.figures
    assert found.figures.within(allowed)
    if found.way is not None:
        assert situation.whole_problem.figures(found.way.choice).within(allowed)


def least(situation, goal, kept):
    """The least of the figure of `goal` in the choices that keep the limits of `kept`, None where there are none."""
    problem, limits = situation.whole_problem, situation.forecast.limits

    def keeps(figures):
        if "ram" in kept and limits.arena_bytes is not None and figures.arena_bytes > limits.arena_bytes:
            return False
        names = (FIGURES[other][0] for other in kept)
        return all(getattr(figures, name) <= getattr(limits, name) for name in names)

    found = (problem.figures(choice) for choice in all_choices(problem))
    return min((getattr(one, FIGURES[goal][0]) for one in found if keeps(one)), default=None)


@settings(max_examples=examples(150), deadline=None)
@given(situations())
def test_smallest_misses_and_limits_that_exclude_each_other(situation):
    if solution(situation) is not None:
        return
    broken = hopeless(situation)
    assert [miss.goal for miss in broken] == [
        goal for goal in FIGURES if least(situation, goal, (goal,)) is None
    ]
    for miss in broken:
        others = tuple(goal for goal in FIGURES if goal != miss.goal)
        with_others = least(situation, miss.goal, others)
        expected = least(situation, miss.goal, ()) if with_others is None else with_others
        assert getattr(miss.figures, FIGURES[miss.goal][0]) == expected
        if not miss.kept:
            assert expected == least(situation, miss.goal, ())
    if broken:
        return
    clash = conflict(situation)
    together = tuple(miss.goal for miss in clash)
    assert least(situation, together[0], together) is None
    for miss in clash:
        assert set(miss.kept) == set(together) - {miss.goal}
        assert getattr(miss.figures, FIGURES[miss.goal][0]) == least(situation, miss.goal, miss.kept)
    if len(together) == 3:
        pairs = [(one, other) for one in FIGURES for other in FIGURES if one < other]
        assert all(least(situation, pair[0], pair) is not None for pair in pairs)
