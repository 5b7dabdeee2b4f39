// Byte-pair encoding: begin with the bytes of a word, and join pairs that are known.
// The same as attn_helpers/pretrained/formats/byte_pair.py.

/** Cut a text into words as SmolLM has it: GPT-2's, but each digit is a word of its own. */
export function cutWords(text) {
  const word =
    /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
  return (text.match(/\p{N}|\P{N}+/gu) ?? []).flatMap((run) => run.match(word));
}

/** A letter that can be seen for each of the 256 bytes, by which vocabularies are printed. */
export function byteLetters() {
  let moved = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPlain = byte > 0x20 && (byte < 0x7f || byte > 0xa0) && byte !== 0xad;
    return String.fromCodePoint(isPlain ? byte : moved++);
  });
}

/**
 * `pieces`: the vocabulary in order; `merges`: pairs with a space between, as they were learnt;
 * `special`: pieces that are found in a text before it is cut into words.
 */
export function makeBytePair(pieces, merges, special, cut) {
  const letters = byteLetters();
  const bytes = new Map(letters.map((letter, byte) => [letter, byte]));
  const number = new Map(pieces.map((piece, i) => [piece, i]));
  const rank = new Map(merges.map((pair, i) => [pair, i]));
  const marks = new Set(special);
  const quoted = [...marks]
    .sort((a, b) => b.length - a.length)
    .map((mark) => mark.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const mark = new RegExp(`(${quoted.join("|") || "(?!)"})`, "u");
  const [utf8, text] = [new TextEncoder(), new TextDecoder("utf-8", { ignoreBOM: true })];

  /** Join the pair that was learnt first wherever it stands, and so on. */
  function join(word) {
    let parts = [...utf8.encode(word)].map((byte) => letters[byte]).filter((l) => number.has(l));
    while (parts.length > 1) {
      const ranks = parts.slice(1).map((b, i) => rank.get(`${parts[i]} ${b}`) ?? Infinity);
      const first = Math.min(...ranks);
      if (first === Infinity) break;
      const joined = [];
      for (let i = 0; i < parts.length; i++) {
        const isPair = ranks[i] === first;
        joined.push(isPair ? parts[i] + parts[i + 1] : parts[i]);
        i += isPair;
      }
      parts = joined;
    }
    return parts;
  }

  function bytesOf(id) {
    const piece = pieces[id];
    return marks.has(piece) ? [...utf8.encode(piece)] : [...piece].map((l) => bytes.get(l));
  }

  const decode = (ids) => text.decode(Uint8Array.from([...ids].flatMap(bytesOf)));
  return {
    encode: (written) =>
      written
        .split(mark)
        .flatMap((part) => (marks.has(part) ? [part] : cut(part).flatMap(join)))
        .map((piece) => number.get(piece)),
    decode,
    /** One piece to show; bytes that are only part of a letter are written as \xe2\x80. */
    piece(id) {
      const shown = decode([id]);
      if (!shown.includes("\ufffd")) return shown;
      return bytesOf(id)
        .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
        .join("");
    },
  };
}
