// A window of sound that moves: the last values of a microphone, every stride.
class Window {
  constructor(samples, stride) {
    this.values = new Float32Array(samples);
    this.stride = stride;
    this.fresh = 0;
    this.seen = 0;
  }
  // Takes further values, and calls `full` with the window at the end of each stride once the window is full.
  push(block, full) {
    for (let at = 0; at < block.length; ) {
      const wanted = this.seen < this.values.length ? this.values.length - this.seen : this.stride - this.fresh;
      const part = block.subarray(at, at + wanted), kept = part.subarray(Math.max(part.length - this.values.length, 0));
      this.values.copyWithin(0, kept.length);
      this.values.set(kept, this.values.length - kept.length);
      at += part.length;
      const was_full = this.seen >= this.values.length;
      this.seen += part.length;
      this.fresh = was_full ? this.fresh + part.length : 0;
      if ((!was_full && this.seen >= this.values.length) || (was_full && this.fresh >= this.stride)) {
        this.fresh = 0;
        full(this.values);
      }
    }
  }
}

// Listens to the microphone at the rate of `entry` until the function that is returned is called.
async function listen(entry, stride, heard) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const context = new AudioContext({ sampleRate: entry.rate_hz }), blocks = context.createScriptProcessor(1024, 1, 1);
  const last = new Window(entry.samples, stride);
  blocks.onaudioprocess = (event) => last.push(event.inputBuffer.getChannelData(0), heard);
  context.createMediaStreamSource(stream).connect(blocks);
  blocks.connect(context.destination);
  return () => {
    stream.getTracks().forEach((track) => track.stop());
    context.close();
  };
}

// Contents of the parts of a .wav file by their names; none for another file.
function partsOf(view) {
  const name = (at) => String.fromCharCode(...new Uint8Array(view.buffer, at, 4)), found = {};
  if (view.byteLength < 12 || name(0) !== "RIFF" || name(8) !== "WAVE") return found;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    found[name(at)] = new DataView(view.buffer, at + 8, Math.min(size, view.byteLength - at - 8));
    at += 8 + size + (size % 2);
  }
  return found;
}

// Values of a .wav file of one channel of whole numbers at `rate`, each by the largest of its bits; null for another file.
function valuesOfWav(buffer, rate) {
  const { "fmt ": format, data } = partsOf(new DataView(buffer));
  if (!data || !format || format.byteLength < 16) return null;
  const [kind, channels, found] = [format.getUint16(0, true), format.getUint16(2, true), format.getUint32(4, true)];
  const bytes = format.getUint16(14, true) / 8;
  if (kind !== 1 || channels !== 1 || found !== rate || ![1, 2, 3, 4].includes(bytes)) return null;
  return Float32Array.from({ length: Math.floor(data.byteLength / bytes) }, (_, place) => {
    let number = 0;
    for (let at = 0; at < bytes; at++) number |= data.getUint8(place * bytes + at) << (8 * (4 - bytes + at));
    return (bytes === 1 ? number ^ 0x80000000 : number) / 2 ** 31;
  });
}

// Values of one channel of a file at `rate`.
async function soundOf(file, rate) {
  const buffer = await file.arrayBuffer();
  return valuesOfWav(buffer, rate) ?? (await new OfflineAudioContext(1, 1, rate).decodeAudioData(buffer)).getChannelData(0);
}

function showSound(canvas, values) {
  Object.assign(canvas, { width: 560, height: 120 });
  const context = canvas.getContext("2d"), step = values.length / canvas.width;
  context.strokeStyle = getComputedStyle(canvas).color;
  context.beginPath();
  for (let x = 0; x < canvas.width; x++) {
    const part = values.subarray(Math.floor(x * step), Math.max(Math.floor((x + 1) * step), Math.floor(x * step) + 1));
    const [low, high] = part.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [1, -1]);
    context.moveTo(x + 0.5, 60 - 58 * high);
    context.lineTo(x + 0.5, 60 - 58 * low + 1);
  }
  context.stroke();
}
