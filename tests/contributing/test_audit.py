"""`.ci/audit` with a pip-audit that has found something, nothing, or no database."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
SOUND = {"name": "sound", "version": "2.0", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


def audit(folder: Path, packages: list[dict] | None) -> subprocess.CompletedProcess[str]:
    """Run the script where pip-audit writes `packages`, or None: fails without a file."""
    programs = folder / ".tinyml" / "audit" / "bin"
    programs.mkdir(parents=True)
    (folder / ".ci").mkdir()
    for name in ("audit", "audit.lock"):
        shutil.copy(ROOT / ".ci" / name, folder / ".ci")
    shutil.copy(ROOT / ".ci" / "audit.lock", programs.parent / "installed.lock")
    (programs / "python").symlink_to(sys.executable)
    found = "" if packages is None else json.dumps({"dependencies": packages})
    (folder / "found.json").write_text(found)
    fake = programs / "pip-audit"
    failed = packages is None or OLD in packages
    fake.write_text(
        '#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = --output ] && cp found.json "$2"; shift; done\n'
        f"echo 'no route to host' >&2\nexit {int(failed)}\n"
    )
    fake.chmod(0o755)
    return subprocess.run(["bash", ".ci/audit"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("packages", "code", "says"),
    [
        ([SOUND, UNKNOWN], 0, "audit: 1 of 2 packages were looked up, 0 known vulnerabilities\n"),
        ([OLD, SOUND], 1, "audit: 2 of 2 packages were looked up, 1 known vulnerabilities\n"),
        (None, 0, ""),
    ],
)
def test_outcome(tmp_path, packages, code, says):
    done = audit(tmp_path, packages)
    assert (done.returncode, done.stdout) == (code, says)


def test_a_vulnerability_is_named(tmp_path):
    assert audit(tmp_path, [OLD]).stderr == "audit: old 1.0: PYSEC-1, mended in 1.1\n"


def test_no_database_is_said(tmp_path):
    assert audit(tmp_path, None).stderr == (
        "no route to host\naudit: pip-audit did not come to an end; requirements.lock was not checked\n"
    )
