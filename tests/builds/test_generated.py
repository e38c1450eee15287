"""Generated kernels, which take part in a build like others."""

import shutil

from support.networks import SMALL
from support.project import ROOT

SET = ROOT / "tests" / "lowering" / "generated"


def with_generator(project):
    shutil.copytree(SET, project.folder / "kernels" / "generated")
    return project


def test_a_generator_is_measured_proven_and_chosen_by_its_cycles(project):
    before = project.report("stm32l4", "small")
    found = with_generator(project).scons(*SMALL)
    assert found.code == 0, found.errors
    report = project.report("stm32l4", "small")
    layer = report["layers"][3]
    kernels = {layer["kernel"]: layer["cycles"], **{r["kernel"]: r["cycles"] for r in layer["rejected"]}}
    assert {name for name in kernels if name.startswith("generated/")} == {
        "generated/dense.flash",
        "generated/dense.ram",
    }
    assert layer["cycles"] == min(kernels.values()) <= before["layers"][3]["cycles"]
    assert report["bit_exact"]["differing_bytes"] == 0
    source = (project.results("stm32l4", "small") / "src" / "small_kernels.c").read_text()
    assert ("dense_" in source) == layer["kernel"].startswith("generated/")


def test_a_generated_kernel_alone_is_linked_run_and_foreseen(project):
    found = with_generator(project).scons(*SMALL, "kernels=generated,reference", "optimize=ram")
    assert found.code == 0, found.errors
    assert project.scons(*SMALL, "kernels=generated").code == 1  # three layers have no generated kernel
    rows = {kernel for kernel, _ in project.rows().values() if kernel.startswith("generated/")}
    assert rows == {"generated/dense.flash", "generated/dense.ram"}


def test_an_edit_of_a_generator_that_changes_no_code_measures_nothing(project):
    assert with_generator(project).scons(*SMALL).code == 0
    rows = project.rows()
    project.insert_line("kernels/generated/_text.py", "# A word more.")
    found = project.scons(*SMALL)
    assert (found.code, project.rows()) == (0, rows), found.errors
    assert "measure" in found.stages
    assert not {"plan", "generate", "link", "run"} & set(found.stages)


def test_an_edit_that_changes_the_code_measures_that_layer_and_generates_again(project):
    assert with_generator(project).scons(*SMALL, "kernels=generated,reference").code == 0
    rows = project.rows()
    project.edit("kernels/generated/dense.py", "int32_t i = 0; i <", "int32_t i = 0; 1 + i < 1 +")
    found = project.scons(*SMALL, "kernels=generated,reference")
    assert found.code == 0, found.errors
    new = {digest: kernel for digest, (kernel, _) in project.rows().items() if digest not in rows}
    assert sorted(new.values()) == ["generated/dense.flash", "generated/dense.ram"]


def test_a_generator_that_cannot_be_loaded_stops_the_build_with_its_place(project):
    with_generator(project)
    (project.folder / "kernels" / "generated" / "dense.py").write_text("GENERATOR = None\n")
    found = project.scons(*SMALL)
    assert found.code == 1
    assert "kernels/generated/dense.py: does not end with GENERATOR = ..." in found.errors
