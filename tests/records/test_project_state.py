"""Commit, changes and build time of a project: what is taken, and what is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.project_state import EPOCH, is_time, project_text, time_of_epoch
from scons_tinyml.records.report import ProjectState
from scons_tinyml.stages.gate.build import project_state

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BUILT = "2026-11-29T22:00:00Z"


def test_nothing_is_said():
    assert project_text({"target": "acme", "model": "cats"}, {"HOME": "/"}) == ""
    assert project_state("") is None


def test_all_is_said():
    options = {"built": BUILT, "model": "cats", "dirty": "yes", "commit": COMMIT}
    text = project_text(options, {EPOCH: "0"})
    assert text == f"commit={COMMIT} dirty=yes built={BUILT}"
    assert project_state(text) == ProjectState(commit=COMMIT, dirty=True, built=BUILT)


@pytest.mark.parametrize(("dirty", "known"), [({}, None), ({"dirty": "no"}, False)])
def test_changes_that_are_not_said_are_not_known(dirty, known):
    text = project_text({"commit": COMMIT, **dirty}, {})
    assert project_state(text) == ProjectState(commit=COMMIT, dirty=known, built=None)


def test_time_of_the_environment():
    assert project_text({}, {EPOCH: "1796076000"}) == f"built={BUILT}".replace("29T22", "30T22")


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)))
def test_every_time_of_an_epoch_is_taken(time):
    whole = time.replace(microsecond=0, tzinfo=UTC)
    text = time_of_epoch(str(int(whole.timestamp())))
    assert is_time(text) and datetime.fromisoformat(text) == whole
    assert project_text({"built": text}, {}) == f"built={text}"


@pytest.mark.parametrize("text", ["", "-1", "1.5", "0x10", "yesterday", "253402300800", "9" * 5000, "\u0661"])
def test_epoch_that_is_none(text):
    with pytest.raises(
        InputError, match=r"^environment: SOURCE_DATE_EPOCH: found '.{0,90}, expected seconds"
    ):
        project_text({}, {EPOCH: text})


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"commit": ""}, "commit"),
        ({"commit": "0123456789ABCDEF"}, "commit"),
        ({"commit": "012345"}, "commit"),
        ({"commit": "0" * 65}, "commit"),
        ({"commit": f"{COMMIT}\n"}, "commit"),
        ({"commit": COMMIT, "dirty": "true"}, "dirty"),
        ({"dirty": "no"}, "dirty"),
        ({"built": "2026-11-29"}, "built"),
        ({"built": "2026-02-30T22:00:00Z"}, "built"),
        ({"built": "2026-11-29T24:00:01Z"}, "built"),
        ({"built": f"{BUILT} x"}, "built"),
    ],
)
def test_what_is_refused(options, key):
    with pytest.raises(InputError, match=rf"^command line: {key}: ") as caught:
        project_text(options, {})
    assert len(str(caught.value)) < 250
