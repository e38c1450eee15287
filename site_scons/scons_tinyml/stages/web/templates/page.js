// The page: it checks the network on its samples, and runs it on what it is given.
const about = JSON.parse(document.getElementById("about").textContent), entry = about.entry;
const MOST_SHOWN = 12;
const find = (id) => document.getElementById(id);
const MEASURED_MS = 40;
let network, stop = null;

function milliseconds(value) {
  return value < 1 ? `${(1000 * value).toFixed(0)} us` : `${value.toFixed(2)} ms`;
}

function say(id, text, tone = "") {
  find(id).textContent = text;
  find(id).className = tone;
}

function nameOf(tensor, place) {
  return about.classes.length === tensor.elements ? about.classes[place] : `${tensor.name} ${place}`;
}

// The value of an output, as a share where all of them are from 0 to 1.
function shownValue(value, is_share) {
  return is_share ? `${(100 * value).toFixed(1)} %` : Number(value.toPrecision(5)).toString();
}

function showOutputs(outputs) {
  const rows = outputs.flatMap((bytes, at) => {
    const tensor = about.outputs[at], values = decoded(bytes, tensor), largest = Math.max(...values.map(Math.abs), 1e-30);
    const is_share = values.every((value) => value >= 0 && value <= 1.001);
    const order = [...values.keys()].sort((one, other) => values[other] - values[one]);
    const shown = values.length > MOST_SHOWN ? order.slice(0, MOST_SHOWN) : [...values.keys()];
    return shown.map((place) => outputRow(nameOf(tensor, place), values[place], is_share ? 1 : largest, is_share, place === order[0] && values.length > 1));
  });
  find("outputs").replaceChildren(...rows);
}

function outputRow(name, value, largest, is_share, is_best) {
  const row = document.createElement("tr"), head = document.createElement("th"), figure = document.createElement("td");
  const cell = document.createElement("td"), bar = document.createElement("div");
  head.scope = "row";
  head.textContent = name;
  figure.className = "r";
  figure.textContent = shownValue(value, is_share);
  cell.className = "bar";
  bar.style.width = `${Math.max(0, Math.min(100, (100 * Math.abs(value)) / largest))}%`;
  cell.append(bar);
  row.className = is_best ? "best" : "";
  row.append(head, figure, cell);
  return row;
}

// Runs the network on the bytes of its inputs, and shows outputs and time.
function run(inputs) {
  showOutputs(network.invoke(inputs));
}

function runValues(values) {
  show(values);
  run([encoded(values, about.inputs[0])]);
}

function range() {
  const chosen = find("range")?.value.split(" ").map(Number);
  return chosen ?? [entry.black, entry.white];
}

function show(values) {
  if (entry.kind === "picture") showPicture(find("seen"), values, entry, ...range());
  else if (entry.kind === "sound") showSound(find("seen"), values);
  else if (entry.kind === "readings") showReadings(find("seen"), values, entry.columns);
}

function runPicture(image) {
  runValues(pictureValues(picturePixels(image, entry), ...range(), find("invert")?.checked));
}

function runSample(number) {
  const inputs = about.samples[number].inputs.map(bytesOf);
  network.reset();
  if (entry.kind !== "samples") show(decoded(inputs[0], about.inputs[0]));
  run(inputs);
}

// Runs all samples, one after the other, and says what differs from what is expected.
async function check() {
  const found = { bytes: 0, beyond: 0, compared: 0 };
  network.reset();
  for (const [number, sample] of about.samples.entries()) {
    const outputs = network.invoke(sample.inputs.map(bytesOf)), one = compared(outputs, sample, about.outputs);
    found.bytes += one.bytes;
    found.beyond += one.beyond;
    found.compared += outputs.reduce((sum, bytes) => sum + bytes.length, 0);
    const cell = find(`sample-${number}`);
    cell.textContent = one.beyond ? `${one.bytes} bytes differ` : one.bytes ? "within the bounds" : "equal";
    cell.className = one.beyond ? "bad" : "";
    await new Promise((resume) => setTimeout(resume));
  }
  network.reset();
  const count = `${found.compared} bytes of ${about.samples.length} samples`;
  const words = found.beyond
    ? `Outputs differ from those of ${about.from}: ${found.bytes} of ${count}. Trust none of this page.`
    : found.bytes
      ? `Outputs are as near to those of ${about.from} as float32 of two machines can be: ${found.bytes} of ${count} differ.`
      : `Outputs are those of ${about.from}, byte for byte: ${count}.`;
  say("check", words, found.beyond ? "verdict fail" : "verdict pass");
  document.documentElement.dataset.check = found.beyond ? "fail" : found.bytes ? "near" : "equal";
}

// Says the time of a call: of so many that the clock of a browser, which is coarse on purpose, sees them.
function measure() {
  const inputs = about.samples[0].inputs.map(bytesOf), begin = performance.now();
  let calls = 0;
  for (; performance.now() - begin < MEASURED_MS; calls++) network.invoke(inputs);
  find("took").textContent = `${milliseconds((performance.now() - begin) / calls)}, the mean of ${calls} call${calls > 1 ? "s" : ""}`;
  network.reset();
}

async function guarded(action) {
  try {
    say("problem", "");
    await action();
  } catch (error) {
    say("problem", `${error.name}: ${error.message}`, "tone fail");
  }
}

function finish() {
  stop?.();
  stop = null;
  for (const id of ["camera", "microphone"]) if (find(id)) find(id).setAttribute("aria-pressed", "false");
}

// A button that begins with what `begin` does, which returns how it ends, and ends it when it is pressed again.
function toggles(id, begin) {
  find(id)?.addEventListener("click", () => {
    const was = find(id).getAttribute("aria-pressed") === "true";
    finish();
    if (was) return;
    guarded(async () => {
      network.reset();
      stop = await begin();
      find(id).setAttribute("aria-pressed", "true");
    });
  });
}

async function watch() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true });
  await video.play();
  const timer = setInterval(() => runPicture(imageDataOf(video, video.videoWidth, video.videoHeight)), 100);
  return () => {
    clearInterval(timer);
    stream.getTracks().forEach((track) => track.stop());
  };
}

function offerPictures() {
  if (entry.can_draw) {
    const drawing = drawOn(find("drawing"), entry, () => runPicture(drawing.pixels()));
    find("clear").addEventListener("click", () => {
      drawing.clear();
      runPicture(drawing.pixels());
    });
  }
  find("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) guarded(async () => runPicture(await imageOf(file)));
  });
  toggles("camera", watch);
}

// Lets a window be moved over the recording that `read` makes of a chosen file.
function offerRecordings(read) {
  const slider = find("position");
  let recording = null;
  const move = () => {
    finish();
    const number = Number(slider.value);
    network.reset();
    for (let before = 0; about.reset && before < number; before++) network.invoke([encoded(recording.window(before), about.inputs[0])]);
    runValues(recording.window(number));
    find("where").textContent = `${number + 1} of ${recording.count}`;
  };
  find("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) guarded(async () => {
      recording = await read(file);
      slider.max = recording.count - 1;
      slider.value = 0;
      find("moved").hidden = false;
      move();
    });
  });
  slider.addEventListener("input", move);
}

function offerSound() {
  offerRecordings(async (file) => new Recording(await soundOf(file, entry.rate_hz), entry.samples, 1, entry.stride));
  toggles("microphone", () => listen(entry, entry.stride, runValues));
}

async function begin() {
  network = await Network.load(about);
  await check();
  measure();
  runSample(0);
  document.querySelectorAll("button.try").forEach((button) =>
    button.addEventListener("click", () => {
      finish();
      runSample(Number(button.dataset.sample));
    }));
  if (entry.kind === "picture") offerPictures();
  if (entry.kind === "sound") offerSound();
  if (entry.kind === "readings")
    offerRecordings(async (file) => new Recording(valuesOfCsv(await file.text(), entry.columns), entry.rows, entry.columns, entry.stride));
}

begin().catch((error) => {
  document.documentElement.dataset.check = "fail";
  say("check", `The network does not run in this browser: ${error.message}`, "verdict fail");
});
