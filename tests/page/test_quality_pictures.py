"""Pictures of what quantization does, and the files that they are drawn from."""

from __future__ import annotations

import json

import pytest

from scons_tinyml.reports.beside import Beside, read_beside
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.page import drawn_pictures
from support.pages import PATH, whole
from support.qualities import FLOAT, QUANTIZED, judged, quality, regressed

NAMES = ("noise", "ranges", "weights", "judged", "differing")


def drawn(**beside):
    found = drawn_pictures(view_of(whole(), PATH, beside=Beside(**beside)))
    return {name: picture for name, picture in found if name in NAMES}


def test_the_leads_have_the_figures():
    assert {name: picture.lead for name, picture in drawn(quality=quality()).items()} == {
        "noise": "dense loses most by itself: 21.5 dB of signal to noise on 64 representative samples. 6 dB are a bit.",
        "ranges": "1 of 3 layers have saturated values, dense most: 2.0 %.",
        "weights": "144 weights in 2 layers. Rounding costs conv most: 41.5 dB of signal to noise.",
        "judged": "10 test samples; right are 90.0 % (float), 80.0 % (quantized).",
        "differing": "1 of 10 test samples are judged differently by the two versions. The float network is right on 1 "
        "of them, the quantized one on 0.",
    }


def test_the_tables_have_all_layers_and_classes():
    found = drawn(quality=quality())
    assert [row[1] for row in found["noise"].table.rows] == ["conv", "reshape", "dense"]
    assert [row[1] for row in found["weights"].table.rows] == ["conv", "dense"]
    assert found["judged"].table.rows == (
        ("no", 6, 1.0, 5 / 6, "yes"),
        ("yes", 4, 0.75, 0.75, "no"),
    )
    assert found["differing"].table.rows == ((7, "no", "no", "yes", 0.25),)


def test_histograms_have_a_column_for_each_bin_with_values():
    svg = str(drawn(quality=quality())["weights"].svg)
    assert svg.count("<title>") == 2 * (3 + 3)  # besides the title of the drawing, which has an id
    assert "70 from 0.5 to 1.25" in svg
    assert "40 from 0 to 64" in svg


def test_a_regression_has_its_errors():
    found = drawn(judged=regressed())
    assert found["judged"].lead == "Errors on 4 test samples, output less label: from -1 to 1."
    assert found["judged"].table.rows == ((-1.0, 0.0, 0, 1), (0.0, 1.0, 4, 3))
    assert found["differing"].lead == "The 1 of 4 test samples on which the versions are furthest apart."


def test_without_a_float_version_there_are_ranges_and_codes():
    layers = [
        layer.model_copy(
            update={
                "snr_db": None,
                "own_snr_db": None,
                "cause": None,
                "weights": layer.weights
                and layer.weights.model_copy(update={"values": None, "snr_db": None}),
            }
        )
        for layer in quality().layers
    ]
    given = quality().model_copy(
        update={"layers": tuple(layers), "compared_absent": "it was given", "judged": None}
    )
    found = drawn(quality=given)
    assert tuple(found) == ("ranges", "weights")
    assert found["ranges"].lead == "dense has the most values at an end of its integers: 2.0 %."
    assert found["weights"].lead == "144 weights in 2 layers."


def test_nothing_where_nothing_was_looked_at():
    assert drawn() == {}


@pytest.fixture
def build(tmp_path):
    """A folder of results with the files of a network that the report is of, and of others."""
    models = tmp_path / "build" / "common" / "models"
    for folder, digest in (("cats/float", FLOAT), ("cats/int8", QUANTIZED), ("dogs/int8", "2" * 64)):
        path = models / folder / "quality.json"
        path.parent.mkdir(parents=True)
        record = quality().model_copy(update={"network_sha256": digest})
        path.write_text(json.dumps(record.model_dump(mode="json")))
    (models / "cats" / "judged.json").write_text(json.dumps(judged().model_dump(mode="json")))
    (models / "cats" / "judged_int16x8.json").write_text("{}")
    report = tmp_path / PATH
    report.parent.mkdir(parents=True)
    return report


def of_network(digest):
    report = whole()
    return report.model_copy(
        update={"provenance": report.provenance.model_copy(update={"network_sha256": digest})}
    )


@pytest.mark.parametrize("digest", [FLOAT, QUANTIZED])
def test_a_page_shows_files_of_its_very_network(build, digest):
    found = read_beside(of_network(digest), build)
    assert found.quality.network_sha256 == digest
    assert found.judged == judged()


@pytest.mark.parametrize("digest", ["3" * 64, None])
def test_files_of_another_network_are_passed_over(build, digest):
    found = read_beside(of_network(digest), build)
    assert (found.quality, found.judged) == (None, None)
