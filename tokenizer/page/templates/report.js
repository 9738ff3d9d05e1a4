"use strict";
// What moves on the page: sorting, tabs, token views and the box. Its data stand in <script id="data">.
const data = JSON.parse(document.getElementById("data").textContent);
const encoders = {};
const bytesOf = (text) => new TextEncoder().encode(text);

/** An element with attributes, and children that are elements or text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Tables: a click on a column's head sorts by it, again turns it round; what has no value stays last.
for (const button of document.querySelectorAll("th button"))
  button.addEventListener("click", () => {
    const head = button.closest("th"), table = head.closest("table"), column = head.cellIndex;
    const ascending = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "descending" : head.dataset.better !== "high";
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.value;
    const compare = "numeric" in head.dataset ? (a, b) => a - b : (a, b) => a.localeCompare(b);
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const x = key(a), y = key(b);
      if (x === "" || y === "") return (x === "") - (y === "");
      return ascending ? compare(x, y) : compare(y, x);
    });
    table.tBodies[0].append(...rows);
  });

// Tabs: one of several panels at a time; without a script all of them are seen.
for (const list of document.querySelectorAll("[role=tablist]")) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", tab === chosen);
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
  };
  tabs.forEach((tab, n) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(n + step + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  });
  if (tabs.length) choose(tabs.find((tab) => "opened" in tab.dataset) ?? tabs[0]);
}

/** Tokens in colours, from a text's bytes and where tokens end. A character that several tokens share is striped and tells how many they are. */
function coloured(bytes, ends, titles) {
  const view = element("div", { class: "tokens", lang: "ko" });
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const whole = (position) => position >= bytes.length || (bytes[position] & 0xc0) !== 0x80;
  let start = 0, first = 0, colour = 0;
  ends.forEach((end, n) => {
    if (!whole(end) && n + 1 < ends.length) return;
    if (end === start) return;
    const count = n - first + 1;
    const text = decoder.decode(bytes.subarray(start, end));
    const title = titles ? titles.slice(first, n + 1).join(", ") : count > 1 ? `${count} tokens` : `${end - start} bytes`;
    const piece = element("span", { class: count > 1 ? "parts" : `k${colour++ % 6}`, title });
    // White space that a line break would hide is shown.
    for (const part of text.split(/(\n|\t)/)) {
      if (part === "\n" || part === "\t") piece.append(element("i", { class: "sign" }, part === "\n" ? "↵" : "→"), part === "\n" ? "\n" : "\t");
      else piece.append(part);
    }
    if (count > 1) piece.append(element("sup", {}, String(count)));
    view.append(piece);
    start = end;
    first = n + 1;
  });
  return view;
}

/** A row of a token view: whose tokens, how many, and the tokens. */
function row(name, ours, count, words, tokens) {
  const each = words ? ` · ${(count / words).toFixed(2)} a word` : "";
  const who = element("div", { class: "who" }, name, element("small", {}, element("b", {}, String(count)), ` tokens${each}`));
  return element("div", { class: ours ? "view ours" : "view" }, who, tokens);
}

const wordsOf = (text) => text.split(/[\s\x85]+/u).filter((word) => word).length;

data.samples.forEach((sample, n) => {
  const panel = document.getElementById(`sample-${n}`), bytes = bytesOf(sample.text);
  for (const { name, ours } of data.tokenizers) {
    const ends = sample.tokens[name];
    if (ends) panel.append(row(name, ours, ends.length, wordsOf(sample.text), coloured(bytes, ends)));
  }
});

/** The ids of a text, as the box shows them. */
function encode(name, text) {
  encoders[name] ??= new Encoder(data.box[name], data.patterns);
  return encoders[name].encode(text);
}

const box = document.getElementById("box");
if (box) {
  const shown = document.getElementById("typed");
  const show = () => {
    shown.replaceChildren();
    for (const name of Object.keys(data.box)) {
      const ids = encode(name, box.value), bytes = [], ends = [];
      for (const id of ids) {
        bytes.push(...encoders[name].bytes(id));
        ends.push(bytes.length);
      }
      const tokens = element("div", {}, coloured(new Uint8Array(bytes), ends, ids.map((id) => `id ${id}`)));
      tokens.append(element("p", { class: "ids", "data-name": name }, ids.join(" ")));
      shown.append(row(name, true, ids.length, wordsOf(box.value), tokens));
    }
  };
  box.addEventListener("input", show);
  show();
}
