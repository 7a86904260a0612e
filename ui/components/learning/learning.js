// Networks while they learn: curves, the masks of fixed images at any moment, and the first kernels. All of it comes
// from Python once a second; moving through time, and the choice of a figure, ask nobody.
const PACE = 350; // milliseconds a moment stays while the film plays
const BESIDE = 16; // per cent of a chart's width: names nearer to each other than that must not be at one height
const LOWEST = 96; // per cent of a chart's height, for a name: lower ones would lie on the axis

export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  const state = (root.unetLearning ??= { at: Infinity, figure: head.figure, decoded: new Map(), timer: null });
  if (state.run !== head.run) Object.assign(state, { run: head.run, at: Infinity, figure: head.figure, decoded: new Map() });
  Object.assign(state, { root, head, blobs });
  set(root.querySelector(".learning"), { lang: head.language, class: head.nets.length > 1 ? "learning many" : "learning" });
  scrubbing(state);
  show(state);
}

// The moments of all networks together, by their seconds.
function moments(head) {
  return [...new Set(head.nets.flatMap((net) => net.moments.map((moment) => moment.at)))].sort((a, b) => a - b);
}

function scrubbing(state) {
  const { root, head } = state;
  const times = moments(head);
  const scrub = set(root.querySelector(".scrub"), { "aria-label": head.words.scrub, max: Math.max(0, times.length - 1) });
  scrub.disabled = times.length < 2;
  const go = (at) => {
    state.at = at >= times.length - 1 ? Infinity : Math.max(0, at); // at the end it stays at the end while more come
    show(state);
  };
  scrub.oninput = () => { halt(state); go(Number(scrub.value)); };
  const play = root.querySelector(".play");
  play.disabled = times.length < 2;
  play.onclick = () => {
    if (state.timer) halt(state);
    else {
      if (state.at === Infinity) state.at = 0;
      const tick = () => {
        const last = moments(state.head).length - 1;
        if (!(root.host || root).isConnected || state.at >= last) return void (halt(state), show(state));
        state.at = state.at + 1 >= last ? Infinity : state.at + 1;
        state.timer = setTimeout(tick, PACE);
        show(state);
      };
      state.timer = setTimeout(tick, PACE);
    }
    show(state);
  };
}

function halt(state) {
  clearTimeout(state.timer);
  state.timer = null;
}

function show(state) {
  const { root, head } = state;
  const times = moments(head);
  const at = Math.min(state.at, times.length - 1);
  const time = times[at] ?? 0;
  write(root.querySelector(".play"), state.timer ? head.words.pause : head.words.play);
  const scrub = root.querySelector(".scrub");
  scrub.value = at;
  const said = head.words.at.replace("{seconds}", time.toFixed(1));
  set(scrub, { "aria-valuetext": said });
  write(root.querySelector("output"), times.length ? said : "");
  charts(state, time, times.length > 1);
  rows(state, time);
  kernels(state, time);
}

// What a network showed last at a time.
const lastOf = (net, time) => net.moments.findLast((moment) => moment.at <= time + 1e-9) ?? null;

// --- curves ---

function charts(state, time, marked) {
  const { root, head } = state;
  const loss = { id: "loss", title: head.words.loss, lines: head.nets.flatMap((net) => [
    line(net, "train", net.loss, head.words.train), line(net, "val", net.val_loss, head.words.val)]) };
  const figure = state.figure;
  const kept = head.nets.filter((net) => net.kept).map((net) => ({ id: net.id, at: net.kept.at, value: net.kept[figure] }));
  const dice = { id: "dice", title: head.words[figure], top: 1, kept, lines: head.nets.flatMap((net) => [
    line(net, "train", net.train[figure], head.words.train), line(net, "val", net.val[figure], head.words.val)]) };
  reconcile(root.querySelector(".charts"), [loss, dice], createChart, (chart, item) => updateChart(chart, item, state, time, marked));
}

const line = (net, kind, points, text) => ({ id: `${net.id}.${kind}`, net: net.id, kind, points: points ?? [], text, name: net.name });

function createChart(item) {
  const chart = make("figure", `chart ${item.id}`);
  const title = make("figcaption");
  title.append(make("b"), make("span", "choose"));
  const plot = make("div", "plot");
  const svg = set(make("svg", "", SVG), { preserveAspectRatio: "none", viewBox: "0 0 100 100", "aria-hidden": "true" });
  svg.append(make("g", "grid", SVG), make("g", "lines", SVG), make("g", "now", SVG));
  plot.append(svg, make("div", "ys"), make("div", "xs"), make("div", "kept"), make("div", "ends"));
  chart.append(title, plot);
  return chart;
}

function updateChart(chart, item, state, time, marked) {
  const { head } = state;
  write(chart.querySelector("b"), item.title);
  choose(chart.querySelector(".choose"), item, state);
  const values = item.lines.flatMap((one) => one.points.map((point) => point[1]));
  const [width, top] = [head.seconds, item.top ?? nice(Math.min(Math.max(...values, 1), head.highest))];
  const x = (at) => (100 * at) / width;
  const y = (value) => 100 - (100 * Math.min(value, top)) / top;
  const ys = ticks(top, 4), xs = ticks(width, 5);
  reconcile(chart.querySelector(".grid"), ys.map((value) => ({ id: String(value), value })), () => make("path", "", SVG),
    (path, { value }) => set(path, { d: `M0 ${y(value)}H100` }));
  reconcile(chart.querySelector(".ys"), ys.map((value) => ({ id: String(value), value })), () => make("span"),
    (label, { value }) => { write(label, String(value)).style.top = `${y(value)}%`; });
  reconcile(chart.querySelector(".xs"), xs.map((value) => ({ id: String(value), value })), () => make("span"),
    (label, { value }) => { write(label, `${value} s`).style.left = `${x(value)}%`; });
  const drawn = item.lines.filter((one) => one.points.length);
  reconcile(chart.querySelector(".lines"), drawn, () => make("path", "", SVG), (path, one) =>
    set(path, { class: `${one.kind} c${one.net}`, d: one.points.map(([at, value], index) => `${index ? "L" : "M"}${x(at).toFixed(2)} ${y(value).toFixed(2)}`).join("") }));
  reconcile(chart.querySelector(".now"), marked ? [{ id: "now" }] : [], () => make("path", "", SVG),
    (path) => set(path, { d: `M${x(time)} 0V100` }));
  reconcile(chart.querySelector(".kept"), item.kept ?? [], () => make("span"), (dot, one) => {
    set(write(dot, head.nets.length > 1 ? "" : head.words.kept), { class: `c${one.id}` });
    Object.assign(dot.style, { left: `${x(one.at)}%`, top: `${y(one.value)}%` });
  });
  ends(chart.querySelector(".ends"), drawn, head, x, y);
  set(chart.querySelector(".plot"), { role: "img", "aria-label": `${item.title}. ${drawn.map((one) => `${one.name} ${one.text} ${one.points.at(-1)[1]}`).join("; ")}` });
}

// Which figure the lower chart shows.
function choose(place, item, state) {
  const { head } = state;
  const figures = item.id === "dice" ? head.figures : [];
  reconcile(place, figures.map((id) => ({ id })), () => set(make("button"), { type: "button" }), (button, { id }) => {
    set(write(button, head.words[`${id}_short`]), { "aria-pressed": id === state.figure });
    button.onclick = () => { state.figure = id; show(state); };
  });
  place.hidden = figures.length < 2;
}

// Names at the ends of lines, pushed apart where they would overlap: of one network its two lines, of many themselves,
// all in one column beside the chart, for some end earlier and their names would lie on the lines of others.
function ends(place, drawn, head, x, y) {
  const many = head.nets.length > 1;
  const named = drawn.filter((one) => !many || one.kind === "val").map((one) => {
    const [at, value] = one.points.at(-1);
    return { id: one.id, text: many ? one.name : one.text, css: `c${one.net} ${one.kind}`, left: many ? 100 : x(at), top: Math.min(y(value), LOWEST) };
  }).sort((a, b) => a.top - b.top);
  const room = 100 / Math.max(1, (place.clientHeight || 150) / 15);
  const beside = (one, others) => others.filter((other) => Math.abs(one.left - other.left) < BESIDE).map((other) => other.top);
  named.forEach((one, index) => { one.top = Math.max(one.top, ...beside(one, named.slice(0, index)).map((top) => top + room)); });
  named.toReversed().forEach((one, index) => { // none below the chart: the lowest first, and who is in its way
    one.top = Math.min(one.top, LOWEST, ...beside(one, named.slice(named.length - index)).map((top) => top - room));
  });
  reconcile(place, named, () => make("span"), (label, one) => {
    set(write(label, one.text), { class: one.css });
    Object.assign(label.style, { left: `${Math.min(one.left, 100)}%`, top: `${one.top}%` });
  });
}

function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 1.5, 2, 3, 5, 7.5, 10].find((step) => step * power >= value) * power;
}

function ticks(top, about) {
  const rough = top / about, power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].find((each) => each * power >= rough) * power;
  return Array.from({ length: Math.floor(top / step + 1e-6) + 1 }, (_, index) => Number((index * step).toPrecision(4)));
}

// --- masks ---

function rows(state, time) {
  const { root, head } = state;
  const items = [{ id: "truth", name: head.words.truth, text: "", kinds: head.classes, key: "truth", css: "" },
    ...head.nets.map((net) => {
      const moment = lastOf(net, time);
      const value = moment?.figures[state.figure];
      const told = moment ? `${head.words.step.replace("{step}", moment.step)} · ${head.words[`${state.figure}_short`]} ${value.toFixed(3)}` : head.words.waiting;
      return { id: net.id, name: net.name, text: told, note: net.note, key: moment?.pictures ? `${net.id}.${moment.step}` : null, css: `c${net.id}` };
    })];
  reconcile(root.querySelector(".rows"), items, createRow, (row, item) => {
    set(row, { class: `row ${item.css}` });
    write(row.querySelector("b"), item.name);
    write(row.querySelector("span"), item.text);
    write(row.querySelector("em"), item.note ?? "");
    reconcile(row.querySelector(".kinds"), (item.kinds ?? []).map((name, index) => ({ id: String(index), name, index })), createKind, (kind, { name, index }) => {
      kind.firstChild.style.background = `rgb(${head.colours[index + 1]})`;
      write(kind.lastChild, name);
    });
    const pictures = Array.from({ length: head.images }, (_, index) => ({ id: String(index), index }));
    reconcile(row.querySelector(".pictures"), pictures, () => set(make("canvas"), { role: "img" }), (canvas, { index }) => {
      set(canvas, { "aria-label": `${item.name} ${item.text}, ${head.words.image.replace("{number}", index + 1)}` });
      if (item.key) paintMask(state, canvas, index, item.key);
    });
  });
}

function createRow() {
  const row = make("div", "row");
  const words = make("div", "words");
  words.append(make("b"), make("span"), make("em"), make("div", "kinds"));
  row.append(words, make("div", "pictures"));
  return row;
}

// A class by its colour and name.
function createKind() {
  const kind = make("div");
  kind.append(make("i"), make("span"));
  return kind;
}

// A strip of pictures below each other, decoded once.
function strip(state, name) {
  if (!state.decoded.has(name)) state.decoded.set(name, pixels(state.blobs[name]));
  return state.decoded.get(name);
}

async function paintMask(state, canvas, index, key) {
  if (canvas.unetKey === `${state.run}.${key}`) return;
  canvas.unetKey = `${state.run}.${key}`;
  const wanted = canvas.unetKey;
  if (!state.blobs[key] && !state.decoded.has(key)) return;
  const [images, masks] = await Promise.all([strip(state, "images"), strip(state, key)]);
  if (canvas.unetKey !== wanted) return; // another moment came meanwhile
  const [height, width] = state.head.size;
  const out = new ImageData(width, height);
  const from = index * height * width;
  const kind = (row, column) => masks.data[4 * (from + row * width + column)];
  for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) {
    const place = row * width + column, mine = kind(row, column);
    const edge = mine && ((row && kind(row - 1, column) !== mine) || (row < height - 1 && kind(row + 1, column) !== mine)
      || (column && kind(row, column - 1) !== mine) || (column < width - 1 && kind(row, column + 1) !== mine));
    const opacity = !mine ? 0 : edge ? 1 : 0.35;
    const colour = state.head.colours[mine] ?? [255, 255, 255];
    for (let part = 0; part < 3; part++) out.data[4 * place + part] = (1 - opacity) * images.data[4 * (from + place) + part] + opacity * colour[part];
    out.data[4 * place + 3] = 255;
  }
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(out, 0, 0);
}

// --- kernels ---

function kernels(state, time) {
  const { root, head, blobs } = state;
  const figure = root.querySelector(".kernels");
  const net = head.nets[0];
  const moment = head.nets.length === 1 ? net.moments.findLast((each) => each.at <= time + 1e-9 && blobs[`${net.id}.${each.step}.kernels`]) : null;
  figure.hidden = !moment;
  if (!moment) return;
  const [count, incoming, side] = moment.kernels;
  write(figure.querySelector("p"), head.words.grown);
  write(figure.querySelector("figcaption"), head.words.kernels.replace("{largest}", moment.scale.toFixed(2)));
  const levels = blobs[`${net.id}.${moment.step}.kernels`];
  reconcile(figure.querySelector("div"), Array.from({ length: count }, (_, id) => ({ id: String(id) })), () => set(make("canvas"), { role: "img" }), (canvas, { id }) => {
    set(canvas, { "aria-label": head.words.kernel.replace("{number}", Number(id) + 1) });
    const from = Number(id) * incoming * side * side;
    if (incoming !== 3) return paintLevels(canvas, levels.subarray(from, from + side * side), [side, side], "diverging");
    const out = new ImageData(side, side);
    for (let place = 0; place < side * side; place++) {
      for (let part = 0; part < 3; part++) out.data[4 * place + part] = levels[from + part * side * side + place];
      out.data[4 * place + 3] = 255;
    }
    Object.assign(canvas, { width: side, height: side });
    canvas.getContext("2d").putImageData(out, 0, 0);
  });
}
