"""Cost databases that cannot be used, or are damaged."""

import sqlite3

from support.networks import SMALL


def without_measurements(project):
    (project.results("stm32l4", "small") / "measurements.json").unlink()
    return project


def test_corrupt_database_is_kept_aside_and_measured_again(project):
    before = project.published("stm32l4", "small")
    kernels = sorted(kernel for kernel, _ in project.rows().values())
    database = project.folder / ".tinyml" / "costs.sqlite3"
    for path in database.parent.glob("costs.sqlite3*"):
        path.unlink()
    garbage = b"This was a database once. " * 400
    database.write_bytes(garbage)
    found = without_measurements(project).scons(*SMALL)
    assert (found.code, found.stages) == (0, ["measure", "plan", "report"]), found.errors
    assert (
        "tinyml: warning: .tinyml/costs.sqlite3 is corrupt; it is kept as costs.sqlite3.corrupt-1 "
        "and rebuilt from measurements\n"
    ) in found.errors
    assert (database.parent / "costs.sqlite3.corrupt-1").read_bytes() == garbage
    assert sorted(kernel for kernel, _ in project.rows().values()) == kernels
    assert project.published("stm32l4", "small") == before


def test_database_that_is_a_folder(project):
    (project.folder / "folder").mkdir()
    found = without_measurements(project).scons(*SMALL, "costs=folder")
    assert (found.code, found.stages) == (1, ["measure"])
    assert found.errors == (
        "tinyml: error: folder: is a folder, not a file\n"
        "scons: *** [build/stm32l4/small/measurements.json] Error 1\n"
    )
    assert not (project.results("stm32l4", "small") / "small.elf").exists()


def test_database_in_a_place_that_cannot_be_made(project):
    found = project.scons(*SMALL, "costs=small.tflite/costs.sqlite3")
    assert (found.code, found.stages) == (1, ["measure"])
    assert found.errors == (
        "tinyml: error: small.tflite: cannot be made: File exists\n"
        "scons: *** [build/stm32l4/small/measurements.json] Error 1\n"
    )


def test_database_of_a_newer_version(project):
    database = project.folder / ".tinyml" / "costs.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("insert into schema_versions values (99, 'tomorrow')")
    connection.close()
    found = without_measurements(project).scons(*SMALL)
    assert (found.code, found.stages) == (1, ["measure"])
    assert found.errors == (
        "tinyml: error: .tinyml/costs.sqlite3: is of schema version 99, "
        "this version of scons-tinyml knows up to 4\n"
        "  use a newer scons-tinyml, or another database\n"
        "scons: *** [build/stm32l4/small/measurements.json] Error 1\n"
    )
