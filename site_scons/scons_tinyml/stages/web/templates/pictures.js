// Pictures as readers of data sets make them: grey by the luma of ITU-R 601, stretched with a triangle as wide as a step.
const FRACTION = 2 ** 22;

// Weights of source pixels for each of `size` pixels made of `from`: where they begin, and integers of 22 bits.
function weightsOf(from, size) {
  const scale = from / size, support = Math.max(scale, 1);
  return Array.from({ length: size }, (_, at) => {
    const center = (at + 0.5) * scale;
    const begin = Math.max(Math.trunc(center - support + 0.5), 0), end = Math.min(Math.trunc(center + support + 0.5), from);
    const raw = Array.from({ length: end - begin }, (_, place) => Math.max(1 - Math.abs((place + begin - center + 0.5) * (1 / support)), 0));
    const sum = raw.reduce((one, other) => one + other, 0);
    return { begin, weights: raw.map((weight) => Math.floor(0.5 + (weight / sum) * FRACTION)) };
  });
}

function stretchedRows(pixels, width, height, channels, size) {
  if (size === width) return pixels;
  const made = new Uint8Array(size * height * channels), steps = weightsOf(width, size);
  for (let row = 0; row < height; row++)
    steps.forEach(({ begin, weights }, column) => {
      for (let channel = 0; channel < channels; channel++) {
        let sum = FRACTION / 2;
        weights.forEach((weight, place) => (sum += weight * pixels[(row * width + begin + place) * channels + channel]));
        made[(row * size + column) * channels + channel] = Math.min(255, Math.floor(sum / FRACTION));
      }
    });
  return made;
}

function transposed(pixels, width, height, channels) {
  const made = new Uint8Array(pixels.length);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let channel = 0; channel < channels; channel++)
        made[(column * height + row) * channels + channel] = pixels[(row * width + column) * channels + channel];
  return made;
}

function stretchedColumns(pixels, width, height, channels, size) {
  const turned = stretchedRows(transposed(pixels, width, height, channels), height, width, channels, size);
  return transposed(turned, size, width, channels);
}

// Bytes of a picture of the size and the channels of `entry`, from an ImageData of any size.
function picturePixels(image, entry) {
  const { data, width, height } = image, count = width * height, channels = entry.channels;
  const pixels = new Uint8Array(count * channels);
  for (let at = 0; at < count; at++) {
    const [red, green, blue] = [data[4 * at], data[4 * at + 1], data[4 * at + 2]];
    if (channels === 1) pixels[at] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    else pixels.set([red, green, blue], at * 3);
  }
  // Rounding between the two steps is seen, so their order is that of Pillow 13: columns first where they lose far more.
  if (height > entry.height && height - entry.height > 2 * (width - entry.width))
    return stretchedRows(stretchedColumns(pixels, width, height, channels, entry.height), width, entry.height, channels, entry.width);
  return stretchedColumns(stretchedRows(pixels, width, height, channels, entry.width), entry.width, height, channels, entry.height);
}

// Values of the input for bytes of a picture.
function pictureValues(pixels, black, white, invert) {
  return Float32Array.from(pixels, (pixel) => black + ((invert ? 255 - pixel : pixel) * (white - black)) / 255);
}

// Shows values of a picture on a canvas, one pixel each.
function showPicture(canvas, values, entry, black, white) {
  canvas.width = entry.width;
  canvas.height = entry.height;
  const context = canvas.getContext("2d"), image = context.createImageData(entry.width, entry.height);
  for (let at = 0; at < entry.width * entry.height; at++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = values[at * entry.channels + (entry.channels === 1 ? 0 : channel)];
      image.data[4 * at + channel] = (255 * (value - black)) / (white - black);
    }
    image.data[4 * at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

async function imageOf(source) {
  const bitmap = await createImageBitmap(source, { imageOrientation: "none", colorSpaceConversion: "none", premultiplyAlpha: "none" });
  return imageDataOf(bitmap, bitmap.width, bitmap.height);
}

function imageDataOf(source, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

// Lets a canvas be drawn on; `changed` is called after each stroke of the pen.
function drawOn(canvas, entry, changed) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const pen = { color: entry.background ? "#000" : "#fff", width: Math.max(canvas.width / 14, 2) };
  let last = null;
  const clear = () => {
    context.fillStyle = entry.background ? "#fff" : "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  const line = (from, to) => {
    Object.assign(context, { strokeStyle: pen.color, lineWidth: pen.width, lineCap: "round" });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    changed();
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    line(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const to = place(event);
    line(last, to);
    last = to;
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (last = null));
  clear();
  return { clear, pixels: () => context.getImageData(0, 0, canvas.width, canvas.height) };
}
