"""Each target on a bounded number of inputs, and the finding, shrinking and saving of crashes."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import driver
from fuzz.driver import Fuzzing, crash, load, smallest
from fuzz.mutation import inputs
from support.effort import examples

TARGETS = sorted(path.stem for path in (Path(__file__).parent / "targets").glob("*.py"))
EXECUTIONS = 150


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_give_a_value_or_a_typed_error(name: str) -> None:
    target = load(name)
    for data in islice(inputs(target.seeds(), target.TOKENS, seed=1), examples(EXECUTIONS)):
        assert crash(target.execute, data) is None, data


@pytest.mark.parametrize("name", TARGETS)
def test_the_first_input_is_valid(name: str) -> None:
    """A target whose seeds are refused at their first byte would find nothing."""
    target = load(name)
    assert target.seeds()[0] == next(inputs(target.seeds(), target.TOKENS, seed=1))
    assert len(target.seeds()[0]) > 4


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_without_any_form_too(name: str) -> None:
    target = load(name)
    seed = target.seeds()[0]

    @given(st.one_of(st.binary(max_size=200), st.binary(max_size=20).map(lambda data: seed + data)))
    @settings(max_examples=examples(40))
    def property_(data: bytes) -> None:
        assert crash(target.execute, data) is None

    property_()


def fails_at_a_percent_sign(data: bytes) -> None:
    if b"%" in data:
        raise KeyError(data)


def test_the_smallest_input_of_a_crash() -> None:
    place = crash(fails_at_a_percent_sign, b"some text % and more")
    assert place is not None
    assert place.startswith("KeyError in test_fuzz.py:")
    assert smallest(fails_at_a_percent_sign, b"some text % and more", place) == b"%"
    assert crash(fails_at_a_percent_sign, b"some text") is None


class Broken:
    """A target that fails at a percent sign, and at nothing else."""

    TOKENS = ()
    execute = staticmethod(fails_at_a_percent_sign)

    def seeds(self) -> list[bytes]:
        return [b"text"]


def test_a_crash_is_saved_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fuzzing = Fuzzing("broken", Broken(), 3, tmp_path / "crashes")
    for data in (b"long text with %", b"%1", b"fine"):
        fuzzing.execute(data)
    assert fuzzing.is_done
    assert fuzzing.finish("hand") == 1
    assert (tmp_path / "crashes" / "broken-0").read_bytes() == b"%"
    assert "broken: 3 executions in " in capsys.readouterr().out
    fine = Fuzzing("broken", Broken(), 1, tmp_path / "none")
    fine.execute(b"fine")
    assert fine.finish("hand") == 0
    assert not (tmp_path / "none").exists()


def test_an_input_that_takes_too_long_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_LONGEST_S", 0.01)  # of processor time, which the loop below takes

    def for_ever(_: bytes) -> None:
        while True:
            pass

    assert (crash(for_ever, b"") or "").startswith("TooSlow in test_fuzz.py:")


def test_mutation_is_the_same_for_the_same_seed() -> None:
    first, again, other = (
        list(islice(inputs([b"abc", b"defg"], [b"token"], seed), 200)) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert any(b"token" in data for data in first)
    assert len(set(first)) > 100
