// An image and what lies on it: masks at a threshold, probabilities, or one channel of a block; one pane for each model.
// Opacity, threshold, wipe, zoom and the pixel under the mouse need no message to the server. Probabilities come as
// 0..255 = floor(256 p), so a threshold of k/256 is exact. Rows and columns are those of the image as it came.
// Two models `versus` each other share one pane, the first left of the curtain and the second right of it.
export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  const state = (root.unetViewer ??= { opacity: 55, wipe: head.versus ? 50 : 100, way: "fill", channel: null });
  Object.assign(state, { head, text: head.text, say: (name, value) => component.setStateValue(name, value) });
  set(root.querySelector(".viewer"), { lang: head.language, class: head.versus ? "viewer versus" : "viewer" });
  if (state.image !== head.image) Object.assign(state, { image: head.image, scale: 1, left: 0, top: 0, channel: null, marking: false, line: null });
  const fresh = state.digest !== head.digest;
  if (fresh) Object.assign(state, { digest: head.digest, threshold: head.threshold, pictures: null, channel: null });
  if (head.point !== undefined && state.told !== JSON.stringify(head.point)) {
    Object.assign(state, { told: JSON.stringify(head.point), point: head.point, aim: head.point });
  }
  state.bare = !head.panes.some((pane) => pane.counts); // an image of which nobody has said anything
  for (const part of root.querySelectorAll(".controls, .ways, .curtain")) part.hidden = state.bare;
  panes(root, state);
  wire(root, state);
  if (!fresh) return draw(root, state);
  const layers = head.panes.map((pane) => Promise.all(["probability", "winner"].map((name) => blobs[`${pane.id}.${name}`] && pixels(blobs[`${pane.id}.${name}`]))));
  Promise.all([pixels(blobs.image), ...layers]).then(([image, ...found]) => {
    if (state.digest !== head.digest) return; // another image came meanwhile
    state.pictures = { image, panes: found.map(([probability, winner]) => ({ probability, winner })) };
    draw(root, state);
    const probe = root.querySelector(".probe");
    if (probe.textContent) write(probe, reading(state)); // another mask came under a mouse that stands still
  });
}

function panes(root, state) {
  const { panes: all, versus } = state.head;
  reconcile(root.querySelector(".panes"), versus ? all.slice(0, 1) : all, createPane, (pane, item) => {
    const [title, other] = pane.querySelectorAll(".title span");
    write(title, item.title);
    write(other, versus ? all[1].title : "");
    pane.querySelector(".title").hidden = all.length === 1;
    set(pane.querySelector(".stack"), { "aria-label": state.text.image });
  });
}

function createPane() {
  const pane = make("div", "pane");
  const stack = set(make("div", "stack"), { tabindex: 0, role: "application" });
  const inner = make("div", "inner");
  inner.append(make("canvas", "image"), make("canvas", "overlay"), make("canvas", "overlay other"));
  stack.append(inner, make("svg", "", SVG));
  const title = make("span", "title");
  title.append(make("span"), make("span"));
  pane.append(title, stack);
  return pane;
}

function wire(root, state) {
  const { text } = state;
  const again = () => draw(root, state);
  const names = root.querySelectorAll("label .name");
  [text.opacity, text.threshold, text.wipe].forEach((word, index) => write(names[index], word));
  const [opacity, threshold, wipe] = ["opacity", "threshold", "wipe"].map((name) => root.querySelector(`input.${name}`));
  Object.assign(opacity, { value: state.opacity, oninput: () => { state.opacity = Number(opacity.value); again(); } });
  Object.assign(wipe, { value: state.wipe, oninput: () => { state.wipe = Number(wipe.value); again(); } });
  Object.assign(threshold, {
    value: state.threshold,
    oninput: () => { state.threshold = Number(threshold.value); toMask(state); again(); },
    onchange: () => state.say("threshold", { digest: state.digest, value: state.threshold }),
  });
  const ways = set(root.querySelector(".ways"), { "aria-label": text.ways });
  reconcile(ways, ["fill", "outline", "probability"].map((id) => ({ id })), () => set(make("button"), { type: "button", role: "radio" }), (button, { id }) => {
    write(button, text[id]);
    set(button, { "aria-checked": state.way === id, tabindex: state.way === id ? "0" : "-1" });
    button.onclick = () => { state.way = id; toMask(state); wire(root, state); again(); };
    button.onkeydown = (event) => { rove([...ways.children], event); root.activeElement?.click?.(); };
  });
  const zoom = root.querySelector(".zoom");
  set(zoom, { "aria-label": text.zoom });
  for (const [name, sign, by] of [["out", "−", 1 / 1.5], ["in", "+", 1.5]]) {
    const button = set(write(root.querySelector(`.${name}`), sign), { "aria-label": text[name] });
    button.onclick = () => { zoomAt(state, by, 0.5, 0.5); again(); };
  }
  const whole = set(write(root.querySelector(".whole"), "1×"), { "aria-label": text.whole, title: text.whole });
  whole.onclick = () => { Object.assign(state, { scale: 1, left: 0, top: 0 }); again(); };
  const mark = write(root.querySelector(".mark"), text.mark ?? "");
  mark.hidden = !text.mark;
  set(mark, { "aria-pressed": Boolean(state.marking) });
  mark.onclick = () => { state.marking = !state.marking; wire(root, state); again(); write(root.querySelector(".probe"), state.marking ? text.drag : ""); };
  const back = write(root.querySelector(".back"), text.back);
  back.onclick = () => toMask(state);
  for (const stack of root.querySelectorAll(".stack")) wireStack(root, stack, state);
  hear(root, "unet-channel", (detail) => { state.channel = detail; again(); });
}

// From a channel back to the mask; the tile that laid the channel here hears it too.
function toMask(state) {
  if (state.channel) tell("unet-channel", null);
}

// The mouse: a drag pans or, when marking, draws a line; a click points at a pixel. Keys do the same.
function wireStack(root, stack, state) {
  const again = () => draw(root, state);
  const at = (event) => { // where on the image as it came, in pixels, and where in the frame, 0..1
    const box = stack.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const [height, width] = state.head.size;
    return { x, y, column: (state.left + x / state.scale) * width, row: (state.top + y / state.scale) * height };
  };
  let from = null;
  stack.onpointerdown = (event) => {
    from = { ...at(event), left: state.left, top: state.top, moved: false };
    stack.setPointerCapture(event.pointerId);
  };
  stack.onpointermove = (event) => {
    const here = at(event);
    if (from) {
      if (Math.hypot(here.x - from.x, here.y - from.y) > 0.008) from.moved = true;
      if (state.marking) state.line = [from.row, from.column, here.row, here.column];
      else if (from.moved) {
        set(stack, { class: "stack dragging" });
        moveTo(state, from.left - (here.x - from.x) / state.scale, from.top - (here.y - from.y) / state.scale);
      }
      again();
    } else if (!state.marking) aimAt(root, state, Math.floor(here.row), Math.floor(here.column));
  };
  stack.onpointerup = (event) => {
    const here = at(event);
    set(stack, { class: "stack" });
    if (from && state.marking) {
      state.marking = false;
      state.say("marked", { image: state.image, line: [from.row, from.column, here.row, here.column] });
      wire(root, state);
    } else if (from && !from.moved) point(root, state, Math.floor(here.row), Math.floor(here.column));
    from = null;
    again();
  };
  stack.onpointerleave = () => write(root.querySelector(".probe"), state.marking ? state.text.drag : "");
  stack.onwheel = (event) => {
    if (!event.ctrlKey && document.activeElement !== (root.host ?? stack) && root.activeElement !== stack) return; // the page scrolls
    event.preventDefault();
    const here = at(event);
    zoomAt(state, event.deltaY < 0 ? 1.2 : 1 / 1.2, here.x, here.y);
    again();
  };
  stack.onkeydown = (event) => keyed(root, state, event);
}

function keyed(root, state, event) {
  const [height, width] = state.head.size;
  const step = event.shiftKey ? 10 : 1;
  const moves = { ArrowLeft: [0, -step], ArrowRight: [0, step], ArrowUp: [-step, 0], ArrowDown: [step, 0] };
  const [row, column] = state.aim ?? [height >> 1, width >> 1];
  if (event.key in moves) aimAt(root, state, row + moves[event.key][0], column + moves[event.key][1]);
  else if (event.key === "Enter" || event.key === " ") point(root, state, row, column);
  else if (event.key === "+" || event.key === "=") zoomAt(state, 1.5, 0.5, 0.5);
  else if (event.key === "-") zoomAt(state, 1 / 1.5, 0.5, 0.5);
  else if (event.key === "0") Object.assign(state, { scale: 1, left: 0, top: 0 });
  else return;
  event.preventDefault();
  draw(root, state);
}

function moveTo(state, left, top) {
  const most = 1 - 1 / state.scale;
  Object.assign(state, { left: Math.min(Math.max(left, 0), most), top: Math.min(Math.max(top, 0), most) });
}

function zoomAt(state, by, x, y) {
  const scale = Math.min(Math.max(state.scale * by, 1), 40);
  const [left, top] = [state.left + x / state.scale - x / scale, state.top + y / state.scale - y / scale];
  state.scale = scale;
  moveTo(state, left, top);
}

function inside(state, row, column) {
  const [height, width] = state.head.size;
  return [Math.min(Math.max(row, 0), height - 1), Math.min(Math.max(column, 0), width - 1)];
}

function aimAt(root, state, row, column) {
  state.aim = inside(state, row, column);
  write(root.querySelector(".probe"), reading(state));
}

function point(root, state, row, column) {
  state.point = inside(state, row, column);
  state.told = JSON.stringify(state.point);
  aimAt(root, state, row, column);
  state.say("point", { image: state.image, row: state.point[0], column: state.point[1] });
}

// What the picture says of a pixel; exact figures come from Python after a click.
function reading(state) {
  if (!state.pictures || !state.aim) return "";
  const [row, column] = state.aim;
  if (state.bare) return state.text.probe.replace("{row}", row).replace("{column}", column).replace("{said}", "").replace(/[:：]\s*$/, "");
  const said = state.pictures.panes.map(({ probability, winner }) => {
    const index = indexIn(probability, state, row, column);
    const level = probability.data[4 * index];
    const name = level >= state.threshold ? state.head.classes[winner ? winner.data[4 * index] : 1] : state.head.classes[0];
    return state.text.chance.replace("{chance}", (level / 256).toFixed(2)).replace("{name}", name ?? "");
  });
  return state.text.probe.replace("{row}", row).replace("{column}", column).replace("{said}", said.join(" · "));
}

function indexIn(picture, state, row, column) {
  const [height, width] = state.head.size;
  const y = Math.min(Math.floor((row * picture.height) / height), picture.height - 1);
  return y * picture.width + Math.min(Math.floor((column * picture.width) / width), picture.width - 1);
}

function draw(root, state) {
  if (!state.pictures) return;
  const { image, panes } = state.pictures;
  [...root.querySelectorAll(".pane")].forEach((pane, index) => {
    const stack = pane.querySelector(".stack");
    pane.style.maxWidth = stack.style.maxWidth = `calc(50vh * ${image.width / image.height})`;
    stack.style.aspectRatio = `${image.width} / ${image.height}`;
    drawPane(pane, image, panes[index], state.head.versus ? panes[1] : null, state);
  });
  const outputs = root.querySelectorAll("label output");
  write(outputs[0], `${state.opacity} %`);
  write(outputs[1], (state.threshold / 256).toFixed(2));
  write(outputs[2], `${state.wipe} %`);
  write(root.querySelector(".zoom output"), `${state.scale.toFixed(1)} ×`);
  root.querySelector(".back").hidden = !state.channel;
  root.querySelector(".legend").hidden = state.bare;
  if (state.bare) return void write(root.querySelector(".shown"), "");
  const areas = state.head.panes.map((pane) => share(pane.counts, state.threshold).toFixed(1));
  write(root.querySelector(".shown"), state.channel ? state.channel.label : state.text.area.replace("{percent}", areas.join(" % · ")));
  const named = state.head.classes.slice(1).map((name, index) => ({ id: name, colour: state.head.colours[index + 1] }));
  reconcile(root.querySelector(".legend"), state.channel || state.way === "probability" ? [] : named, () => { const item = make("span"); item.append(make("i"), make("span")); return item; }, (item, { id, colour }) => {
    item.firstChild.style.background = `rgb(${colour.join(", ")})`;
    write(item.lastChild, id);
  });
}

function drawPane(pane, image, found, rival, state) {
  const [under, over, other] = pane.querySelectorAll("canvas");
  const { width, height } = image;
  for (const canvas of [under, over, other]) if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const kept = pane.unetShown ?? {};
  if (kept.image !== image) under.getContext("2d").putImageData(image, 0, 0);
  over.style.opacity = other.style.opacity = state.opacity / 100;
  const covered = state.left + state.wipe / 100 / state.scale; // the curtain hangs in the frame, whatever part of the image is seen
  over.style.clipPath = `inset(0 ${100 * (1 - covered)}% 0 0)`;
  other.style.clipPath = `inset(0 0 0 ${100 * covered}%)`;
  other.hidden = !rival || Boolean(state.channel);
  const inner = pane.querySelector(".inner");
  inner.style.transform = `scale(${state.scale}) translate(${-100 * state.left}%, ${-100 * state.top}%)`;
  set(inner, { class: state.scale > 3 ? "inner near" : "inner" });
  const wanted = JSON.stringify([state.digest, state.way, state.threshold, state.channel?.label, state.way === "outline" ? state.scale : 1]);
  if (kept.wanted !== wanted || kept.image !== image || kept.channel !== state.channel) {
    if (state.channel) drawChannel(over, state.channel);
    else if (state.bare) over.getContext("2d").clearRect(0, 0, width, height);
    else over.getContext("2d").putImageData(layer(found, state, width, height), 0, 0);
    if (rival && !state.channel && !state.bare) other.getContext("2d").putImageData(layer(rival, state, width, height), 0, 0);
  }
  pane.unetShown = { image, wanted, channel: state.channel };
  drawSigns(pane.querySelector("svg"), state, pane.querySelector(".stack").clientWidth || 600);
}

function layer(found, state, width, height) {
  const made = new ImageData(width, height);
  if (state.way === "probability") return coloured(found.probability, made);
  const out = new Uint32Array(made.data.buffer);
  const colours = state.head.colours.map(([r, g, b]) => (0xff000000 | (b << 16) | (g << 8) | r) >>> 0); // RGBA on a little-endian machine
  const level = found.probability.data, winner = found.winner?.data, { threshold } = state;
  for (let i = 0, j = 0; i < out.length; i++, j += 4) if (level[j] >= threshold) out[i] = colours[winner ? winner[j] : 1];
  return state.way === "outline" ? outlined(made, Math.max(1, Math.round(width / 450 / state.scale))) : made;
}

// Only what lies within `reach` pixels of another class.
function outlined(filled, reach) {
  const { width, height } = filled;
  const made = new ImageData(width, height);
  const [from, to] = [new Uint32Array(filled.data.buffer), new Uint32Array(made.data.buffer)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x, own = from[i];
      if (!own) continue;
      const edge = (x >= reach && from[i - reach] !== own) || (x + reach < width && from[i + reach] !== own)
        || (y >= reach && from[i - reach * width] !== own) || (y + reach < height && from[i + reach * width] !== own);
      if (edge) to[i] = own;
    }
  }
  return made;
}

function drawChannel(canvas, channel) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false; // a coarse map is shown as coarse as it is
  const [top, left, down, across] = channel.extent; // its last row and column may reach beyond the image
  context.drawImage(channel.canvas, canvas.width * left, canvas.height * top, canvas.width * across, canvas.height * down);
}

// Of the whole image, by Python's count of every probability, also where the picture here is a smaller one.
function share(counts, threshold) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return (100 * counts.slice(threshold).reduce((sum, count) => sum + count, 0)) / all;
}

// The point and the line, black under white, so that they are seen on every image.
function drawSigns(svg, state, across) {
  const [height, width] = state.head.size;
  set(svg, { viewBox: "0 0 1000 1000", preserveAspectRatio: "none", "aria-hidden": "true" });
  const place = (row, column) => [1000 * (column / width - state.left) * state.scale, 1000 * (row / height - state.top) * state.scale];
  const signs = [];
  const line = (id, [x1, y1], [x2, y2]) => ["under", "over"].forEach((kind) => signs.push({ id: `${id}.${kind}`, kind, x1, y1, x2, y2 }));
  if (state.line) line("line", place(state.line[0], state.line[1]), place(state.line[2], state.line[3]));
  if (state.head.versus) line("curtain", [10 * state.wipe, 0], [10 * state.wipe, 1000]);
  if (state.point) {
    const [x, y] = place(state.point[0] + 0.5, state.point[1] + 0.5);
    const arm = 9000 / across, tall = (arm * width) / height; // 9 pixels of the screen
    line("across", [x - arm, y], [x + arm, y]);
    line("down", [x, y - tall], [x, y + tall]);
  }
  reconcile(svg, signs, (item) => set(make("line", item.kind, SVG), { "vector-effect": "non-scaling-stroke" }), (element, { x1, y1, x2, y2 }) => set(element, { x1, y1, x2, y2 }));
}
