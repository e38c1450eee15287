"""Revisions of external sources: ranges, headers that state them, and declarations that differ between them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.kernel import Kernel, KernelSet, read_kernel_set
from scons_tinyml.records.revisions import Revisions, read_revision
from support.declared_sets import EXTERNAL, RELU, revisions

KERNELS = Path(__file__).parents[2] / "kernels"
SET = 'description = "Ours"\n' + EXTERNAL
REVISIONS = revisions("2.1")
KERNEL = (
    RELU
    + """\
scratch_bytes = "8"

[[constraints]]
require = "size > 1"
reason = "only for more than one value"

[[revisions]]
before = "2"
refuse = "theirs has no RELU before 2.0"

[[revisions]]
since = "3"
sources = ["relu_3.c"]
external_sources = ["src/relu_fast.c"]
scratch_bytes = "16"

[[revisions.constraints]]
require = "size < 9"
reason = "only for fewer than nine values"
"""
)


def write_set(folder: Path, kernel: str = KERNEL, declared: str = SET + REVISIONS) -> Path:
    """Write a kernel set with one kernel."""
    folder.mkdir()
    (folder / "set.toml").write_text(declared)
    (folder / "relu.toml").write_text(kernel)
    for name in ("relu.c", "relu_3.c"):
        (folder / name).write_text("")
    return folder


def write_checkout(folder: Path, text: str) -> Path:
    """Write a checkout whose header has `text`."""
    (folder / "inc").mkdir(parents=True)
    (folder / "inc" / "theirs.h").write_text(text)
    return folder


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return write_set(tmp_path / "ours")


def declared(ours: Path, folder: Path, revision: str) -> tuple[KernelSet, Kernel]:
    """Return the set and its kernel for a checkout of `revision`."""
    checkout = write_checkout(folder / revision, f"/* $Revision:    V.{revision} */")
    kernel_set, (kernel,) = read_kernel_set(ours, checkout)
    return kernel_set, kernel


def test_without_a_checkout_the_wheels_revision_counts(ours: Path) -> None:
    kernel_set, (kernel,) = read_kernel_set(ours)
    assert kernel_set.switches == ()
    assert (kernel.sources, kernel.external_sources, kernel.scratch_bytes) == (
        ("relu.c",),
        ("src/relu.c",),
        "8",
    )
    assert len(kernel.constraints) == 1


@pytest.mark.parametrize("revision", ["2", "2.0.0", "2.9.9.9"])
def test_revisions_that_no_entry_is_about(ours: Path, tmp_path: Path, revision: str) -> None:
    kernel_set, kernel = declared(ours, tmp_path, revision)
    assert kernel == read_kernel_set(ours)[1][0]
    assert kernel_set.external is not None and kernel_set.external.revisions is not None
    assert kernel_set.external.revisions.pinned == revision


@pytest.mark.parametrize("revision", ["3", "3.0.1", "3.9999"])
def test_what_an_entry_changes(ours: Path, tmp_path: Path, revision: str) -> None:
    kernel_set, kernel = declared(ours, tmp_path, revision)
    assert [found.define for found in kernel_set.switches] == ["THEIRS_FAST"]
    assert (kernel.sources, kernel.external_sources, kernel.scratch_bytes) == (
        ("relu_3.c",),
        ("src/relu_fast.c",),
        "16",
    )
    assert [found.require for found in kernel.constraints] == ["size > 1", "size < 9"]


@pytest.mark.parametrize("revision", ["1", "1.9.9"])
def test_a_refused_kernel_has_no_files_and_takes_no_layer(ours: Path, tmp_path: Path, revision: str) -> None:
    _, kernel = declared(ours, tmp_path, revision)
    assert (kernel.sources, kernel.external_sources) == ((), ())
    (constraint,) = kernel.constraints
    assert (constraint.require, constraint.reason) == ("0", "theirs has no RELU before 2.0")


@pytest.mark.parametrize("revision", ["0.9", "4", "4.0.0", "10"])
def test_an_unknown_revision_is_named(ours: Path, tmp_path: Path, revision: str) -> None:
    with pytest.raises(RecordError) as caught:
        declared(ours, tmp_path, revision)
    header = tmp_path / revision / "inc" / "theirs.h"
    assert str(caught.value) == (
        f"{header}: $Revision: {revision} is not known; expected 1 or later, below 4\n"
        "  THEIRS_ROOT= takes 1.0 to 3.2"
    )


@pytest.mark.parametrize(
    "text",
    ["", "// Revision: V.1.0", "// $Revision: $", "// $Revision: V.1.2.3.4.5", "// $Revision: V.12345"],
)
def test_a_header_without_a_revision_is_named_by_its_digest(ours: Path, tmp_path: Path, text: str) -> None:
    checkout = write_checkout(tmp_path / "theirs", text)
    with pytest.raises(RecordError, match=rf"its SHA-256 is {sha256(text.encode()).hexdigest()}\n"):
        read_kernel_set(ours, checkout)


def test_a_checkout_without_the_header(ours: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"theirs\.h: cannot be read: No such file or directory$"):
        read_kernel_set(ours, tmp_path / "nowhere")


@given(st.lists(st.integers(0, 9999), min_size=1, max_size=4), st.binary())
def test_revision_of_any_header(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], rest: bytes
) -> None:
    header = tmp_path_factory.getbasetemp() / "any.h"
    text = ".".join(map(str, numbers))
    header.write_bytes(b"/* $Revision:    V." + text.encode() + b" */" + rest)
    assert read_revision(header) == text


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(1, 29))
def test_ranges_compare_numbers(numbers: list[int], limit: int) -> None:
    text = ".".join(map(str, numbers))
    assert Revisions(since=str(limit)).holds(text) == (numbers[0] >= limit)
    assert Revisions(before=str(limit)).holds(text) == (numbers[0] < limit)
    assert Revisions(since="1", before=str(limit + 1)).holds(text) == (1 <= numbers[0] <= limit)


@pytest.mark.parametrize("fields", [{}, {"since": "2", "before": "2.0"}, {"since": "10", "before": "9"}])
def test_ranges_that_hold_nothing_or_everything(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Revisions.model_validate(fields)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'sources = ["relu_3.c"]',
            'sources = ["relu_4.c"]',
            r"revisions\.1\.sources\.0: no such file: relu_4\.c",
        ),
        (
            'refuse = "theirs has no RELU before 2.0"\n',
            "",
            r"revisions\.0: needs refuse, or else some of sources",
        ),
        ('before = "2"', 'before = "2.x"', r"revisions\.0\.before: found '2\.x'"),
        ('before = "2"\n', "", r"revisions\.0: needs since, before, or both"),
    ],
)
def test_wrong_entries(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert KERNEL.count(old) == 1
    with pytest.raises(RecordError, match=message):
        read_kernel_set(write_set(tmp_path / "ours", KERNEL.replace(old, new)))


def test_a_switch_for_a_core_that_there_is_not(tmp_path: Path) -> None:
    text = (SET + REVISIONS).replace("cortex-m4", "cortex-m44")
    with pytest.raises(
        RecordError, match=r"switches\.0\.cores\.0: found 'cortex-m44'; input should be 'cortex-m0plus'"
    ):
        read_kernel_set(write_set(tmp_path / "ours", declared=text))


def test_entries_need_a_header_that_states_the_revision(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"relu\.toml: revisions: is about revisions of external sources"):
        read_kernel_set(write_set(tmp_path / "ours", declared=SET))


def test_every_range_of_the_shipped_set_is_within_the_known_ones() -> None:
    """An entry for revisions that are refused would never count."""
    texts = {path: path.read_text() for path in (KERNELS / "cmsis_nn").glob("*.toml")}
    kernel_set, _ = read_kernel_set(KERNELS / "cmsis_nn")
    assert kernel_set.external is not None
    known = kernel_set.external.revisions
    assert known is not None and known.holds(known.pinned)
    limits = {
        line.split('"')[1]
        for path, text in texts.items()
        for line in text.splitlines()
        if line.startswith(("since = ", "before = ")) and path.name != "set.toml"
    }
    assert {"11.3", "18"} <= limits
    assert all(known.holds(limit) for limit in limits)
