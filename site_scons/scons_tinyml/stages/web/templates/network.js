// The network: its module, its tensors, and the comparison of outputs with those that are expected.
"use strict";
const ARRAYS = { int8: Int8Array, uint8: Uint8Array, bool: Uint8Array, int16: Int16Array, int32: Int32Array,
  uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, float32: Float32Array };
const LIMITS = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767], int32: [-(2 ** 31), 2 ** 31 - 1], uint32: [0, 2 ** 32 - 1] };

function bytesOf(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

// Bytes of real values in the type of a tensor: value / scale in float32, halves away from zero, saturated.
function encoded(values, tensor) {
  const found = new ARRAYS[tensor.type](values.length);
  if (tensor.type === "float32") found.set(values);
  else if (tensor.type === "bool") values.forEach((value, at) => (found[at] = value ? 1 : 0));
  else {
    const [low, high] = LIMITS[tensor.type], scale = Math.fround(tensor.scale);
    values.forEach((value, at) => {
      const scaled = Math.fround(Math.fround(value) / scale), whole = Math.trunc(scaled);
      const away = Math.abs(Math.fround(scaled - whole)) >= 0.5 ? Math.sign(scaled) : 0;
      found[at] = Math.min(high, Math.max(low, whole + away + tensor.zero_point));
    });
  }
  return new Uint8Array(found.buffer);
}

// Real values of the bytes of a tensor.
function decoded(bytes, tensor) {
  const values = new ARRAYS[tensor.type](bytes.slice().buffer);
  return Float64Array.from(values, (value) => (Number(value) - tensor.zero_point) * tensor.scale);
}

class Network {
  constructor(about, exports) {
    this.about = about;
    this.exports = exports;
  }
  static async load(about) {
    const module = await WebAssembly.compile(bytesOf(about.module));
    return new Network(about, (await WebAssembly.instantiate(module, {})).exports);
  }
  reset() {
    if (this.about.reset) this.exports[this.about.reset]();
  }
  // Outputs for `inputs`, all as bytes.
  invoke(inputs) {
    const memory = new Uint8Array(this.exports.memory.buffer);
    inputs.forEach((bytes, at) => memory.set(bytes, this.exports[this.about.inputs[at].function]()));
    this.exports[this.about.invoke]();
    return this.about.outputs.map((tensor) => {
      const at = this.exports[tensor.function]();
      return memory.slice(at, at + tensor.bytes);
    });
  }
}

// What differs between the outputs for a sample and those that are expected: bytes, and values beyond their bounds.
function compared(outputs, sample, tensors) {
  const found = { bytes: 0, beyond: 0 };
  outputs.forEach((bytes, at) => {
    const wanted = bytesOf(sample.outputs[at]);
    const differing = bytes.reduce((count, byte, place) => count + (byte !== wanted[place]), 0) + Math.abs(bytes.length - wanted.length);
    found.bytes += differing;
    if (!sample.bounds) found.beyond += differing;
    else if (differing) {
      const bounds = new Float64Array(bytesOf(sample.bounds[at]).buffer), type = ARRAYS[tensors[at].type];
      const ours = new type(bytes.slice().buffer), theirs = new type(wanted.buffer);
      bounds.forEach((bound, place) => {
        const is_same = Object.is(ours[place], theirs[place]);
        if (!is_same && !(Math.abs(Number(ours[place]) - Number(theirs[place])) <= bound)) found.beyond += 1;
      });
    }
  });
  return found;
}
