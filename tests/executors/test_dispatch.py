"""Jobs on a cluster: other machines are refused by name, and a lost worker loses nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.errors import ClusterProblem
from scons_tinyml.records.wire import to_wire
from scons_tinyml.stages.executors.choose import OnCluster
from scons_tinyml.stages.executors.cluster import Ended
from scons_tinyml.stages.executors.dispatch import DEPTH, MOST_ENDED, PATIENCE_S, Dispatch
from scons_tinyml.stages.executors.work import Done
from scons_tinyml.stages.executors.worker import Answer
from support.effort import examples
from support.fake_cluster import FakeCluster, Lost, Member, Upper, answers

JOBS = {letter: letter for letter in "abcdef"}


def dispatch(cluster, jobs=JOBS):
    return Dispatch(cluster, Upper(), jobs, clock=cluster.clock)


def values(found):
    return {done.name: done.result for done in found}


LARGE = {letter: letter.upper() for letter in JOBS}


def failing(problem="disk full"):
    return lambda _: to_wire(Answer(problem=problem))


def ends_on(*letters):
    """What a worker does whose process ends when it gets one of `letters`."""

    def do(task):
        if task.decode() in letters:
            raise Lost
        return answers(task)

    return do


def test_all_jobs_are_done_once_and_tell_their_worker():
    cluster = FakeCluster(a=Member(), b=Member())
    found = list(dispatch(cluster).results())
    assert values(found) == LARGE
    assert sorted(cluster.there["a"].done + cluster.there["b"].done) == list("abcdef")
    assert {done.worker for done in found} == {"worker name-a (a)", "worker name-b (b)"}
    assert cluster.most_at_once == DEPTH


def test_nothing_is_connected_without_jobs():
    def connect():
        raise AssertionError("connected")

    executor = OnCluster(connect)
    assert list(executor.results(Upper(), {})) == []
    executor.close()


def test_a_connection_serves_several_calls_and_is_closed():
    cluster, connected = FakeCluster(a=Member()), []
    executor = OnCluster(lambda: connected.append(True) or cluster)
    assert values(executor.results(Upper(), JOBS)) == values(executor.results(Upper(), JOBS)) == LARGE
    executor.close()
    assert (connected, cluster.closed) == ([True], True)


def test_a_worker_with_another_compiler_is_refused_by_name(capsys):
    cluster = FakeCluster(a=Member(), b=Member(compiler="gcc 13"))
    assert values(dispatch(cluster).results()) == LARGE
    assert cluster.there["b"].done == []
    assert capsys.readouterr().err == (
        "tinyml: warning: worker name-b (b) is refused: compiler: found 'gcc 13', expected 'gcc 12'; "
        "have the same compiler there\n"
    )


def test_a_worker_is_checked_once_for_all_calls_and_again_when_it_came_back():
    cluster = FakeCluster(a=Member())
    executor = OnCluster(lambda: cluster)
    for _ in range(3):
        assert values(executor.results(Upper(), JOBS)) == LARGE
    assert cluster.prepared == ["a"]
    cluster.there = {"b": Member()}
    assert values(executor.results(Upper(), JOBS)) == LARGE
    cluster.there = {"a": Member()}
    assert values(executor.results(Upper(), JOBS)) == LARGE
    assert cluster.prepared == ["a", "b", "a"]


def test_a_refusal_is_told_once(capsys):
    cluster = FakeCluster(a=Member(), b=Member(compiler="gcc 13"))
    executor = OnCluster(lambda: cluster)
    for _ in range(2):
        assert values(executor.results(Upper(), JOBS)) == LARGE
    assert capsys.readouterr().err.count("refused") == 1


def test_without_a_good_worker_the_error_names_all_and_why():
    cluster = FakeCluster(a=Member(compiler="gcc 13"), b=Member(compiler="gcc 14"))
    with pytest.raises(ClusterProblem) as caught:
        list(dispatch(cluster).results())
    text = str(caught.value)
    assert text.startswith("tcp://scheduler:8786: no worker can be used\n")
    assert "worker name-a (a) is refused: compiler: found 'gcc 13'" in text
    assert "worker name-b (b) is refused: compiler: found 'gcc 14'" in text


def test_a_worker_that_comes_later_is_checked_and_works(capsys):
    cluster = FakeCluster(a=Member())
    found = dispatch(cluster).results()
    first = [next(found)]
    cluster.there |= {"b": Member(), "c": Member(compiler="gcc 13")}
    assert values(first + list(found)) == LARGE
    assert cluster.there["b"].done
    assert not cluster.there["c"].done
    assert "worker name-c (c) is refused" in capsys.readouterr().err


def test_the_jobs_of_a_lost_worker_go_to_another():
    cluster = FakeCluster(a=Member(do=ends_on("a")), b=Member())
    assert values(dispatch(cluster).results()) == LARGE
    assert list(cluster.there) == ["b"]
    assert sorted(cluster.there["b"].done) == list("abcdef")


def test_what_ends_every_worker_is_given_up_with_a_message():
    cluster = FakeCluster(**{name: Member(do=ends_on("c")) for name in "vwxyz"})
    found = []
    with pytest.raises(
        ClusterProblem, match=f"c was running as {MOST_ENDED} workers ended or failed"
    ) as caught:
        found.extend(dispatch(cluster).results())
    assert "without scheduler= and workers= it runs on this machine" in str(caught.value)
    assert len(cluster.there) == 5 - MOST_ENDED
    assert values(found).items() <= LARGE.items()


def test_workers_that_end_in_their_check_do_not_come_again_for_ever():
    """As with a nanny, which begins a new process for each that ended."""

    class Ending(FakeCluster):
        def wait(self):
            (address,) = self.there
            assert self.calls[max(self.calls)].function == "prepare"
            self.there = {f"{address}+": Member()}
            self.now_s += 1
            return []

    cluster = Ending(a=Member())
    with pytest.raises(
        ClusterProblem, match=f"the check was running as {MOST_ENDED} workers ended or failed"
    ):
        list(dispatch(cluster).results())


def test_only_the_job_that_ran_is_blamed():
    """Two jobs end workers, though each but once: all others are done all the same, none is taken for a culprit."""
    ended = set()

    def do(task):
        if task in {b"a", b"d"} - ended:
            ended.add(task)
            raise Lost
        return answers(task)

    cluster = FakeCluster(**{name: Member(do=do) for name in "wxyz"})
    subject = dispatch(cluster)
    assert values(subject.results()) == LARGE
    assert subject._ended == {"a": 1, "d": 1}


def test_a_failing_worker_is_refused_and_its_jobs_go_on(capsys):
    cluster = FakeCluster(a=Member(do=failing()), b=Member())
    assert values(dispatch(cluster).results()) == LARGE
    assert "worker name-a (a) is refused: disk full" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"t":"Answer","f":{}}', to_wire(Answer(facts=(("a", "b"),)))[:-3]]
)
def test_an_answer_that_is_none_is_the_workers_fault(text, capsys):
    cluster = FakeCluster(a=Member(do=lambda _: text), b=Member())
    assert values(dispatch(cluster).results()) == LARGE
    assert "worker name-a (a) is refused: its answer is none" in capsys.readouterr().err


def test_a_new_process_at_an_old_address_gets_the_kit_again():
    cluster = FakeCluster(a=Member())
    found = dispatch(cluster).results()
    first = [next(found)]
    cluster.there["a"].kits.clear()
    assert values(first + list(found)) == LARGE


def test_without_workers_it_waits_for_some_then_says_how_to_start_one():
    cluster = FakeCluster()
    with pytest.raises(ClusterProblem, match=r"there is no worker, for 30 s now") as caught:
        list(dispatch(cluster).results())
    assert "dask worker tcp://scheduler:8786 --nthreads=1 starts one" in str(caught.value)
    assert cluster.now_s >= PATIENCE_S


def test_the_last_lost_worker_is_told_with_what_it_did():
    cluster = FakeCluster(a=Member(do=ends_on("a")))
    with pytest.raises(
        ClusterProblem, match=r"there is no worker, for 30 s now; a was running as 1 of them ended"
    ):
        list(dispatch(cluster).results())


def test_an_interrupt_forgets_what_is_on_its_way():
    cluster = FakeCluster(a=Member(), b=Member())
    found = dispatch(cluster).results()
    next(found)
    on_the_way = set(cluster.calls)
    found.close()
    assert set(cluster.forgotten) >= on_the_way
    assert cluster.calls == {}


def test_a_late_answer_of_a_forgotten_call_is_no_result():
    cluster = FakeCluster(a=Member())
    subject = dispatch(cluster)
    assert list(subject._take(Ended(99, answer=answers(b"x")))) == []


@settings(max_examples=examples(60))
@given(st.data())
def test_whatever_is_lost_all_jobs_are_done_exactly_once(data):
    """Workers end at any time, in the middle of any job, as long as no job ends too many; new ones come."""
    jobs = {str(n): f"job{n}" for n in range(data.draw(st.integers(1, 12)))}
    cluster = FakeCluster(w0=Member())
    budget = dict.fromkeys(jobs.values(), MOST_ENDED - 1)
    begun = 0

    def do(task):
        nonlocal begun
        name = task.decode()
        if budget[name] and data.draw(st.integers(0, 3)) == 0:
            budget[name] -= 1
            begun += 1
            cluster.there[f"w{begun}"] = Member(do=do)
            raise Lost
        return answers(task)

    cluster.there["w0"].do = do
    cluster.there["v"] = Member(do=do)
    found = list(dispatch(cluster, jobs).results())
    assert sorted(done.name for done in found) == sorted(jobs)
    assert all(isinstance(done, Done) and done.result == jobs[done.name].upper() for done in found)
