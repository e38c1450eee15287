// A recording of a file: rows with a value for each column. A window of rows, which moves by a stride, is the input.
class Recording {
  constructor(values, rows, columns, stride) {
    const short = rows * columns - values.length;
    this.values = short > 0 ? Float32Array.from({ length: rows * columns }, (_, at) => values[at] ?? 0) : values;
    Object.assign(this, { size: rows * columns, step: stride * columns });
  }
  get count() {
    return Math.floor((this.values.length - this.size) / this.step) + 1;
  }
  window(number) {
    return this.values.subarray(number * this.step, number * this.step + this.size);
  }
}

// Values of the text of a .csv file; a first row without any number names the columns.
function valuesOfCsv(text, columns) {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/).map((line, at) => [line, at + 1]).filter(([line]) => line !== "");
  const rows = lines.map(([line, at]) => [line.split(",").map((cell) => (cell.trim() === "" ? NaN : Number(cell))), at]);
  if (rows.length && rows[0][1] === 1 && rows[0][0].every(Number.isNaN)) rows.shift();
  if (!rows.length) throw new Error("the file has no rows of numbers");
  for (const [cells, at] of rows)
    if (cells.length !== columns || !cells.every(Number.isFinite)) throw new Error(`line ${at} is not ${columns} numbers`);
  return Float32Array.from(rows.flatMap(([cells]) => cells));
}

// Draws a line for each column of `values`, from their least to their largest.
function showReadings(canvas, values, columns) {
  Object.assign(canvas, { width: 560, height: 160 });
  const context = canvas.getContext("2d"), rows = values.length / columns, style = getComputedStyle(document.documentElement);
  const low = values.reduce((one, other) => Math.min(one, other)), high = values.reduce((one, other) => Math.max(one, other));
  for (let column = 0; column < columns; column++) {
    context.strokeStyle = style.getPropertyValue(`--c${1 + (column % 6)}`);
    context.lineWidth = 2;
    context.beginPath();
    for (let row = 0; row < rows; row++) {
      const height = (values[row * columns + column] - low) / (high - low || 1);
      context.lineTo((row * canvas.width) / Math.max(rows - 1, 1), 4 + (canvas.height - 8) * (1 - height));
    }
    context.stroke();
  }
}
