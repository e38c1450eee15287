"""Random whole networks become firmware that gives the oracle's bytes, and no error is one of ours.

Every kernel of both sets is measured and proven on every layer, as in a build; the image is linked, run and judged.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from scons_tinyml import library
from scons_tinyml.library.workspace import Workspace
from scons_tinyml.records.errors import UnsupportedError
from support.effort import examples
from support.external_sources import cmsis_nn_root
from support.kernel_calls import KERNELS
from support.network_cases import NetworkCase, networks
from support.tflite_builder import to_tflite

pytestmark = [pytest.mark.arm, pytest.mark.slow]

BOARDS = ("stm32g0b1", "stm32l4r5")


@pytest.fixture(scope="module", params=BOARDS)
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    board = KERNELS.parent / "boards" / f"{request.param}.toml"
    folder = tmp_path_factory.mktemp(request.param)
    return library.open_workspace(board, folder, externals={"cmsis_nn": cmsis_nn_root()})


def _is_right(case: NetworkCase, workspace: Workspace) -> bool:
    """Build, and return False where no oracle or kernel runs a layer, such as the root of a number below 0."""
    file = workspace.folder / "random.tflite"
    file.write_bytes(to_tflite(case.graph))
    network = library.load_network(file, workspace.folder)
    try:
        firmware = library.build_firmware(network, workspace)
    except UnsupportedError:
        return False
    assert firmware.report.bit_exact.holds
    return True


def test_firmware_gives_the_oracles_bytes(workspace: Workspace) -> None:
    right: list[bool] = []

    @settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
    @given(networks(most_layers=3))
    def check(case: NetworkCase) -> None:
        right.append(_is_right(case, workspace))

    check()
    assert sum(right) > len(right) / 2
