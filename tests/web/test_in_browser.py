"""Pages of networks in Chromium: their check, what they ask for, drawing, pictures, microphone and camera."""

from __future__ import annotations

import json
import wave
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from scons_tinyml.cli.serving.server import PageServer
from scons_tinyml.records.visible import visible
from scons_tinyml.stages.data.readers.csv_rows import read_recording as read_readings
from scons_tinyml.stages.data.readers.pictures import read_recording
from scons_tinyml.stages.data.readers.wav import read_recording as read_sound
from scons_tinyml.stages.data.wanted import Wanted
from scons_tinyml.stages.samples import as_network_input, quantize_input
from scons_tinyml.stages.web.entries import Readings
from scons_tinyml.stages.web.expected import Expected, of_oracle
from support.networks import sequence
from support.pages import whole
from support.web import WebNetwork

STRUCTURE = (Path(__file__).parents[1] / "page" / "structure.js").read_text(encoding="utf-8")
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
HOSTILE = "</script><script>document.title='x'</script>\"'>&\u202e\n"
CHECKED = "document.documentElement.dataset.check"
SAID = "document.getElementById('check').textContent"
SEEN = """(() => {
  const seen = document.getElementById("seen"), copy = document.createElement("canvas");
  Object.assign(copy, { width: seen.width, height: seen.height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(seen, 0, 0);
  return [...context.getImageData(0, 0, copy.width, copy.height).data].filter((_, at) => at % 4 === 0);
})()"""
"""Red of the picture that the network got."""
ASKED = """
window.asked = [];
navigator.mediaDevices.getUserMedia = async (wanted) => {
  window.asked.push(Object.keys(wanted)[0]);
  if (wanted.video) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 30 });
    const paint = () => { canvas.getContext("2d").fillStyle = "#fff"; canvas.getContext("2d").fillRect(0, 0, 40, 30); };
    setInterval(paint, 20);
    paint();
    return (window.stream = canvas.captureStream(30));
  }
  const context = new AudioContext(), tone = context.createOscillator(), end = context.createMediaStreamDestination();
  tone.connect(end);
  tone.start();
  return (window.stream = end.stream);
};
"""


def place_of(chromium, query):
    """Return x, y, width and height of the element that is first of `query`, after it was brought into the window."""
    script = """(() => {
      const element = document.querySelector(QUERY);
      element.scrollIntoView({ block: "center" });
      const { x, y, width, height } = element.getBoundingClientRect();
      return [x, y, width, height];
    })()"""
    return chromium.evaluate(script.replace("QUERY", json.dumps(query)))


def press(chromium, query):
    """Click the middle of the element that is first of `query`, as a person does."""
    x, y, width, height = place_of(chromium, query)
    drag(chromium, [(x + width / 2, y + height / 2)])


def drag(chromium, points):
    for kind, (x, y) in [("mousePressed", points[0]), *(("mouseMoved", one) for one in points[1:])]:
        chromium.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)
    x, y = points[-1]
    chromium.call("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)


def choose(chromium, path):
    """Choose the file `path` in the page."""
    document = chromium.call("DOM.getDocument")["root"]["nodeId"]
    node = chromium.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
    chromium.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])


def until(chromium, condition):
    """Wait until `condition`, an expression of JavaScript, holds. The timeout of the test ends it else."""
    look = f"const look = () => ({condition}) ? done(true) : setTimeout(look, 10); look();"
    assert chromium.evaluate(f"new Promise((done) => {{ {look} }})")


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_structure(chromium, show, drawn, width, theme):
    path = show(drawn, width=width, theme=theme, report=whole(), classes=("one", "two", "three"))
    assert chromium.evaluate(CHECKED) == "equal"
    assert chromium.evaluate(SAID) == (
        "Outputs are those of the emulator of stm32l1, byte for byte: 12 bytes of 4 samples."
    )
    assert chromium.evaluate(STRUCTURE) == []
    assert (chromium.complaints(), chromium.requests()) == ([], [path.as_uri()])
    chromium.fit(width)
    chromium.screenshot(SHOTS / f"web-{width}-{theme}.png")
    contrast = chromium.contrast()
    assert contrast["found"] == []
    assert contrast["seen"] > 50


def test_another_output_is_said(chromium, show, drawn):
    samples = list(drawn.contents().samples)
    (output,) = samples[2].expected.outputs
    wrong = bytes([output[0] ^ 1]) + output[1:]
    samples[2] = replace(samples[2], expected=Expected((wrong,)))
    show(drawn, samples=tuple(samples))
    assert chromium.evaluate(CHECKED) == "fail"
    assert chromium.evaluate(SAID).startswith("Outputs differ from those of tflite-micro")
    assert chromium.evaluate("document.getElementById('sample-2').textContent") == "1 bytes differ"
    assert chromium.evaluate("document.getElementById('sample-1').textContent") == "equal"


@pytest.mark.parametrize(("room", "said"), [(2.0, "near"), (0.5, "fail")])
def test_floats_have_bounds(chromium, show, room, said):
    """Values that are one step of 0.001 off pass within a bound of two, and not within half of one."""
    network = WebNetwork.of(sequence(), count=2)
    samples = []
    for sample in network.contents().samples:
        values = np.frombuffer(sample.expected.outputs[0], np.float32)
        moved = (values + np.float32(0.001)).tobytes()
        samples.append(replace(sample, expected=Expected((moved,), (np.full(values.shape, 0.001 * room),))))
    show(network, samples=tuple(samples), mode="float")
    assert chromium.evaluate(CHECKED) == said


def test_a_network_that_remembers(chromium, show, heard):
    show(heard)
    assert chromium.evaluate(CHECKED) == "equal"
    assert chromium.evaluate(
        "document.getElementById('part-try').textContent.includes('Shows the samples alone')"
    )


def test_names_run_nothing(chromium, show, drawn):
    show(drawn, classes=(HOSTILE, "two", "three"), description=HOSTILE, mode=HOSTILE[:20])
    assert chromium.evaluate("[document.title !== 'x', document.scripts.length]") == [True, 2]
    assert chromium.complaints() == []
    assert visible(HOSTILE) in chromium.evaluate("document.getElementById('outputs').textContent")
    assert "\u202e" not in chromium.evaluate("document.documentElement.outerHTML")


def test_a_drawing_is_seen_and_judged(chromium, show, drawn):
    show(drawn, entry=replace(drawn.contents().entry, background=0))
    before = chromium.evaluate("document.getElementById('outputs').textContent")
    x, y, width, height = place_of(chromium, "#drawing")
    drag(chromium, [(x + width / 2, y + height / 5), (x + width / 2, y + height * 4 / 5)])
    seen = np.array(chromium.evaluate(SEEN)).reshape(10, 10)
    assert seen[5, 4:6].min() > 60
    assert seen[:, 0].max() == seen[:, -1].max() == 0
    assert chromium.evaluate("document.getElementById('outputs').textContent") != before
    press(chromium, "#clear")
    assert np.array(chromium.evaluate(SEEN)).max() == 0


@pytest.mark.parametrize("size", [(37, 21), (5, 7), (10, 64), (40, 80)])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_those_of_training(chromium, show, drawn, tmp_path, size, channels):
    """The page makes of a file what the reader of data sets makes of it, byte for byte."""
    random = np.random.default_rng(size[0])
    pixels = random.integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    wanted = Wanted((10, 12, channels), "none", tmp_path)
    values = read_recording(tmp_path / "picture.png", wanted).reshape(-1)
    show(drawn)
    image = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)]).reshape(-1).tolist()
    given = f"new ImageData(new Uint8ClampedArray({image}), {size[0]}, {size[1]})"
    entry = json.dumps({"width": 12, "height": 10, "channels": channels})
    found = chromium.evaluate(f"[...pictureValues(picturePixels({given}, {entry}), 0, 1, false)]")
    assert np.array(found, np.float32).tolist() == values.tolist()


def test_a_picture_is_chosen(chromium, show, drawn, tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (30, 20, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "chosen.png")
    show(drawn)
    shown = chromium.evaluate(SEEN)
    choose(chromium, tmp_path / "chosen.png")
    until(chromium, f"JSON.stringify({SEEN}) !== {json.dumps(json.dumps(shown, separators=(',', ':')))}")
    values = read_recording(tmp_path / "chosen.png", Wanted((10, 10, 1), "none", tmp_path)).reshape(-1)
    black, white = drawn.contents().entry.black, drawn.contents().entry.white
    assert (black, white) == (0, 1)
    assert np.abs(np.array(chromium.evaluate(SEEN)) - 255 * values).max() < 0.51
    (wrong := tmp_path / "wrong.png").write_bytes(b"no picture")
    choose(chromium, wrong)
    until(chromium, "document.getElementById('problem').textContent.includes('could not be decoded')")


@pytest.mark.parametrize(
    ("kind", "scale", "zero_point"), [("int8", 0.1, -3), ("uint8", 1 / 255, 0), ("int16", 2**-9, 0)]
)
def test_values_are_quantized_as_elsewhere(chromium, show, drawn, kind, scale, zero_point):
    scale = float(np.float32(scale))
    halves = (np.arange(-300, 300) + 0.5) * scale
    values = np.concatenate([halves, np.random.default_rng(2).normal(0, 100 * scale, 300), [1e9, -1e9, 0]])
    wanted = quantize_input(values.astype(np.float32), scale, zero_point, kind)
    tensor = json.dumps({"type": kind, "scale": scale, "zero_point": zero_point})
    show(drawn)
    found = chromium.evaluate(f"[...encoded(Float32Array.from({values.tolist()}), {tensor})]")
    assert bytes(found) == wanted.tobytes()


@pytest.mark.parametrize(("samples", "stride", "block"), [(6, 6, 4), (8, 2, 3), (4, 1, 7), (3, 5, 2)])
def test_a_window_that_moves(chromium, show, drawn, samples, stride, block):
    """Windows begin every stride, whatever the blocks of a microphone are."""
    show(drawn)
    found = chromium.evaluate(
        f"""(() => {{
          const found = [], last = new Window({samples}, {stride}), heard = (window) => found.push([...window]);
          for (let begin = 0; begin < 42; begin += {block})
            last.push(Float32Array.from({{ length: {block} }}, (_, at) => begin + at), heard);
          return found;
        }})()"""
    )
    assert found == [list(range(begin, begin + samples)) for begin in range(0, len(found) * stride, stride)]
    total = -(-42 // block) * block
    assert len(found) == (total - samples) // stride + 1


def test_camera_after_a_click(chromium, show, drawn):
    script = chromium.call("Page.addScriptToEvaluateOnNewDocument", source=ASKED)["identifier"]
    try:
        path = show(drawn)
        assert chromium.evaluate("window.asked") == []
        press(chromium, "#camera")
        until(chromium, f"Math.min(...{SEEN}) === 255")
        assert chromium.evaluate(
            "[window.asked, document.getElementById('camera').getAttribute('aria-pressed')]"
        ) == [
            ["video"],
            "true",
        ]
        press(chromium, "#camera")
        until(chromium, "window.stream.getTracks().every((track) => track.readyState === 'ended')")
        assert chromium.requests() == [path.as_uri()]
        assert chromium.complaints() == []
    finally:
        chromium.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)


def test_microphone_after_a_click(chromium, show, heard, sound):
    script = chromium.call("Page.addScriptToEvaluateOnNewDocument", source=ASKED)["identifier"]
    try:
        show(heard, entry=sound)
        assert chromium.evaluate("window.asked") == []
        before = chromium.evaluate("document.getElementById('outputs').textContent")
        press(chromium, "#microphone")
        until(chromium, f"document.getElementById('outputs').textContent !== {json.dumps(before)}")
        assert chromium.evaluate("window.asked") == ["audio"]
        press(chromium, "#microphone")
        until(chromium, "window.stream.getTracks().every((track) => track.readyState === 'ended')")
    finally:
        chromium.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)


@pytest.mark.parametrize("width_bytes", [1, 2, 3, 4])
def test_a_recording_is_read_as_for_training(chromium, show, heard, sound, tmp_path, width_bytes):
    path = tmp_path / "sound.wav"
    data = np.random.default_rng(3).bytes(20 * width_bytes)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, width_bytes, sound.rate_hz, 20, "NONE", ""))
        file.writeframes(data)
    wanted = Wanted((12,), "none", tmp_path, window=12, sample_rate=sound.rate_hz)
    show(heard, entry=replace(sound, samples=12))
    given = f"new Blob([new Uint8Array({list(path.read_bytes())})])"
    found = chromium.evaluate(
        f"soundOf({given}, entry.rate_hz).then((values) => [...values.subarray(0, 12)])"
    )
    assert np.array(found, np.float32).tolist() == read_sound(path, wanted)[0].tolist()


def test_a_recording_of_another_rate_is_resampled(chromium, show, heard, sound, tmp_path):
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 8_000, 20, "NONE", ""))
        file.writeframes(np.full(40, 2**14, "<i2").tobytes())
    show(heard, entry=sound)
    given = f"new Blob([new Uint8Array({list(path.read_bytes())})])"
    found = np.array(chromium.evaluate(f"soundOf({given}, entry.rate_hz).then((values) => [...values])"))
    assert len(found) == 40
    assert found[10:30].min() > 0.45


def test_it_runs_where_it_is_served(chromium, show, drawn):
    """The policies of the server and of the page hold at once, and the check runs under both."""
    path = show(drawn)
    with PageServer(path.parent) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            chromium.open(f"{server.url}{path.name}", width=1280)
            until(chromium, CHECKED)
            assert chromium.evaluate(CHECKED) == "equal"
            assert (chromium.complaints(), chromium.requests()) == ([], [f"{server.url}{path.name}"])
        finally:
            server.shutdown()
            thread.join()


def test_a_window_moves_over_a_recording(chromium, show, heard, tmp_path):
    """Windows are those of the reader of data sets; a network with state has had all windows before."""
    values = np.random.default_rng(4).normal(size=(7, 2)).astype(np.float32)
    rows = "".join(f"{one},{other}\r\n" for one, other in values.tolist())
    path = tmp_path / "walk.csv"
    path.write_text(f"\ufeffx,y\r\n{rows}", encoding="utf-8", newline="")
    wanted = Wanted((6,), "none", tmp_path, window=3, stride=2)
    windows = read_readings(path, wanted)
    show(heard, entry=Readings(rows=3, columns=2, stride=2))
    choose(chromium, path)
    until(chromium, "document.getElementById('where').textContent === '1 of 3'")
    given = json.dumps(path.read_text(encoding="utf-8"))
    recording = f"new Recording(valuesOfCsv({given}, 2), 3, 2, 2)"
    found = [chromium.evaluate(f"[...{recording}.window({number})]") for number in range(len(windows))]
    assert np.array(found, np.float32).tolist() == windows.tolist()
    chromium.evaluate(
        "const slider = find('position'); slider.value = 2; slider.dispatchEvent(new Event('input'))"
    )
    assert chromium.evaluate("document.getElementById('where').textContent") == "3 of 3"
    shown = chromium.evaluate("document.getElementById('outputs').textContent")
    tensor = heard.graph.tensors[heard.graph.inputs[0]]
    inputs = [[as_network_input(window, tensor)] for window in windows]
    (last,) = of_oracle(heard.oracle, inputs)[-1]
    shown_again = "showOutputs([Uint8Array.from(LAST)]); document.getElementById('outputs').textContent"
    assert shown == chromium.evaluate(shown_again.replace("LAST", str(list(last.tobytes()))))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file has no rows of numbers"),
        ("1,2\n3\n", "line 2 is not 2 numbers"),
        ("1,a\n", "line 1 is not 2"),
    ],
)
def test_a_recording_that_is_none(chromium, show, heard, tmp_path, text, says):
    (path := tmp_path / "walk.csv").write_text(text)
    show(heard, entry=Readings(rows=3, columns=2, stride=2))
    choose(chromium, path)
    until(chromium, f"document.getElementById('problem').textContent.includes({json.dumps(says)})")


def test_a_short_recording_has_zeros_behind_it(chromium, show, heard):
    show(heard, entry=Readings(rows=3, columns=2, stride=2))
    made = "new Recording(valuesOfCsv('1,2', 2), 3, 2, 2)"
    assert chromium.evaluate(f"[{made}.count, ...{made}.window(0)]") == [1, 1, 2, 0, 0, 0, 0]
