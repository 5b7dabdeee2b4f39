// A GGUF file: what it says of itself, and where its tensors lie.

/**
 * Entries by name, and tensors by name: `{ kind, shape, at }`, the width of a row first in
 * `shape`, `at` the byte of the buffer where it begins. See ggml-org/ggml, docs/gguf.md.
 */
export function readGguf(buffer) {
  const view = new DataView(buffer);
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  let at = 0;
  const number = (method, bytes) => () => {
    at += bytes;
    return Number(view[method](at - bytes, true));
  };
  const [u32, u64] = [number("getUint32", 4), number("getBigUint64", 8)];
  const text = () => {
    const length = u64();
    at += length;
    return utf8.decode(new Uint8Array(buffer, at - length, length));
  };
  const list = () => {
    const read = readers[u32()];
    return Array.from({ length: u64() }, read);
  };
  const readers = [
    ...[number("getUint8", 1), number("getInt8", 1)],
    ...[number("getUint16", 2), number("getInt16", 2)],
    ...[u32, number("getInt32", 4), number("getFloat32", 4)],
    ...[() => number("getUint8", 1)() > 0, text, list],
    ...[u64, number("getBigInt64", 8), number("getFloat64", 8)],
  ];
  const tensor = () => {
    const name = text();
    const shape = Array.from({ length: u32() }, u64);
    return [name, { shape, kind: u32(), at: u64() }];
  };

  try {
    if (u32() !== 0x46554747) throw new RangeError("it does not begin with GGUF");
    if (u32() < 2) throw new RangeError("its version is 1, of which nothing is left");
    const counts = { tensors: u64(), entries: u64() };
    const entries = new Map();
    for (let i = 0; i < counts.entries; i++) entries.set(text(), readers[u32()]());
    const tensors = new Map(Array.from({ length: counts.tensors }, tensor));
    const unit = entries.get("general.alignment") ?? 32;
    const start = Math.ceil(at / unit) * unit;
    for (const each of tensors.values()) each.at += start;
    return { entries, tensors };
  } catch (error) {
    throw new Error(`This is not a whole GGUF file: ${error.message}.`);
  }
}
