"""Wheels of external sources: the pinned file and no other, of plain files below the folder, within limits."""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scons_tinyml.records.errors import EnvironmentProblem, RecordError
from scons_tinyml.records.kernel import KernelSet, Wheel
from scons_tinyml.stages import wheels
from scons_tinyml.stages.firmware import fetch

FIELDS = {
    "distribution": "small",
    "version": "1.0",
    "sha256": "0" * 64,
    "subfolder": "root",
    "licence": "MIT",
    "override_option": "SMALL_ROOT",
}
NAMES = ("a.c", "include/a.h")


def kernel_set(**fields: str) -> KernelSet:
    return KernelSet(
        name="mine",
        description="",
        optimize="-O2",
        external=Wheel(**{**FIELDS, **fields}),
        external_headers=NAMES,
    )


def wheel(folder: Path, *entries: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    """Write a wheel with `entries` beside the files that the set names."""
    path = folder / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return path


def download(folder: Path, sha256: str = FIELDS["sha256"]) -> Path:
    return wheels.download("small", "1.0", sha256, folder, "give SMALL_ROOT=path of a checkout")


WHOLE = (("root/a.c", b"int a;"), ("root/include/a.h", b"extern int a;"))


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Only wheels of a folder are found, without any network."""
    found = tmp_path / "index"
    found.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(found))
    return found


def real_wheel(folder: Path, *entries: tuple[str, bytes]) -> Path:
    """Write a wheel that pip accepts."""
    return wheel(
        folder,
        *entries,
        ("small-1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: small\nVersion: 1.0\n"),
        ("small-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        ("small-1.0.dist-info/RECORD", b""),
    )


def test_the_pinned_wheel_is_unpacked(pip: Path, tmp_path: Path) -> None:
    made = real_wheel(pip, *WHOLE, ("root/other.c", b"#error"))
    declared = kernel_set(sha256=hashlib.sha256(made.read_bytes()).hexdigest())
    taken = download(tmp_path, declared.external.sha256)
    assert taken.read_bytes() == made.read_bytes()
    digests = fetch.unpack(taken, declared, NAMES, tmp_path / "out")
    assert digests == {
        name: hashlib.sha256(data).hexdigest() for name, (_, data) in zip(NAMES, WHOLE, strict=True)
    }
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.?")) == ["a.c", "a.h"]


def test_another_wheel_of_that_name_is_refused(pip: Path, tmp_path: Path) -> None:
    real_wheel(pip, *WHOLE)
    with pytest.raises(EnvironmentProblem, match=r"small 1.0 could not be downloaded"):
        download(tmp_path)


def test_the_digest_is_ours_to_check_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pip that does not check, or checks another file."""
    (tmp_path / "small-1.0.whl").write_bytes(b"other")
    monkeypatch.setattr(wheels, "_PIP", ("true",))
    with pytest.raises(EnvironmentProblem, match=f"downloaded with the SHA-256 .*; expected {'0' * 64}"):
        download(tmp_path)


def test_a_source_distribution_is_not_built(pip: Path, tmp_path: Path) -> None:
    """Its setup.py would run."""
    (tmp_path / "setup.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')")
    made = pip / "small-1.0.zip"
    with zipfile.ZipFile(made, "w") as archive:
        archive.write(tmp_path / "setup.py", "small-1.0/setup.py")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    with pytest.raises(EnvironmentProblem, match="could not be downloaded"):
        download(tmp_path, digest)
    assert not (tmp_path / "pwned").exists()


def test_a_large_wheel_is_not_written(pip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = real_wheel(pip, ("root/a.c", hashlib.shake_128(b"").digest(100_000)))
    monkeypatch.setattr(wheels, "MOST_WHEEL_BYTES", 50_000)
    with pytest.raises(EnvironmentProblem, match=r"the limit of a wheel is 48.8 KiB"):
        download(tmp_path, hashlib.sha256(made.read_bytes()).hexdigest())


HOSTILE = {
    "distribution": [
        "small @ file:///tmp/evil",
        "small\n--index-url http://example.com",
        "-r other.txt",
        "--index-url=http://example.com",
        "./evil",
        "evil.zip#",
        "small[extra]",
        "small ; python_version > '3'",
        "${HOME}",
        "small\\",
        "",
    ],
    "version": ["1.0 --hash=sha256:0", "1.0\n-e .", "*", "1.*", "1.0;", "${HOME}", "", "-1", "1.0 \\"],
    "sha256": ["0" * 63, "0" * 64 + "\n", "g" * 64, f"{'0' * 64} --hash=sha256:{'1' * 64}"],
    "override_option": ["target", "A B", "", "-X", "A=1", "$A"],
    "subfolder": ["/etc", "..", "a/../..", "", "a\n"],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in HOSTILE.items() for value in values]
)
def test_what_pip_would_take_for_an_option_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError, match=key):
        Wheel(**{**FIELDS, key: value})


@given(st.text(max_size=20), st.text(max_size=20))
def test_what_is_accepted_is_one_word_of_a_requirement(distribution: str, version: str) -> None:
    try:
        made = Wheel(**{**FIELDS, "distribution": distribution, "version": version})
    except ValidationError:
        return
    assert re.fullmatch(
        r"[A-Za-z0-9][\w.-]*==[0-9][\w.+!]*", f"{made.distribution}=={made.version}", re.ASCII
    )


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("root/a.c")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([WHOLE[0]], "the wheel has no files named 'root/include/a.h'"),
        ([*WHOLE, WHOLE[0]], "the wheel has 2 files named 'root/a.c'"),
        ([(link(), b"/etc/passwd"), WHOLE[1]], "'root/a.c' of the wheel is a link"),
        ([WHOLE[0], (WHOLE[1][0], bytes(2**20))], "its files are larger than 512.0 KiB together"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_is_in_no_honest_wheel(
    entries, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MOST_UNPACKED_BYTES", 2**19)
    with pytest.raises(RecordError, match=re.escape(problem)) as caught:
        fetch.unpack(wheel(tmp_path, *entries), kernel_set(), NAMES, tmp_path / "out")
    assert (caught.value.where, caught.value.key) == ("kernels/mine/set.toml", "external")
    assert not (tmp_path / "out").exists()


def test_sizes_are_counted_and_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that says 1 byte and unpacks to more ends at the limit, or is damaged."""
    path = wheel(tmp_path, ("root/a.c", bytes(2**20)), WHOLE[1])
    data = path.read_bytes()
    path.write_bytes(data.replace((2**20).to_bytes(4, "little"), (1).to_bytes(4, "little")))
    monkeypatch.setattr(fetch, "MOST_UNPACKED_BYTES", 2**19)
    with pytest.raises(RecordError, match=r"is no wheel that can be read|are larger than"):
        fetch.unpack(path, kernel_set(), NAMES, tmp_path / "out")


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"PK nothing")
    with pytest.raises(RecordError, match=r"a\.whl is no wheel that can be read"):
        fetch.unpack(tmp_path / "a.whl", kernel_set(), NAMES, tmp_path / "out")


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MOST_FILES", 1)
    with pytest.raises(RecordError, match="names 2 files; the limit is 1"):
        fetch.unpack(wheel(tmp_path, *WHOLE), kernel_set(), NAMES, tmp_path / "out")


def test_a_link_in_the_folder_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "include").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordError, match=r"'include/a.h' leads, by a link, out of its folder"):
        fetch.unpack(wheel(tmp_path, *WHOLE), kernel_set(), NAMES, tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []
