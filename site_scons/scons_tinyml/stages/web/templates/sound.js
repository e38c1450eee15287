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

// Values of one channel of a file at the rate of `entry`, with zeros behind a short one.
async function soundOf(file, entry) {
  const context = new OfflineAudioContext(1, 1, entry.rate_hz);
  const sound = await context.decodeAudioData(await file.arrayBuffer()), values = new Float32Array(entry.samples);
  values.set(sound.getChannelData(0).subarray(0, entry.samples));
  return values;
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
