"use strict";
// Byte-level BPE in the page, with the ids of tokenizer/encoding/encode.py: cut at added tokens, NFC, the pattern, the merges by rank.
// Pairs of ids are keys a * 2^20 + b, as in tokenizer/encoding/merge.py; long pre-tokens take a heap, so that a paste of 100,000 letters is no trap.

class Encoder {
  constructor(packed, patterns) {
    this.packed = packed;
    this.pattern = new RegExp(patterns[packed.pattern], "gu");
    const pairs = integers(packed.merges, packed.width);
    const results = integers(packed.results, packed.width);
    this.ranks = new Map();
    this.results = results;
    this.parts = new Map(); // id → its byte, or its two parts
    packed.bytes.forEach((id, byte) => { if (id >= 0) this.parts.set(id, byte); });
    for (let rank = 0; rank < results.length; rank++) {
      this.ranks.set(pairs[2 * rank] * 2 ** 20 + pairs[2 * rank + 1], rank);
      this.parts.set(results[rank], [pairs[2 * rank], pairs[2 * rank + 1]]);
    }
    this.lone = new Map(); // id of a token that no merge makes → its bytes
    this.whole = null; // bytes, as a string of characters below 256 → id of the pre-token that is one token whatever the merges say
    if (packed.whole) {
      for (const [token, id] of Object.entries(packed.whole)) this.lone.set(id, Array.from(atob(token), (c) => c.charCodeAt(0)));
      this.whole = new Map([...this.parts.keys(), ...this.lone.keys()].map((id) => [latin(this.own(id)), id]));
    }
    this.added = new Map([...packed.raw, ...packed.normalized].filter(([, id]) => id >= 0).map(([text, id]) => [id, text]));
    this.raw = longest(packed.raw.map(([text]) => text));
    this.normalized = longest(packed.normalized.map(([text]) => packed.nfc ? text.normalize("NFC") : text));
    this.removed = longest(packed.removed);
    this.idsOfRaw = new Map(packed.raw);
    this.idsOfNormalized = new Map(packed.normalized.map(([text, id]) => [packed.nfc ? text.normalize("NFC") : text, id]));
    this.cache = new Map();
  }

  /** The ids of a text; what looks like a special token is text. */
  encode(text) {
    const ids = [];
    for (const piece of split(text.replace(/[\ud800-\udfff]/gu, "\ufffd"), this.raw, this.idsOfRaw)) {
      if (typeof piece === "number") { ids.push(piece); continue; }
      const normal = this.packed.nfc ? piece.normalize("NFC") : piece;
      for (const part of split(normal, this.normalized, this.idsOfNormalized)) {
        if (typeof part === "number") { ids.push(part); continue; }
        for (const piece of this.removed ? part.split(this.removed) : [part])
          for (const [word] of piece.matchAll(this.pattern)) for (const id of this.word(word)) ids.push(id);
      }
    }
    return ids;
  }

  /** The bytes of an id. */
  bytes(id) {
    return this.added.has(id) ? [...new TextEncoder().encode(this.added.get(id))] : this.own(id);
  }

  /** The bytes of an id of the vocabulary. */
  own(id) {
    if (this.lone.has(id)) return this.lone.get(id);
    const part = this.parts.get(id);
    return typeof part === "number" ? [part] : [...this.own(part[0]), ...this.own(part[1])];
  }

  word(word) {
    let ids = this.cache.get(word);
    if (ids === undefined) {
      const bytes = new TextEncoder().encode(word), whole = this.whole?.get(latin(bytes));
      ids = whole !== undefined ? [whole] : this.merge(Array.from(bytes, (byte) => this.packed.bytes[byte]));
      if (this.cache.size < 100000 && word.length < 64) this.cache.set(word, ids);
    }
    return ids;
  }

  /** Merge the pair of lowest rank, the leftmost of them, until none is left. */
  merge(symbols) {
    const after = symbols.map((_, n) => n + 1), before = symbols.map((_, n) => n - 1), end = symbols.length;
    const heap = new Heap();
    const look = (n) => {
      if (n < 0 || after[n] >= end) return;
      const rank = this.ranks.get(symbols[n] * 2 ** 20 + symbols[after[n]]);
      if (rank !== undefined) heap.push(rank * 2 ** 31 + n);
    };
    for (let n = 0; n < end; n++) look(n);
    while (heap.size) {
      const found = heap.pop(), n = found % 2 ** 31, rank = (found - n) / 2 ** 31, next = after[n];
      // A pair that an earlier merge has changed is no longer there.
      if (symbols[n] < 0 || next >= end || this.ranks.get(symbols[n] * 2 ** 20 + symbols[next]) !== rank) continue;
      symbols[n] = this.results[rank];
      symbols[next] = -1;
      after[n] = after[next];
      if (after[n] < end) before[after[n]] = n;
      look(n);
      look(before[n]);
    }
    return symbols.filter((id) => id >= 0);
  }
}

/** The smallest number first. */
class Heap {
  items = [];
  get size() { return this.items.length; }
  push(value) {
    const items = this.items;
    let n = items.push(value) - 1;
    for (let up; n > 0 && items[(up = (n - 1) >> 1)] > value; n = up) items[n] = items[up];
    items[n] = value;
  }
  pop() {
    const items = this.items, top = items[0], value = items.pop();
    if (!items.length) return top;
    let n = 0;
    for (let child; (child = 2 * n + 1) < items.length; n = child) {
      if (items[child + 1] < items[child]) child++;
      if (items[child] >= value) break;
      items[n] = items[child];
    }
    items[n] = value;
    return top;
  }
}

/** A text cut at the strings of a pattern that have an id: texts and ids. The others stay text, and hide those that begin inside them. */
function split(text, pattern, ids) {
  const pieces = [];
  let start = 0;
  if (pattern)
    for (const match of text.matchAll(pattern)) {
      const id = ids.get(match[0]);
      if (id < 0) continue;
      if (match.index > start) pieces.push(text.slice(start, match.index));
      pieces.push(id);
      start = match.index + match[0].length;
    }
  if (start < text.length) pieces.push(text.slice(start));
  return pieces;
}

/** A regular expression of some strings, the longest first as they come; null for none. */
function longest(strings) {
  return strings.length ? new RegExp(strings.map((s) => s.replace(/[\\^$.*+?()[\]{}|\/]/g, "\\$&")).join("|"), "gu") : null;
}

/** Bytes as a string of as many characters; unlike spread arguments it takes any number of them. */
function latin(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Little-endian integers of `width` bytes out of base64. */
function integers(packed, width) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  return Int32Array.from({ length: bytes.length / width }, (_, n) => {
    let value = 0;
    for (let b = width - 1; b >= 0; b--) value = value << 8 | bytes[width * n + b];
    return value;
  });
}
