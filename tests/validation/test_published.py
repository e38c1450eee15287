"""Published times."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.validation.checkout import PublishedImage
from scons_tinyml.validation.published import published_seconds

from .conftest import log_text


@pytest.fixture
def image(tmp_path: Path) -> PublishedImage:
    return PublishedImage(
        tmp_path / "a.bin", "maker", "BOARD", "board", "kws", tmp_path / "log.txt", tmp_path / "results.txt"
    )


def test_the_median_of_the_runs(image):
    image.log.write_text(log_text(200, (1000, 2_001_000), (3_000_000, 5_000_400), (6_000_000, 8_000_200)))
    assert published_seconds(image) == 200_0200 / 200 / 1e6


def test_a_counter_that_started_over(image):
    image.log.write_text(log_text(10, ((1 << 32) - 500, 500)))
    assert published_seconds(image) == 100e-6


def test_the_throughput_stands_in_for_a_missing_log(image):
    image.results.write_text(
        "0.1 x: Throughput : 9.0 inf./sec.\n0.2 x: Median throughput is 80.000 inf./sec.\n"
    )
    assert published_seconds(image) == 1 / 80
    image.log.write_text("00000.000 dut: m-lap-us-12\n")
    assert published_seconds(image) == 1 / 80


def test_no_time_at_all_is_told(image):
    with pytest.raises(InputError, match="no time was published") as caught:
        published_seconds(replace(image, log=image.log.with_name("none")))
    assert str(image.results) in str(caught.value)
