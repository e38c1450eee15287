"""What a worker does with texts: it answers to all of them, runs our modules alone, and keeps few kits."""

import pytest

from scons_tinyml.records.wire import from_wire
from scons_tinyml.stages.executors import facts, idle, worker
from scons_tinyml.stages.executors.facts import differences, machine_facts
from scons_tinyml.stages.executors.work import Fact
from scons_tinyml.stages.executors.worker import Answer


@pytest.fixture(autouse=True)
def no_kits(monkeypatch):
    monkeypatch.setattr(worker, "_kits", type(worker._kits)())


def prepare(module=idle.__name__, kit=b""):
    return from_wire(Answer, worker.prepare(module, kit))


def run(kit=b"", task=b"0"):
    return from_wire(Answer, worker.run(worker.digest(kit), task))


def test_a_kit_is_made_once_and_tasks_name_it():
    assert dict(prepare().facts) == {name: fact.value for name, fact in idle.IdleWork().facts().items()}
    assert run(task=b"0.0") == Answer(result=b"0.0")


def test_a_task_without_its_kit_asks_for_it():
    assert run() == Answer(lacks_kit=True)


def test_a_wrong_task_is_an_answer_too():
    prepare()
    assert run(task=b"-1") == Answer(problem="expected a time from 0 to 60 s")


@pytest.mark.parametrize("module", ["os", "scons_tinyml.cli.main", "scons_tinyml.stages"])
def test_a_worker_opens_kits_of_our_stages_alone(module):
    assert (
        f"a worker runs modules below scons_tinyml.stages. only, found '{module}'" in prepare(module).problem
    )


def test_the_oldest_kit_goes():
    for kit in range(worker._MOST_KITS + 1):
        prepare(kit=b"%d" % kit)
        assert run(b"%d" % kit) == Answer(result=b"0.0")
    assert run(b"0") == Answer(lacks_kit=True)
    assert run(b"1") == Answer(result=b"0.0")


def test_the_digest_of_our_sources_changes_with_each_of_them(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(facts, "_PACKAGE", tmp_path)
    found = []
    for name, text in {"a.py": "1", "b.j2": "", "data/c.py": "x", "d.pyc": "x"}.items():
        (tmp_path / name).write_text(text)
        found.append(facts.sources_digest.__wrapped__())
    assert found[0] != found[1] == found[2] == found[3]


def test_versions_of_packages_are_facts_and_differences_say_what_works():
    (name,) = machine_facts(("unicorn",)).keys() - {facts.SOURCES}
    assert name == "Python package unicorn"
    expected = {name: Fact("2.1.4", "pip install unicorn==2.1.4 there")}
    assert list(differences(expected, {name: "2.1.4", "other": "x"})) == []
    assert list(differences(expected, {name: "2.1.3"})) == [
        "Python package unicorn: found '2.1.3', expected '2.1.4'; pip install unicorn==2.1.4 there"
    ]
    assert list(differences(expected, {})) == [
        "Python package unicorn: found 'absent', expected '2.1.4'; pip install unicorn==2.1.4 there"
    ]
