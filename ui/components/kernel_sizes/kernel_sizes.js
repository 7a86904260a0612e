// Kernel sizes as a table; the chosen one is tried on a dot and on the image. Every picture was made by Python.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const state = (root.unetSizes ??= { kernel: String(data.start[0]), layers: String(data.start[1]) });
  Object.assign(state, { data, root });
  set(root.querySelector(".sizes"), { lang: data.language });
  write(root.querySelector("caption"), data.words.caption);
  set(root.querySelector(".scroll"), { "aria-label": data.words.caption });
  reconcile(root.querySelector("thead tr"), data.columns, () => set(make("th"), { scope: "col" }), (cell, { text }) => write(cell, text));
  draw(state);
}

function draw(state) {
  const { data, root } = state;
  reconcile(root.querySelector("tbody"), data.rows, createRow, (row, item) => updateRow(row, item, state));
  write(root.querySelector(".layers .name"), data.words.layers);
  set(root.querySelector(".choices"), { "aria-label": data.words.layers });
  reconcile(root.querySelector(".choices"), data.layers, () => set(make("button"), { type: "button" }), (button, { id, text }) => {
    choose(write(button, text), state, "layers", id, ".choices button");
  });
  const view = data.views[`${state.kernel}-${state.layers}`];
  const { words, before } = data;
    reconcile(root.querySelector(".pictures"), [
    { id: "dot", name: words.dot, src: before.dot, cross: before.cross },
    { id: "dot-after", name: words.dotAfter, src: view.dot, cross: before.cross, ring: view.ring },
    { id: "image", name: words.image, src: before.image, cross: before.middle },
    { id: "image-after", name: words.imageAfter, src: view.image, cross: before.middle },
  ], createPicture, updatePicture);
  write(root.querySelector(".said"), view.text);
  write(root.querySelector(".why"), data.rows.find((row) => row.id === state.kernel).why);
  write(root.querySelector(".cross-says"), words.cross);
}

function createRow(item) {
  const row = make("tr");
  set(row.appendChild(make("th")), { scope: "row" }).appendChild(set(make("button"), { type: "button" }));
  for (const _ of item.cells) row.appendChild(make("td"));
  return row;
}

function updateRow(row, item, state) {
  const button = row.querySelector("button");
  choose(write(button, item.text), state, "kernel", item.id, "tbody button");
  set(row, { class: item.id === state.kernel ? "selected" : "" });
  item.cells.forEach((text, index) => write(row.children[index + 1], text));
}

function choose(button, state, what, id, all) {
  const chosen = state[what] === id;
  set(button, { "aria-pressed": chosen, tabindex: chosen ? "0" : "-1" });
  button.onclick = () => { state[what] = id; draw(state); };
  button.onkeydown = (event) => rove([...state.root.querySelectorAll(all)], event);
}

function createPicture() {
  const box = make("div", "picture");
  box.appendChild(make("div", "name"));
  const holder = box.appendChild(make("div", "holder"));
  holder.appendChild(make("img"));
  const sheet = set(holder.appendChild(make("svg", null, SVG)), { viewBox: "0 0 100 100", "aria-hidden": "true" });
  for (const kind of ["rim cross-rim", "cross", "rim ring-rim", "ring"]) sheet.appendChild(make("path", kind, SVG));
  return box;
}

function updatePicture(box, item) {
  write(box.querySelector(".name"), item.name);
  set(box.querySelector("img"), { src: item.src, alt: item.name });
  for (const part of box.querySelectorAll(".cross, .cross-rim")) set(part, { d: item.cross ? crossAt(item.cross) : "" });
  for (const part of box.querySelectorAll(".ring, .ring-rim")) set(part, { d: item.ring ? ringAt(item.ring) : "" });
}

function crossAt([x, y]) {
  return `M${x - 50} ${y}h44M${x + 6} ${y}h44M${x} ${y - 50}v44M${x} ${y + 6}v44`;
}

function ringAt([x, y]) {
  return `M${x - 7} ${y}a7 7 0 1 0 14 0a7 7 0 1 0 -14 0`;
}
