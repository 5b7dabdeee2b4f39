// How a conversation is written for SmolLM2, as in attn_helpers/pretrained/smollm.py.
const SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";

/** What was said, by the reader and the model in turn, up to the model's own next words. */
export function asChat(turns, system = SYSTEM) {
  const said = turns.map((text, i) => [i % 2 ? "assistant" : "user", text]);
  const parts = [["system", system], ...said].map(
    ([role, text]) => `<|im_start|>${role}\n${text}<|im_end|>\n`,
  );
  return `${parts.join("")}<|im_start|>assistant\n`;
}
