// What one layer costs on one device: arithmetic, memory, and the time they need.
import {
  blockTraffic,
  crossingLength,
  heldBytes,
  pairFlops,
  roofline,
  scoreBytes,
  scoreFlops,
  tokenFlops,
  trainingFlops,
} from "../kit/math/attention_cost.js";

export const INPUTS = ["length", "width", "heads", "batch", "dtype", "phase", "fused", "device"];
export const LENGTHS = [16, 2 ** 20];
export const ITEM_BYTES = { float32: 4, float16: 2, int8: 1 };
/** Bytes of memory, bytes a second, and FLOPs a second; widget.py's folder has the source. */
export const DEVICES = {
  phone: { memory: 8e9, bandwidth: 5e10, peak: { float32: 1e12, float16: 2e12, int8: 4e12 } },
  laptop: { memory: 16e9, bandwidth: 1e11, peak: { float32: 3e12, float16: 6e12, int8: 12e12 } },
  GPU: {
    memory: 141e9,
    bandwidth: 4.8e12,
    peak: { float32: 6.7e13, float16: 9.9e14, int8: 1.98e15 },
  },
};
const BEYOND = 2 ** 40; // tokens: no device here holds so many

/** The block at a length; in decoding one token of it is new. */
const shapeOf = ({ width, heads, batch, phase }, length) => ({
  tQ: phase === "decode" ? 1 : length,
  tK: length,
  dModel: width,
  numHeads: heads,
  kvWidth: width,
  dFf: 4 * width,
  ffMatrices: 2,
  batch,
});

/** FLOPs that grow with the tokens, and those that grow with the pairs. */
export function partsOf(setting, length) {
  const shape = shapeOf(setting, length);
  if (setting.phase !== "training") return [tokenFlops(shape), pairFlops(shape)];
  const recomputed = setting.fused ? scoreFlops(shape) : 0;
  return [3 * tokenFlops(shape), 3 * pairFlops(shape) + recomputed];
}

function heldAt(setting, length) {
  const { dtype, fused, phase } = setting;
  return heldBytes(shapeOf(setting, length), ITEM_BYTES[dtype], fused, phase === "training");
}

/** The longest text that fits into so many bytes; 0 if none does. */
function wallOf(setting, memory) {
  let [low, high] = [0, BEYOND];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (heldAt(setting, middle) <= memory) low = middle;
    else high = middle;
  }
  return low;
}

/** All that one frame shows. */
export function look(model) {
  const setting = Object.fromEntries(INPUTS.map((name) => [name, model.get(name)]));
  const { length, dtype, phase, fused, device } = setting;
  const { memory, bandwidth, peak: peaks } = DEVICES[device];
  const [peak, size, isTraining] = [peaks[dtype], ITEM_BYTES[dtype], phase === "training"];
  const shape = shapeOf(setting, length);
  const flops = isTraining ? trainingFlops(shape, fused) : tokenFlops(shape) + pairFlops(shape);
  const moved = blockTraffic(shape, size, fused) * (isTraining ? 3 : 1);
  const crossing = crossingLength(shape); // forward
  const matrices = fused ? 0 : isTraining ? 3 : 2;
  const results = {
    flops,
    peak_bytes: heldAt(setting, length),
    intensity: flops / moved,
    crossing: isTraining && fused ? (crossing * 6) / 7 : crossing,
    wall: wallOf(setting, memory),
  };
  return {
    ...setting,
    ...results,
    ...roofline(flops, moved, peak, bandwidth),
    setting,
    results,
    memory,
    bandwidth,
    peak,
    scores: matrices * scoreBytes(shape, size),
  };
}
