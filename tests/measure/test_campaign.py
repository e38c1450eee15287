"""What a campaign measures: everything that the database lacks, and nothing that it has."""

from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.evidence import keys_by_class
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import ClusterProblem, UnsupportedError
from scons_tinyml.resources import folders
from scons_tinyml.stages.executors.work import HERE, Done
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure import campaign
from scons_tinyml.stages.measure.bench import BenchResult
from scons_tinyml.stages.measure.campaign import Campaign, refuse_hopeless
from scons_tinyml.stages.measure.hardware.firmware import VERSION
from scons_tinyml.stages.measure.sample import Sample
from support.networks import small_int8
from support.same_objects import SameObjects

EVERYWHERE = ("default", "weights in SRAM1", "code in SRAM2")
PASSES = BenchResult(cycles=1000, instructions=500, compared_bytes=1, differing_bytes=0, max_ulps=0)
FAULTS = BenchResult(0, 0, 0, 0, 0, fault="reads address 0")


class Told:
    """An executor that returns what it was told, and raises it if it is an error."""

    def __init__(self):
        self.counts, self.result, self.worker = [], None, HERE

    def results(self, _, jobs):
        self.counts.append(len(jobs))
        for trial in jobs:
            found = self.result(trial) if callable(self.result) else self.result
            if isinstance(found, Exception):
                raise found
            yield Done(trial, found, self.worker)


@pytest.fixture
def objects():
    return SameObjects()


@pytest.fixture
def bench(monkeypatch, tmp_path, objects):
    """`run(result, placements)`, and how many measurements have been asked for at a time.

    A result may depend on the trial. Without placements the run is that of a build.
    """
    sources = KernelSources.read(folders("kernels", tmp_path)).only(["reference"])
    graph = small_int8()
    samples = {layer.index: (Sample((b"in",), (b"out",)),) for layer in graph.layers}
    board = read_board(folders("boards", tmp_path)[0] / "stm32l4.toml")
    executor = Told()
    subject = Campaign(
        board,
        graph,
        sources,
        find_toolchain(),
        Path("startup.o"),
        (),
        samples,
        "an oracle",
        objects,
        executor=executor,
    )
    monkeypatch.setattr(campaign, "load_seeds", lambda *_: 0)  # test_seeded.py is about them
    monkeypatch.setattr(campaign, "utc_now", lambda: "2024-01-02T03:04:05+00:00")

    def run(result, placements=(), worker=HERE):
        executor.result, executor.worker = result, worker
        with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
            if not placements:
                return subject.run(database)
            return subject.complete(database, subject.trials(placements))

    return run, executor.counts


@pytest.mark.parametrize(("result", "measured"), [(PASSES, [4, 2]), (FAULTS, [4])])
def test_nothing_is_measured_twice(bench, result, measured):
    """Two of the four have weights that are worth a trial in RAM."""
    run, counts = bench
    assert run(result) == run(result)
    assert counts == measured


def test_a_variant_has_to_be_faster_at_the_slow_end_of_its_band(bench):
    """Weights in RAM have another band: as many cycles are not as fast, few enough are."""

    found = bench[0](PASSES)[0]
    assert {one.kernel: one.reason for one in found if one.kernel.endswith(".ram")} == {
        "reference/conv_2d_int8.ram": "1,056 cycles at the slow end of its error band, reference/conv_2d_int8 1,054"
    }


def test_a_variant_that_is_much_faster_may_be_chosen(bench):
    found = bench[0](lambda trial: replace(PASSES, cycles=900 if trial.item.variant_of else 1000))
    assert [one.reason for one in found[0] if one.kernel.endswith(".ram")] == [None]


def test_rows_name_their_board_and_that_they_were_measured_here(bench, tmp_path):
    bench[0](PASSES)
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        found = {(row.board, row.origin) for row in database.all_rows()}
    assert found == {("stm32l4", "measured here")}


def test_rows_that_were_lost_on_the_way_are_measured_again(bench, monkeypatch):
    """As when SQLite finds the file corrupt after the costs were read: the new file has none of them."""
    run, counts = bench
    expected = run(PASSES)
    find_proofs = CostDatabase.find_proofs
    lost = []

    def lose_all(database, keys):
        if not lost:
            lost.append(True)
            for table in ("costs", "proofs"):
                database._database.table(table).delete_where()
        return find_proofs(database, keys)

    monkeypatch.setattr(CostDatabase, "find_proofs", lose_all)
    assert run(PASSES) == expected
    assert counts == [4, 2, 4, 4, 2]


def test_a_layer_without_a_kernel_is_refused_before_anything_runs(tmp_path):
    board = read_board(folders("boards", tmp_path)[0] / "stm32l4.toml")
    with pytest.raises(UnsupportedError, match=r"layer 0 (.|\n)*there is no kernel for CONV_2D"):
        refuse_hopeless(board, small_int8(), [])


def test_trials_of_other_placements_have_keys_of_their_own_and_one_proof(bench):
    known = bench[0](PASSES, EVERYWHERE)
    assert (len(known.costs), len(known.proofs)) == (4 * 3, 4)
    assert bench[1] == [4, 8]  # proven in the default first, so that the others can be compared with it


def test_other_placements_are_not_measured_twice_and_a_build_needs_none(bench):
    run, counts = bench
    run(PASSES)
    run(PASSES, EVERYWHERE)
    assert run(PASSES, EVERYWHERE).refused == {}
    run(PASSES)
    assert counts == [4, 2, 8]


def test_what_faults_is_not_measured_elsewhere(bench):
    assert bench[0](FAULTS, EVERYWHERE).costs == {}
    assert bench[1] == [4]


def test_other_bytes_in_another_placement_are_refused(bench):
    """A bug of ours, or a limit of the chip: neither becomes a row, nor takes the proof back."""

    def result(trial):
        wrong = trial.placement == "code in SRAM2" and trial.layer == 0
        return replace(PASSES, differing_bytes=1) if wrong else PASSES

    known = bench[0](result, EVERYWHERE)
    ((trial, reason),) = known.refused.items()
    assert (trial.layer, trial.placement) == (0, "code in SRAM2")
    assert reason == (
        "the output is not what it is in another placement: 1 bytes differ from the oracle's, and none do there"
    )
    assert len(known.costs) == 4 * 3 - 1
    assert {proof.differing_bytes for proof in known.proofs.values()} == {0}
    assert trial.cost_key.digest not in known.costs
    assert bench[1] == [4, 8]


def test_what_has_no_room_is_told_and_not_recorded(bench):
    def result(trial):
        return replace(PASSES, misfit="too small") if trial.placement != "default" else PASSES

    known = bench[0](result, EVERYWHERE)
    assert len(known.costs) == 4
    assert set(known.refused.values()) == {"too small"}
    assert len(known.refused) == 8


def test_without_the_default_another_placement_proves(bench):
    known = bench[0](PASSES, EVERYWHERE[1:2])
    assert (len(known.costs), len(known.proofs)) == (4, 4)
    assert bench[1] == [4]


def test_rows_and_proofs_say_which_object_ran(bench, tmp_path):
    bench[0](PASSES)
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        found = {kept.object_digest for kept in (*database.all_rows(), *database.all_proofs())}
    assert found == {"a" * 64}


def test_rows_and_proofs_of_another_object_are_stale_and_replaced(bench, objects, tmp_path, capsys):
    run, counts = bench
    run(PASSES)
    objects.others["reference/softmax_int8"] = "b" * 64
    again = run(replace(PASSES, cycles=2000))
    assert counts == [4, 2, 1]
    assert [one.cycles for one in again[4] if one.kernel == "reference/softmax_int8"] == [2000]
    assert capsys.readouterr().err.count("warning") == 1
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        found = {(row.key.kernel, row.cycles, row.object_digest) for row in database.all_rows()}
        assert (len(found), database.count()["costs"], database.count()["proofs"]) == (6, 6, 4)
        assert {row for row in found if row[1:] != (1000, "a" * 64)} == {
            ("reference/softmax_int8", 2000, "b" * 64)
        }
        assert {proof.object_digest for proof in database.all_proofs()} == {"a" * 64, "b" * 64}
    run(PASSES)
    assert counts == [4, 2, 1]
    assert capsys.readouterr().err.count("warning") == 0


def test_the_warning_names_database_and_kernels(bench, objects, tmp_path, capsys):
    bench[0](PASSES)
    capsys.readouterr()
    objects.others["reference/softmax_int8"] = "b" * 64
    bench[0](PASSES)
    assert (
        f"tinyml: warning: {tmp_path / 'costs.sqlite3'}: stale emulator rows of reference/softmax_int8 were measured "
        "from other objects than those at hand; they are measured again\n"
    ) in capsys.readouterr().err


def test_a_board_that_measured_another_object_does_not_count(bench, objects, tmp_path):
    run, _ = bench
    run(PASSES)
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        for row in list(database.all_rows()):
            key = keys_by_class(row.key, VERSION)["hardware"]
            database.record(replace(row, key=key, cycles=77, instructions=None))
    assert {
        candidate.other.cycles for found in run(PASSES).values() for candidate in found if candidate.cycles
    } == {77}
    objects.others["reference/softmax_int8"] = "b" * 64
    (softmax,) = (one for one in run(PASSES)[4] if one.kernel == "reference/softmax_int8")
    assert (softmax.cycles, softmax.other) == (1000, None)


def after(count):
    """A result of the first `count` trials, and then a lost scheduler."""
    seen = []

    def result(trial):
        seen.append(trial)
        return (
            PASSES if len(seen) <= count else ClusterProblem("the scheduler is lost", hint="start it again")
        )

    return result


def test_a_lost_cluster_tells_how_many_rows_are_recorded_and_the_next_call_goes_on(bench, tmp_path):
    run, counts = bench
    with pytest.raises(ClusterProblem) as caught:
        run(after(3), worker="worker a")
    assert str(caught.value) == (
        "the scheduler is lost\n"
        "  start it again; 3 rows were measured, all are recorded; the same command goes on from there"
    )
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        assert database.count() == {"costs": 3, "proofs": 3}
    run(PASSES, worker="worker a")
    assert counts == [4, 1, 2]


def rows_in(folder):
    with CostDatabase.open(folder / "costs.sqlite3") as database:
        return list(database.all_rows())


def test_rows_of_workers_are_those_of_this_machine(bench, tmp_path):
    bench[0](PASSES)
    here = rows_in(tmp_path)
    (tmp_path / "costs.sqlite3").unlink()
    bench[0](PASSES, worker="worker a")
    assert rows_in(tmp_path) == here


def test_a_row_of_a_worker_goes_through_the_checks_of_a_pack(bench, tmp_path):
    with pytest.raises(ClusterProblem) as caught:
        bench[0](replace(PASSES, instructions=2001), worker="worker a")
    assert str(caught.value).startswith(
        "worker a: its measurement is wrong: reference/conv_2d_int8: cycles: found 1000, expected 1001 or more "
        "for 2001 instructions\n"
    )
    assert rows_in(tmp_path) == []


def of_other_programs(row):
    """Return a row of the same kind: its compiler has the same version, and other digests."""
    compiler = f"{row.key.compiler.partition(', programs ')[0]}, programs 0123456789abcdef"
    return replace(row, key=replace(row.key, compiler=compiler), cycles=1000)


@pytest.mark.parametrize("here", [500, 600])
def test_an_outlier_of_a_worker_is_measured_on_this_machine(bench, tmp_path, monkeypatch, here):
    """It counts if it is the same here; otherwise the worker is wrong, and named."""
    bench[0](PASSES)
    others = [of_other_programs(row) for row in rows_in(tmp_path)]
    (tmp_path / "costs.sqlite3").unlink()
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        database.record(*others)
    asked = []
    monkeypatch.setattr(campaign, "run_bench", lambda job: asked.append(job) or replace(PASSES, cycles=here))
    if here == 500:
        bench[0](replace(PASSES, cycles=500), worker="worker a")
        assert len(asked) == len(rows_in(tmp_path)) - len(others) == 6
        return
    with pytest.raises(ClusterProblem, match=r"500 cycles, -50.0 % from .*; on this machine it takes 600"):
        bench[0](replace(PASSES, cycles=500), worker="worker a")
    assert rows_in(tmp_path) == sorted(others, key=lambda row: row.key.digest)
