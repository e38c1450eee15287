"""Readers of a project's own samples: what they give, and what they refuse, by file and line."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.reading import read_one_part, read_path
from scons_tinyml.stages.data.wanted import ALL, Wanted
from scons_tinyml.stages.data.windows import windows

WHERE = Path("model.toml")


def wanted(*shape, task="classification", **settings):
    return Wanted(shape, task, WHERE, **settings)


def refusal(path, asked):
    with pytest.raises(InputError) as caught:
        read_path(path, asked)
    return str(caught.value)


# -- .npz


def npz(folder, **arrays):
    np.savez(folder / "data.npz", **arrays)
    return folder / "data.npz"


def test_arrays_are_taken_as_they_are(tmp_path):
    values = np.asfortranarray(np.arange(24, dtype=np.uint8).reshape(3, 4, 2))
    found = read_path(npz(tmp_path, x=values, y=np.array([1, 0, 1])), wanted(4, 2, 1))[ALL]
    assert (found.values.dtype, found.values.reshape(-1).tolist()) == (np.float32, list(range(24)))
    assert (found.values.shape, found.labels.tolist(), found.classes) == ((3, 4, 2, 1), [1, 0, 1], ("0", "1"))


def test_labels_may_be_text_or_have_names(tmp_path):
    values = np.zeros((3, 2))
    found = read_path(npz(tmp_path, x=values, y=np.array(["b", "a", "b"])), wanted(2))[ALL]
    assert (found.labels.tolist(), found.classes) == ([1, 0, 1], ("a", "b"))
    given = npz(tmp_path, x=values, y=np.array([1, 0, 1]), classes=np.array(["no", "yes"]))
    assert read_path(given, wanted(2))[ALL].classes == ("no", "yes")
    names = np.array(["no", "maybe", "yes"])
    given = npz(tmp_path, x=values, y=np.array(["yes", "no", "yes"]), classes=names)
    assert read_path(given, wanted(2))[ALL].labels.tolist() == [2, 0, 2]
    given = npz(tmp_path, x=values, y=np.array(["yes", "on", "yes"]), classes=names)
    assert refusal(given, wanted(2)) == f"{given}: y: there is no class 'on'; Known: maybe, no, yes"


def test_splits_of_a_file(tmp_path):
    parts = {f"x_{name}": np.zeros((2, 2)) for name in ("train", "val", "test")}
    labels = {f"y_{name}": np.arange(2) for name in ("train", "val", "test")}
    path = npz(tmp_path, **parts, **labels)
    assert list(read_path(path, wanted(2))) == ["train", "validation", "test"]
    assert len(read_one_part(path, wanted(2), "test")) == 2


def test_labels_of_a_regression_are_numbers_of_any_shape(tmp_path):
    found = read_path(npz(tmp_path, x=np.zeros((2, 2)), y=np.array([1, 2.5])), wanted(2, task="regression"))[
        ALL
    ]
    assert (found.labels.tolist(), found.labels.dtype, found.classes) == ([[1], [2.5]], np.float32, ())


def test_samples_without_labels(tmp_path):
    found = read_path(npz(tmp_path, x=np.ones((2, 2))), wanted(2, task="none"))[ALL]
    assert (len(found), found.classes) == (2, ())


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros(1)}, "has the arrays a; expected x and y, or x_train, y_train, x_test, y_test"),
        ({"x": np.zeros((2, 2))}, "has x, and no y with its labels"),
        (
            {"x_dev": np.zeros((2, 2)), "y_dev": np.zeros(2)},
            "x_dev: no split is called 'dev'; expected train, validation, test",
        ),
        (
            {"x": np.zeros((2, 3)), "y": np.zeros(2, int)},
            "x: has the shape [2, 3]; input.shape needs [samples, 2]",
        ),
        (
            {"x": np.zeros((2, 2)), "y": np.zeros(3, int)},
            "y: has the shape [3]; expected a label for each of 2 samples",
        ),
        (
            {"x": np.zeros((2, 2)), "y": np.zeros(2)},
            "y: has the type float64; classes are whole numbers from 0, or text",
        ),
        ({"x": np.zeros((1, 2)), "y": np.array([-1])}, "y: label 0 is -1; expected a class from 0"),
        (
            {"x": np.array([[0, np.nan]]), "y": np.array([0])},
            "x: value [0, 1] is not a finite number as float32",
        ),
        ({"x": np.array([["a", "b"]]), "y": np.array([0])}, "x: has the type <U1; expected numbers"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path, arrays, message):
    path = npz(tmp_path, **arrays)
    found = refusal(path, wanted(2))
    assert found == f"{path}: {message}"


def test_a_pickle_is_not_loaded(tmp_path):
    path = npz(tmp_path, x=np.array([{"a": 1}], object), y=np.zeros(1))
    problem = "x.npy holds objects of Python, which are code, not numbers"
    assert refusal(path, wanted(2)) == f"{path}: is no .npz file that can be read: {problem}"


def test_a_file_that_is_cut_off(tmp_path):
    path = npz(tmp_path, x=np.zeros((2, 2)), y=np.zeros(2, int))
    path.write_bytes(path.read_bytes()[:200])
    assert refusal(path, wanted(2)).startswith(f"{path}: is no .npz file that can be read: ")


# -- folders


def table(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_folder_is_a_class_and_a_file_a_recording(tmp_path):
    table(tmp_path, "run/a.csv", "x,y\n" + "1,2\n3,4\n5,6\n7,8\n")
    table(tmp_path, "rest/deep/b.csv", "0,0\n9,9\n")
    table(tmp_path, "README", "not a sample")
    table(tmp_path, "run/.hidden", "nor this")
    found = read_path(tmp_path, wanted(2, 2, window=2, stride=1))[ALL]
    assert found.classes == ("rest", "run")
    assert found.labels.tolist() == [0, 1, 1, 1]
    assert found.recordings.tolist() == [0, 1, 1, 1]
    assert found.values.reshape(4, 4).tolist() == [[0, 0, 9, 9], [1, 2, 3, 4], [3, 4, 5, 6], [5, 6, 7, 8]]


def test_folders_of_splits(tmp_path):
    for split in ("train", "val", "test"):
        for name in ("a", "b"):
            table(tmp_path, f"{split}/{name}/1.csv", "1\n2\n")
    found = read_path(tmp_path, wanted(2, window=2))
    assert {name: part.classes for name, part in found.items()} == dict.fromkeys(
        ("test", "train", "validation"), ("a", "b")
    )


def test_a_class_may_have_the_name_of_a_split(tmp_path):
    for name in ("train", "bus"):
        table(tmp_path, f"{name}/1.csv", "1\n2\n")
    assert read_path(tmp_path, wanted(2, window=2))[ALL].classes == ("bus", "train")


def test_files_of_a_folder_without_labels(tmp_path):
    table(tmp_path, "1.csv", "1\n2\n3\n4\n")
    assert len(read_path(tmp_path, wanted(2, task="none", window=2))[ALL]) == 2


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 12), st.integers(1, 3))
def test_windows_begin_at_every_stride_and_are_whole(length, window, stride, columns):
    recording = np.arange(length * columns, dtype=np.float32).reshape(length, columns)
    asked = wanted(window * columns, window=window, stride=stride)
    if length < window:
        with pytest.raises(InputError, match=f"has {length} samples, and a window {window}"):
            windows(recording, asked, WHERE)
        return
    found = windows(recording, asked, WHERE)
    starts = range(0, length - window + 1, stride)
    assert found.tolist() == [recording[start : start + window].reshape(-1).tolist() for start in starts]


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("1,2\n3,x\n", ":2", "'x' is not a finite number as float32"),
        ("1,2\n3\n", ":2", "has 1 columns, the rows above 2"),
        ("1,2\n\nnan,4\n", ":3", "'nan' is not a finite number as float32"),
        ("1,2\n1e300,4\n", ":2", "'1e300' is not a finite number as float32"),
        ('1,"2\n', ":1", "is no row of a table: unexpected end of data"),
        ("a,b\nc,d\n", ":2", "'c' is not a finite number as float32"),
        ("a,b\n", "", "has no rows of numbers"),
        ("1,2,3\n", "", "windows of 2 samples with 3 columns have 6 values; input.shape [2, 2] has 4"),
        ("1,2\n", "", "has 1 samples, and a window 2"),
    ],
)
def test_tables_with_nonsense(tmp_path, text, place, problem):
    path = table(tmp_path, "a/1.csv", text)
    assert refusal(tmp_path, wanted(2, 2, window=2)) == f"{path}{place}: {problem}"


def test_a_table_that_is_no_text(tmp_path):
    path = table(tmp_path, "a/1.csv", "")
    path.write_bytes(b"1,2\n\xff\xfe\n")
    assert refusal(tmp_path, wanted(2, 2, window=2)) == f"{path}:2: is not text in UTF-8"


def test_recordings_need_a_window(tmp_path):
    table(tmp_path, "a/1.csv", "1,2\n")
    problem = "dataset.window: missing: a recording is cut into windows"
    assert refusal(tmp_path, wanted(4, 2)) == f"model.toml: {problem}\n  window = 4"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "{}: has no folders; expected one for each class"),
        (
            {"a/1.csv": "1\n2\n", "a/2.txt": ""},
            "{}/a/2.txt: is not a file of samples; expected .csv, .png, .jpg, .jpeg, .bmp, .wav",
        ),
        ({"a/1.csv": "1\n2\n", "b/2.wav": ""}, "{}/b/2.wav: is one of sounds, and 1.csv of tables"),
        ({"a/.keep": ""}, "{}/a: has no files; expected samples of its class"),
    ],
)
def test_folders_that_are_no_data_set(tmp_path, files, message):
    for name, text in files.items():
        table(tmp_path, name, text)
    assert refusal(tmp_path, wanted(2, window=2, sample_rate=8000)) == message.format(tmp_path)


def test_links_stay_in_the_folder(tmp_path):
    secret = table(tmp_path, "outside/secret.csv", "1\n2\n")
    data = tmp_path / "data"
    (data / "a").mkdir(parents=True)
    (data / "a" / "1.csv").symlink_to(secret)
    assert "leads, by a link, out of its folder" in refusal(data, wanted(2, window=2))
    allowed = wanted(2, window=2, outside=(tmp_path / "outside",))
    assert len(read_path(data, allowed)[ALL]) == 1


def test_a_path_that_nobody_reads(tmp_path):
    path = table(tmp_path, "data.mat", "")
    assert refusal(path, wanted(2)).startswith(f"{path}: no data set ends in '.mat'; ")
    assert refusal(tmp_path / "none", wanted(2)) == f"{tmp_path / 'none'}: no such file or folder"
    alone = table(tmp_path, "one.csv", "1\n2\n")
    problem = "is one of tables; expected a folder with one for each class"
    assert refusal(alone, wanted(2, window=2)) == f"{alone}: {problem}"


def test_a_folder_has_no_numbers_for_a_regression(tmp_path):
    found = refusal(tmp_path, wanted(2, task="regression"))
    assert found.startswith(
        f"{tmp_path}: a folder gives the class of a sample, and the task is a regression\n"
    )


# -- .wav

EXTREMES = {
    8: bytes([0, 128, 255]),
    16: np.array([-(2**15), 0, 2**15 - 1], "<i2").tobytes(),
    24: b"\x00\x00\x80\x00\x00\x00\xff\xff\x7f",
    32: np.array([-(2**31), 0, 2**31 - 1], "<i4").tobytes(),
}


def sound(folder, data, bits=16, rate=8000, channels=1):
    (folder / "a").mkdir(parents=True, exist_ok=True)
    with wave.open(str(folder / "a" / "1.wav"), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(data)
    return folder / "a" / "1.wav"


@pytest.mark.parametrize("bits", EXTREMES)
def test_sounds_of_all_widths(tmp_path, bits):
    sound(tmp_path, EXTREMES[bits], bits)
    found = read_path(tmp_path, wanted(3, 1, window=3, sample_rate=8000))[ALL].values.reshape(-1)
    assert found.tolist() == [-1, 0, np.float32(1 - 2.0 ** (1 - bits))]


def test_sounds_that_do_not_fit(tmp_path):
    path = sound(tmp_path, EXTREMES[16])
    asked = wanted(3, window=3, sample_rate=16000)
    assert refusal(tmp_path, asked) == f"{path}: has 8,000 samples a second; dataset.sample_rate is 16,000"
    missing = "dataset.sample_rate: missing: .wav files of another rate would pass unseen"
    assert refusal(tmp_path, wanted(3, window=3)) == (
        f'model.toml: {missing}\n  sample_rate = "8000 Hz", as 1.wav has'
    )
    sound(tmp_path, EXTREMES[16] + b"\0\0", channels=2)
    assert refusal(tmp_path, wanted(3, window=3, sample_rate=8000)) == f"{path}: has 2 channels; expected one"


def test_a_sound_with_a_header_that_lies(tmp_path):
    path = sound(tmp_path, EXTREMES[16])
    data = bytearray(path.read_bytes())
    data[40:44] = (2_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    found = refusal(tmp_path, wanted(3, window=3, sample_rate=8000))
    assert found == f"{path}: says that it has 2,000,000 bytes of samples, and has 6"
    path.write_bytes(data[:30])
    assert "is no .wav file that can be read" in refusal(tmp_path, wanted(3, window=3, sample_rate=8000))


# -- pictures


def picture(path, pixels, mode=None):
    image = pytest.importorskip("PIL.Image")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.fromarray(np.array(pixels, np.uint8), mode).save(path)
    return path


def test_pictures_are_grey_or_coloured_by_the_channels_of_the_input(tmp_path):
    picture(tmp_path / "a" / "1.png", [[[255, 0, 0], [0, 0, 255]]])
    coloured = read_path(tmp_path, wanted(1, 2, 3))[ALL].values
    assert coloured.tolist() == [[[[1, 0, 0], [0, 0, 1]]]]
    grey = read_path(tmp_path, wanted(1, 2, 1))[ALL].values.reshape(-1)
    assert grey == pytest.approx([76 / 255, 29 / 255])  # 0.299 of red, 0.114 of blue


def test_pictures_are_stretched_to_the_input(tmp_path):
    picture(tmp_path / "a" / "1.png", np.full((10, 4), 51))
    picture(tmp_path / "a" / "2.jpg", np.full((3, 3), 51))
    found = read_path(tmp_path, wanted(2, 5, 1))[ALL]
    assert (found.values.shape, found.recordings) == ((2, 2, 5, 1), None)
    assert found.values[0] == pytest.approx(0.2)
    assert found.values[1] == pytest.approx(0.2, abs=0.01)


def test_pictures_that_cannot_be_read(tmp_path):
    path = picture(tmp_path / "a" / "1.png", np.zeros((4, 4)))
    path.write_bytes(path.read_bytes()[:45])
    assert refusal(tmp_path, wanted(2, 2, 1)).startswith(f"{path}: is no picture that can be read: ")
    found = refusal(tmp_path, wanted(4))
    assert (
        found == "model.toml: input.shape: found [4]; pictures need [height, width, 1] or [height, width, 3]"
    )


def test_pictures_of_16_bits_are_not_cut_off(tmp_path):
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "a").mkdir()
    image.fromarray(np.full((2, 2), 40_000, np.uint16)).save(tmp_path / "a" / "1.png")
    problem = "has pixels of the kind I;16; expected at most 8 bits a channel"
    assert refusal(tmp_path, wanted(2, 2, 1)) == f"{tmp_path / 'a' / '1.png'}: {problem}"


def test_a_picture_with_too_many_pixels_is_not_decoded(tmp_path, monkeypatch):
    path = picture(tmp_path / "a" / "1.png", np.zeros((20, 20)))
    monkeypatch.setenv("TINYML_LIMITS", "picture_pixels=399")
    assert refusal(tmp_path, wanted(2, 2, 1)).startswith(
        f"{path}: pixels of a picture: found 400, expected at most 399\n"
    )
