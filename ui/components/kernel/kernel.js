// One output value worked out. Python sends every position of the window with its frames, terms and total; here the
// window only moves from one to the next. Nothing is computed and, but for a new place on the image, nothing is sent.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const before = root.unetKernel;
  const at = before && before.data.shape === data.shape ? before.at : data.start;
  const state = (root.unetKernel = { data, at, root });
  set(root.querySelector(".kernel"), { lang: data.language });
  reconcile(root.querySelector(".pictures"), data.pictures, createPicture, (box, item) => updatePicture(box, item, component));
  drawBoard(state, ".source", data.source, data.words.source);
  drawBoard(state, ".result", data.result, data.words.result);
  drawStack(root, data);
  drawMiddle(root, data);
  write(root.querySelector(".note"), data.words.note);
  moveTo(state, state.at);
}

// --- the whole image: a click or an arrow key says where the part is to be ---

function createPicture(item) {
  const box = make("div", "picture");
  box.appendChild(make("div", "title"));
  const holder = box.appendChild(make(item.hint ? "button" : "div", "holder"));
  holder.appendChild(make("img"));
  holder.appendChild(make("div", "part"));
  box.appendChild(make("div", "hint"));
  return box;
}

function updatePicture(box, item, component) {
  write(box.querySelector(".title"), item.title);
  write(box.querySelector(".hint"), item.hint ?? "");
  box.querySelector(".hint").hidden = !item.hint;
  const holder = box.querySelector(".holder");
  holder.style.aspectRatio = item.ratio;
  set(holder.querySelector("img"), { src: item.src, alt: item.hint ? "" : item.label });
  const frame = holder.querySelector(".part");
  frame.hidden = !item.frame;
  if (item.frame) ["left", "top", "width", "height"].forEach((side, i) => { frame.style[side] = `${item.frame[i]}%`; });
  if (!item.hint) return;
  set(holder, { type: "button", "aria-label": item.label });
  holder.onclick = (event) => {
    if (event.detail === 0) return; // Enter or Space: there is no place in it
    const area = holder.getBoundingClientRect();
    const share = [(event.clientY - area.top) / area.height, (event.clientX - area.left) / area.width];
    component.setStateValue("placed", { share: share.map((part) => Math.min(1, Math.max(0, part))), at: Date.now() });
  };
  holder.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    component.setStateValue("placed", { step, at: Date.now() });
  };
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// --- grids ---

function drawBoard(state, selector, grid, label) {
  const board = state.root.querySelector(selector);
  board.hidden = !grid;
  if (!grid) return;
  board.style.setProperty("--columns", grid.columns);
  write(board.querySelector(".title"), grid.title);
  const table = board.querySelector(".grid");
  set(table, { "aria-label": label });
  const prefix = selector.slice(1);
  reconcile(table, rowsOf(grid, prefix), () => set(make("div", "row"), { role: "row" }), (row, item) => {
    reconcile(row, item.cells, () => set(make("div"), { role: "gridcell" }), (cell, { value, index, id }) => {
      paint(set(cell, { id }), value, state.data.palette);
      cell.dataset.index = index;
    });
  });
  const follow = (event) => {
    const index = event.target.dataset?.index;
    if (index !== undefined) moveTo(state.root.unetKernel, grid.at[index]);
  };
  table.onpointermove = table.onpointerdown = follow;
  table.onkeydown = (event) => step(state.root.unetKernel, grid, event);
  table.onfocus = () => {
    const { at } = state.root.unetKernel;
    if (at < grid.first || at >= grid.first + grid.count) moveTo(state.root.unetKernel, grid.first);
  };
}

function rowsOf(grid, prefix) {
  const rows = [];
  grid.cells.forEach((value, index) => {
    if (index % grid.columns === 0) rows.push({ id: String(rows.length), cells: [] });
    rows.at(-1).cells.push({ id: `${prefix}-${index}`, value, index });
  });
  return rows;
}

function paint(cell, [text, colour, kind], palette) {
  set(cell, { class: kind ? `cell ${kind}` : "cell" });
  const [ground, ink] = palette[colour];
  Object.assign(cell.style, { backgroundColor: ground, color: ink });
  write(cell, text);
}

// Arrow keys go from one position to its neighbour; at the edge the window stays.
function step(state, grid, event) {
  const direction = STEPS[event.key];
  if (!direction) return;
  event.preventDefault();
  const inside = state.at >= grid.first && state.at < grid.first + grid.count;
  const now = inside ? state.at - grid.first : 0;
  const column = (now % grid.across) + direction[1];
  const next = now + direction[0] * grid.across + direction[1];
  if (column >= 0 && column < grid.across && next >= 0 && next < grid.count) moveTo(state, grid.first + next);
}

// --- between the grids: the window enlarged, the kernel, channels ---

function drawMiddle(root, data) {
  const items = data.middle.map((item, index) => ({ ...item, id: String(index) }));
  if (data.lines.length) items.push({ id: "lines", lines: data.lines });
  items.push({ id: "value" });
  reconcile(root.querySelector(".middle"), items, createMini, (box, item) => updateMini(box, item, data.palette));
}

function drawStack(root, data) {
  const stack = root.querySelector(".stack");
  stack.hidden = !data.stack;
  write(stack.querySelector(".title"), data.stack?.title ?? "");
  const items = (data.stack?.items ?? []).map((item, index) => ({ ...item, id: String(index) }));
  if (items.length) stack.style.setProperty("--columns", items[0].columns);
  reconcile(stack.querySelector(".minis"), items, createMini, (box, item) => updateMini(box, item, data.palette));
}

function createMini() {
  const box = make("div");
  for (const part of ["sign", "mini-title", "mini", "lines", "value"]) box.appendChild(make("div", part));
  return box;
}

function updateMini(box, item, palette) {
  box.dataset.from = item.from ?? "";
  write(box.querySelector(".sign"), item.sign ?? "").hidden = !item.sign;
  write(box.querySelector(".mini-title"), item.title ?? "").hidden = !item.title;
  const mini = box.querySelector(".mini");
  mini.hidden = !item.columns && item.from === undefined;
  if (item.columns) mini.style.setProperty("--columns", item.columns);
  const spoken = item.cells && `${item.title}: ${item.cells.map(([text]) => text).join(", ")}`;
  set(mini, item.cells ? { role: "img", "aria-label": spoken } : { "aria-hidden": "true" });
  if (item.cells) fill(mini, item.cells, palette);
  reconcile(box.querySelector(".lines"), (item.lines ?? []).map((text, id) => ({ id: String(id), text })), () => make("div"),
    (line, { text }) => write(line, text));
}

function fill(mini, cells, palette) {
  reconcile(mini, cells.map((value, index) => ({ id: String(index), value })), () => make("div"),
    (cell, { value }) => paint(cell, value, palette));
}

// --- one position ---

function moveTo(state, at) {
  if (at === undefined) return;
  const { data, root } = state;
  const position = data.positions[at];
  if (!position) return moveTo(state, 0);
  state.at = at;
  frame(root.querySelector(".source"), position.w);
  if (data.result) frame(root.querySelector(".result"), position.t);
  const covered = under(position.w, data.source.columns);
  for (const box of root.querySelectorAll("[data-from]:not([data-from=''])")) {
    const mini = box.querySelector(".mini");
    const window = box.dataset.from === "window";
    if (window) mini.style.setProperty("--columns", position.w[3]);
    const cells = window ? covered.map((index) => data.source.cells[index]) : position.m[Number(box.dataset.from)];
    fill(mini, cells, data.palette);
    if (window && position.k !== null) mini.children[position.k].classList.add("won");
  }
  for (const cell of root.querySelectorAll(".source .won")) cell.classList.remove("won");
  if (position.k !== null) cellAt(root, "source", covered[position.k]).classList.add("won");
  set(root.querySelector(".source .grid"), { "aria-activedescendant": `source-${covered[Math.floor(covered.length / 2)]}` });
  if (data.result) {
    set(root.querySelector(".result .grid"), { "aria-activedescendant": `result-${under(position.t, data.result.columns)[0]}` });
  }
  for (const mini of root.querySelectorAll(".middle [data-from=''] .mini")) {
    [...mini.children].forEach((cell, index) => cell.classList.toggle("used", position.u?.includes(index) ?? false));
  }
  writeSum(state, position, covered);
}

// The cells of a grid that lie in an area, along its rows.
function under([row, column, rows, columns], across) {
  return Array.from({ length: rows * columns }, (_, i) => (row + Math.floor(i / columns)) * across + column + (i % columns));
}

function cellAt(root, board, index) {
  return root.querySelector(`.${board} [data-index="${index}"]`);
}

function frame(board, [row, column, rows, columns]) {
  const window = board.querySelector(".window");
  for (const [name, value] of [["--y", row], ["--x", column], ["--tall", rows], ["--wide", columns]]) window.style.setProperty(name, value);
}

function writeSum(state, position, covered) {
  const { data, root } = state;
  const list = root.querySelector(".terms");
  list.style.setProperty("--columns", position.u ? position.w[3] : data.columns);
  list.hidden = !position.e.length;
  const terms = position.e.map(([text, made], index) => ({ id: String(index), text, made, won: index === position.k }));
  reconcile(list, terms, createTerm, (term, { id, text, made, won }) => {
    write(term.querySelector("span"), made ? `${text} =` : text);
    write(term.querySelector("b"), made).hidden = !made;
    set(term, { class: won ? "term won" : "term" });
    term.onpointerenter = () => light(state, position, covered, Number(id));
    term.onpointerleave = () => light(state, position, covered, null);
  });
  write(root.querySelector('.middle [data-id="value"] .value'), position.v ? `= ${position.v}` : "");
  write(root.querySelector(".total"), position.s);
}

function createTerm() {
  const term = make("div", "term");
  term.appendChild(make("span"));
  term.appendChild(make("b"));
  return term;
}

// A term, its cell under the window, and its weight light up together.
function light({ root }, position, covered, index) {
  for (const lit of root.querySelectorAll(".lit")) lit.classList.remove("lit");
  if (index === null) return;
  root.querySelector(".terms").children[index].classList.add("lit");
  if (covered.length > 1) cellAt(root, "source", covered[index])?.classList.add("lit");
  for (const mini of root.querySelectorAll(".middle .mini")) {
    const fixed = mini.parentElement.dataset.from === "";
    mini.children[fixed ? (position.u?.[index] ?? index) : index]?.classList.add("lit");
  }
}
