from __future__ import annotations

from pathlib import Path

import pytest

from support.exports import Exported, exported
from support.networks import small_int8


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="session")
def kws(folder: Path) -> Exported:
    return exported(folder, small_int8(0), "kws")


@pytest.fixture(scope="session")
def wake(folder: Path) -> Exported:
    return exported(folder, small_int8(1), "wake")
