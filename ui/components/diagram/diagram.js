// Draws what Python placed: boxes, arrows, words, in one drawing or in two and anywhere on the straight way between them.
// It computes no number and no position but the points of that way. At 0 there are blocks, at 1 feature maps.
export default function (component) {
  const root = component.parentElement;
  const state = (root.unetDrawing ??= { chosen: null, at: null, running: 0, spotlight: null });
  const data = (state.data = decode(component.data));
  Object.assign(state, { component, picked: null });
  set(root.querySelector(".diagram"), { lang: data.language, class: data.compact ? "diagram compact" : "diagram", "data-stale": data.stale || null });
  document.documentElement.lang = data.language;
  const svg = set(root.querySelector("svg"), { viewBox: `0 0 ${data.width} ${data.height}`, "aria-label": data.title,
    "data-version": data.version, "aria-disabled": data.stale || null });
  svg.style.maxHeight = data.tallest;
  reconcile(root.querySelector(".totals"), data.totals, () => make("span"), (span, item) => write(span, item.text));
  if (state.version !== data.version) [state.version, state.hovered] = [data.version, null];
  if (!state.running) state.at = data.layers.length === 1 ? 0 : state.chosen ?? data.start;
  showSwitch(root, state);
  draw(root, state);
  onHover(root, (rows) => { state.hovered = rows; light(root, state); });
  onSpotlight(root, (rows) => { state.spotlight = rows; light(root, state); });
}

// --- the switch between the two drawings ---

function showSwitch(root, state) {
  const words = state.data.switch;
  const box = root.querySelector(".switch");
  box.hidden = !words;
  if (!words) return;
  const range = set(box.querySelector("input"), { "aria-label": words.way });
  const [toBlocks, toMaps] = box.querySelectorAll("button");
  write(toBlocks, words.blocks).onclick = () => goTo(root, state, 0);
  write(toMaps, words.maps).onclick = () => goTo(root, state, 1);
  range.oninput = () => {
    stop(state);
    hideCard(root);
    state.chosen = state.at = Number(range.value);
    draw(root, state);
  };
}

function goTo(root, state, goal) {
  stop(state);
  hideCard(root);
  state.chosen = goal;
  const start = state.at;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) state.at = goal;
  if (state.at === goal) return draw(root, state);
  const begun = performance.now();
  const step = (now) => {
    const done = Math.min(1, Math.max(0, now - begun) / 600);
    state.at = done === 1 ? goal : start + (goal - start) * done * done * (3 - 2 * done);
    state.running = done === 1 ? 0 : requestAnimationFrame(step);
    draw(root, state);
  };
  state.running = requestAnimationFrame(step);
}

// --- the drawing at one moment ---

function draw(root, state) {
  const { data, at } = state;
  const near = data.layers.length > 1 && at >= 0.5 ? 1 : 0;
  const layer = data.layers[near];
  const rest = at === 0 || at === 1 || data.layers.length === 1;
  const svg = set(root.querySelector("svg"), { "data-view": layer.view, "data-at": at });
  if (near !== state.near) [state.near, state.hovered] = [near, null];
  const ghosts = rest ? [] : data.layers[1 - near].boxes;
  reconcile(svg.querySelector(".ghosts"), ghosts, () => make("rect", "", SVG), (rect, box) => {
    set(place(rect, box, at), { class: `ghost ${box.kind}`, opacity: near ? 1 - at : at });
  });
  const drawn = data.arrows.filter((arrow) => arrow.ends[near] || !rest);
  reconcile(svg.querySelector(".arrows"), drawn, createArrow, (group, arrow) => updateArrow(group, arrow, state));
  const words = rest ? layer.words : [];
  reconcile(svg.querySelector(".words"), words, () => make("text", "", SVG), (text, item) => writeText(text, item));
  const boxes = svg.querySelector(".boxes");
  reconcile(boxes, layer.boxes, createBox, (group, box) => updateBox(group, box, root, state));
  const stops = [...boxes.children];
  const current = stops.find((each) => each.getAttribute("aria-pressed") === "true")
    ?? stops.find((each) => each === root.activeElement) ?? stops[0];
  for (const each of stops) each.setAttribute("tabindex", each === current ? "0" : "-1");
  if (data.switch) {
    const range = set(root.querySelector(".switch input"), { "aria-valuetext": near ? data.switch.maps : data.switch.blocks });
    if (Number(range.value) !== at) range.value = at;
    range.style.setProperty("--done", `${100 * at}%`);
    for (const button of root.querySelectorAll(".to")) set(button, { "aria-pressed": at === Number(button.dataset.to) });
  }
  showLegend(root, layer);
  light(root, state);
}

function place(rect, box, t) {
  const [x, y, width, height] = between(box.at, t);
  return set(rect, { x, y, width, height, rx: box.kind === "node" ? 8 : 2 });
}

// --- boxes ---

const HIT = 26; // units that can be clicked, at least

function createBox() {
  const group = make("g", "box", SVG);
  group.appendChild(make("rect", "hit", SVG)); // a map of one channel is a few pixels wide, a finger is not
  group.appendChild(make("rect", "ring", SVG));
  group.appendChild(make("rect", "shape", SVG));
  group.appendChild(make("image", "picture", SVG));
  group.appendChild(make("path", "parts", SVG));
  group.appendChild(make("g", "texts", SVG));
  return set(group, { role: "button" });
}

function updateBox(group, box, root, state) {
  const { data, at } = state;
  const [hit, ring, shape, image, parts, texts] = group.children;
  const [x, y, width, height] = between(box.at, at);
  const reach = Math.max(0, HIT - width) / 2;
  set(hit, { x: x - reach, y, width: width + 2 * reach, height });
  place(shape, box, at);
  set(ring, { x: x - 3, y: y - 3, width: width + 6, height: height + 6, rx: box.kind === "node" ? 10 : 4 });
  const cuts = Array.from({ length: box.parts - 1 }, (_, index) => x + ((index + 1) * width) / box.parts);
  set(parts, { d: cuts.map((cut) => `M${cut} ${y}v${height}`).join("") || null });
  const picture = box.rows.map((row) => data.pictures[row]).findLast((found) => found);
  set(image, { href: picture, x: x + 1, y: y + 1, width: Math.max(0, width - 2), height: Math.max(0, height - 2), preserveAspectRatio: "xMidYMid slice" });
  const selected = data.selected !== null && box.rows.includes(data.selected);
  set(group, {
    class: `box ${box.kind}${picture ? " pictured" : ""}`, "aria-label": box.says.map((line) => data.phrases[line]).join("; "),
    "aria-pressed": selected, "data-rows": box.rows.join(" "), opacity: data.layers.length === 1 ? null : state.near ? at : 1 - at,
  });
  const whole = Number.isInteger(at);
  reconcile(texts, whole ? box.texts : [], () => make("text", "", SVG), writeText);
  group.onclick = () => pick(state, selected ? data.selected : box.id);
  group.onkeydown = (event) => {
    if (event.key === "Escape") {
      if (!root.querySelector(".card").hidden) hideCard(root);
      else if (data.selected !== null) pick(state, data.selected);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      group.onclick();
    } else rove([...group.parentElement.children], event);
  };
  group.onpointerenter = group.onfocus = () => { tellHover(box.rows); showCard(root, data, box.says, between(box.at, at), 150, 22); };
  group.onpointerleave = group.onblur = () => { tellHover(null); hideCard(root); };
}

// Python selects the row, or lets go of it when it is selected: a second click waits for the answer to the first.
function pick(state, row) {
  if (state.data.stale || (state.picked?.row === row && Date.now() - state.picked.at < 1500)) return;
  state.picked = { row, at: Date.now() };
  state.component.setStateValue("picked", state.picked);
}

function writeText(element, text) {
  set(element, { x: text.x, y: text.y, class: text.kind, "font-size": text.height, "text-anchor": text.anchor ?? "middle",
    transform: text.upright ? `rotate(-90 ${text.x} ${text.y})` : null });
  if (!text.index || element.textContent !== text.text + text.index) write(element, text.text);
  if (!text.index) return;
  const index = element.firstElementChild ?? element.appendChild(make("tspan", "index", SVG));
  write(set(index, { dy: -text.raised, "font-size": text.indexHeight }), text.index);
}

// --- arrows ---

function createArrow() {
  const group = make("g", "", SVG);
  group.appendChild(make("polyline", "line", SVG));
  group.appendChild(make("polyline", "tip", SVG));
  group.appendChild(make("g", "texts", SVG));
  return group;
}

function updateArrow(group, arrow, state) {
  const { at, near } = state;
  const [source, target] = arrow.ends[near] ?? ["", ""];
  set(group, { class: `arrow ${arrow.kind}`, "data-source": arrow.beside && arrow.ends.length === near + 1 ? `${source} ${arrow.beside}` : source, "data-target": target, opacity: arrow.ends[0] ? null : at });
  const [line, head, texts] = group.children;
  set(line, { points: between(arrow.lines, at).join(" "), "stroke-dashoffset": arrow.phase[near] || null });
  set(head, { points: between(arrow.heads, at).join(" ") });
  reconcile(texts, Number.isInteger(at) ? arrow.texts[near] : [], () => make("text", "", SVG), writeText);
}

function showLegend(root, layer) {
  reconcile(root.querySelector(".legend"), layer.legend, (item) => {
    const entry = make("span", "entry");
    const svg = entry.appendChild(make("svg", `arrow ${item.id}`, SVG));
    set(svg, { viewBox: "0 0 32 12", width: 32, height: 12, "aria-hidden": "true" });
    svg.appendChild(make("polyline", "line", SVG));
    svg.appendChild(make("polyline", "tip", SVG));
    entry.appendChild(make("span", "text"));
    return entry;
  }, (entry, item) => {
    set(entry.querySelector(".line"), { points: item.line.join(" ") });
    set(entry.querySelector(".tip"), { points: item.head.join(" ") });
    write(entry.querySelector(".text"), item.text);
  });
  write(root.querySelector(".scale"), layer.scale);
}

// --- what stands out ---

// A block in hand or selected lights what it reads, and the rest steps back; a spotlight does so for its own rows.
function light(root, state) {
  const { data, spotlight, hovered } = state;
  const boxes = [...root.querySelectorAll(".box")];
  const has = (rows) => new Set(!rows ? [] : boxes.filter((box) => box.dataset.rows.split(" ").some((row) => rows.includes(row))));
  const lit = has(hovered);
  const pressed = boxes.filter((box) => box.getAttribute("aria-pressed") === "true");
  const reading = new Set([...(lit.size ? lit : pressed)].map((box) => box.dataset.id));
  const spotted = has(spotlight);
  const names = new Set([...spotted].map((box) => box.dataset.id));
  const inputs = new Set();
  for (const arrow of root.querySelectorAll("g.arrow")) {
    const into = reading.has(arrow.dataset.target);
    if (into) for (const name of arrow.dataset.source.split(" ")) inputs.add(name);
    arrow.classList.toggle("lit", into);
    arrow.classList.toggle("spotted", names.has(arrow.dataset.target));
  }
  for (const arrow of root.querySelectorAll("g.arrow:is(.lit, .spotted)")) arrow.parentElement.append(arrow); // over the dimmed ones on its rail
  for (const box of boxes) {
    box.classList.toggle("lit", lit.has(box));
    box.classList.toggle("input-of", inputs.has(box.dataset.id));
    box.classList.toggle("reading", reading.has(box.dataset.id));
    box.classList.toggle("spotted", spotted.has(box));
  }
  const frame = root.querySelector(".diagram");
  frame.classList.toggle("spot", spotlight !== null);
  frame.classList.toggle("traced", spotlight === null && reading.size > 0 && data.layers[state.near].dims);
}
