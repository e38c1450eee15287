"""A build that measures on Dask workers: the same rows, and so the same firmware and report."""

from support.networks import SMALL


def test_a_build_on_workers_is_the_same(on_stm32l4, tmp_path):
    local = on_stm32l4.project
    project = local.copy(tmp_path / "project", costs=tmp_path / "costs.sqlite3")
    found = project.scons("-j2", *SMALL, "workers=1")
    assert found.code == 0, found.errors
    assert "measure" in found.stages
    assert project.rows().keys() == local.rows().keys()
    assert project.published("stm32l4", "small") == local.published("stm32l4", "small")

    again = project.scons(*SMALL)
    assert (again.code, again.stages) == (0, [])  # where it was measured is no part of a signature
