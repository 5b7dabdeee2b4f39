// SmolLM2-135M-Instruct from its GGUF file, as the figure's worker runs it.
import { cutWords, makeBytePair } from "./byte_pair.js";
import { readGguf } from "./gguf.js";
import { makeLlama } from "./llama.js";
import { makeHalves, matrixOf } from "./quantized.js";

const MOST = 512; // it was trained on 8192, but the page keeps the weights of every token
const FULL = `The text is full: this page keeps the weights of ${MOST} tokens.`;

/** The model whose weights these are. */
export function smolLlama(buffer, entries, tensors) {
  const halves = makeHalves();
  const matrix = (name) => matrixOf(buffer, tensors.get(`${name}.weight`), halves);
  const gain = (name) => {
    const { at, shape } = tensors.get(`${name}.weight`);
    return new Float32Array(buffer, at, shape[0]);
  };
  const blocks = Array.from({ length: entries.get("llama.block_count") }, (_, layer) => {
    const own = (read, name) => read(`blk.${layer}.${name}`);
    return {
      attentionNorm: own(gain, "attn_norm"),
      q: own(matrix, "attn_q"),
      k: own(matrix, "attn_k"),
      v: own(matrix, "attn_v"),
      out: own(matrix, "attn_output"),
      feedForwardNorm: own(gain, "ffn_norm"),
      gate: own(matrix, "ffn_gate"),
      up: own(matrix, "ffn_up"),
      down: own(matrix, "ffn_down"),
    };
  });
  const sizes = {
    heads: entries.get("llama.attention.head_count"),
    kvHeads: entries.get("llama.attention.head_count_kv"),
    base: entries.get("llama.rope.freq_base"),
    epsilon: entries.get("llama.attention.layer_norm_rms_epsilon"),
  };
  return makeLlama(sizes, { embed: matrix("token_embd"), blocks, norm: gain("output_norm") });
}

/** The engine of the file in `buffer`; an Error says what is wrong with it. */
export function makeSmolEngine(buffer) {
  const { entries, tensors } = readGguf(buffer);
  const list = (name) => entries.get(`tokenizer.ggml.${name}`);
  const pieces = list("tokens");
  const special = pieces.filter((_, id) => list("token_type")[id] === 3);
  const tokenizer = makeBytePair(pieces, list("merges"), special, cutWords);
  const model = smolLlama(buffer, entries, tensors);
  const heads = entries.get("llama.attention.head_count");
  return {
    describe: () => ({
      name: "SmolLM2-135M-Instruct",
      vocab: pieces.length,
      layers: entries.get("llama.block_count"),
      heads,
      kvHeads: entries.get("llama.attention.head_count_kv"),
      headWidth: entries.get("llama.embedding_length") / heads,
      maxLength: MOST,
      bytesPerToken: model.bytesPerToken,
      ...{ heavy: true, unit: "token", end: "<|im_end|>", full: FULL },
    }),
    ...tokenizer,
    get length() {
      return model.length;
    },
    keep: model.keep,
    cacheBytes: () => model.length * model.bytesPerToken,
    step: (id) => ({ ...model.step(id), lens: null }),
  };
}
