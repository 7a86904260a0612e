// Two networks in one drawing. Python placed every node and arrow at every stop of the road from A to B; the slider stands
// at a stop or anywhere on the straight way between two. Everything here happens in the page.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const state = (root.unetAligned ??= { at: null, running: 0, light: null, picked: null, hovered: null });
  const last = data.stops.length - 1;
  if (state.version !== data.version) {
    stop(state);
    Object.assign(state, { version: data.version, at: last, light: null, picked: null, hovered: null });
    hideCard(root);
  }
  Object.assign(state, { data, last });
  set(root.querySelector(".diagram"), { lang: data.language });
  document.documentElement.lang = data.language;
  set(root.querySelector("svg"), { viewBox: `0 0 ${data.width} ${data.height}`, "aria-label": data.title, "data-version": data.version });
  showRoad(root, state);
  showLights(root, state);
  showLegend(root, data);
  draw(root, state);
  onHover(root, (rows) => { state.hovered = rows; light(root, state); });
}

// --- the road ---

function showRoad(root, state) {
  const { data, last } = state;
  const range = set(root.querySelector(".road input"), { max: last, "aria-label": data.way });
  range.oninput = () => {
    stop(state);
    hideCard(root);
    state.at = Number(range.value);
    draw(root, state);
  };
  const stops = root.querySelector(".stops");
  reconcile(stops, data.stops, () => {
    const button = set(make("button"), { type: "button" });
    button.appendChild(make("b"));
    button.appendChild(make("span"));
    return button;
  }, (button, item) => {
    write(button.firstElementChild, item.end);
    set(button.firstElementChild, { class: item.end.toLowerCase() || null, hidden: item.end ? null : "" });
    write(button.lastElementChild, item.text);
    set(button, { "aria-label": item.end ? `${item.end}: ${item.text}` : item.text });
    button.style.left = `${(100 * Number(item.id)) / last}%`;
    button.onclick = () => goTo(root, state, Number(item.id));
  });
}

function goTo(root, state, goal) {
  stop(state);
  hideCard(root);
  const start = state.at;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || start === goal) {
    state.at = goal;
    return draw(root, state);
  }
  const begun = performance.now();
  const whole = 700 * Math.max(1, Math.abs(goal - start) * 0.8);
  const step = (now) => {
    const done = Math.min(1, Math.max(0, now - begun) / whole);
    state.at = done === 1 ? goal : start + (goal - start) * done * done * (3 - 2 * done);
    state.running = done === 1 ? 0 : requestAnimationFrame(step);
    draw(root, state);
  };
  state.running = requestAnimationFrame(step);
}

// --- the drawing at one moment ---

function draw(root, state) {
  const { data, at, last } = state;
  const near = Math.round(at);
  set(root.querySelector("svg"), { "data-at": at });
  const range = root.querySelector(".road input");
  if (Number(range.value) !== at) range.value = at;
  set(range, { "aria-valuetext": data.stops[near].text });
  range.style.setProperty("--done", `${(100 * at) / last}%`);
  for (const button of root.querySelectorAll(".stops button")) set(button, { "aria-pressed": near === Number(button.dataset.id) });
  writeRaised(root.querySelector(".step"), data.stops[near].says);
  const seen = data.links.filter((link) => mixed(link.there, at) > 0);
  reconcile(root.querySelector(".links"), seen, createLink, (group, link) => updateLink(group, link, at));
  const moved = at > 0 ? data.parts.filter((part) => part.whose === "both" && String(part.places[0]) !== String(part.places[last])) : [];
  reconcile(root.querySelector(".ghosts"), moved, () => make("rect", "ghost", SVG), (rect, part) => {
    const [x, y, width, height] = part.places[0];
    set(rect, { x, y, width, height, rx: 8, opacity: Math.min(1, at) });
  });
  const there = data.parts.filter((part) => mixed(part.there, at) > 0);
  const boxes = root.querySelector(".boxes");
  reconcile(boxes, there, createBox, (group, part) => updateBox(group, part, root, state));
  const stops = [...boxes.children];
  const current = stops.find((each) => each === root.activeElement) ?? stops.find((each) => each.dataset.id === state.picked) ?? stops[0];
  for (const each of stops) set(each, { tabindex: each === current ? "0" : "-1" });
  light(root, state);
}

// What is told for every stop, at any t.
function mixed(values, t) {
  const k = Math.min(Math.floor(t), values.length - 2);
  return between([values[k], values[k + 1]], t - k);
}

function createBox() {
  const group = make("g", "box", SVG);
  group.appendChild(make("rect", "shape", SVG));
  const name = group.appendChild(make("text", "name", SVG));
  name.appendChild(document.createTextNode(""));
  name.appendChild(make("tspan", "index", SVG));
  group.appendChild(make("text", "size in", SVG));
  group.appendChild(make("text", "sign", SVG));
  return set(group, { role: "button" });
}

function updateBox(group, part, root, state) {
  const { data, at } = state;
  const near = Math.round(at);
  const [x, y, width, height] = mixed(part.places, at);
  const [shape, name, figures, sign] = group.children;
  set(shape, { x, y, width, height, rx: part.kind === "node" ? 8 : 3 });
  const node = part.kind === "node";
  const label = part.labels[near];
  name.firstChild.data = node ? label[0] : label;
  write(set(name.lastElementChild, { dy: -0.3 * data.tall, "font-size": data.letters }), node ? label.slice(1) : "");
  set(name, { x: x + width / 2, y: y + (node ? 1.33 * data.letters : height / 2 + 0.34 * data.letters), "font-size": node ? data.tall : data.letters, "text-anchor": "middle" });
  write(set(figures, { x: x + width / 2, y: y + 2.53 * data.letters, "font-size": data.letters, "text-anchor": "middle" }), part.figures[near]);
  write(set(sign, { x: x + width - 4, y: y + 0.8 * data.letters, "font-size": 0.8 * data.letters, "text-anchor": "end" }), part.changed && node ? "≠" : "");
  const gone = part.whose === "a" && at > state.last - 1;
  const there = mixed(part.there, at);
  set(shape, { opacity: there });
  for (const text of [name, figures, sign]) set(text, { opacity: gone ? Math.max(there, 0.85) : there }); // words stay legible
  set(group, {
    class: `box ${part.kind} ${part.whose}${part.changed ? " changed" : ""}${gone ? " gone" : ""}`,
    "aria-label": part.says.map((line) => data.phrases[line]).join("; "), "aria-pressed": state.picked === part.id,
  });
  group.unetRows = part.rows;
  group.onclick = () => {
    state.picked = state.picked === part.id ? null : part.id;
    draw(root, state);
  };
  group.onkeydown = (event) => {
    if (event.key === "Escape") {
      hideCard(root);
      if (state.picked !== null) {
        state.picked = null;
        draw(root, state);
      }
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      group.onclick();
    } else rove([...group.parentElement.children], event);
  };
  group.onpointerenter = group.onfocus = () => { tellHover(part.rows); showCard(root, data, part.says, mixed(part.places, state.at), 170, 12); };
  group.onpointerleave = group.onblur = () => { tellHover(null); hideCard(root); };
}

function createLink() {
  const group = make("g", "", SVG);
  group.appendChild(make("polyline", "line", SVG));
  group.appendChild(make("polyline", "tip", SVG));
  return group;
}

function updateLink(group, link, at) {
  set(group, { class: `arrow ${link.kind} ${link.whose}`, opacity: mixed(link.there, at) });
  const [line, tip] = group.children;
  set(line, { points: mixed(link.lines, at).join(" "), "stroke-dashoffset": link.phases[Math.round(at)] || null });
  set(tip, { points: mixed(link.heads, at).join(" ") });
}

// --- what stands out ---

function showLights(root, state) {
  const { data } = state;
  reconcile(root.querySelector(".lights"), data.lights, (item) => {
    const group = set(make("div", "group"), { role: "group" });
    group.appendChild(make("span"));
    group.appendChild(make("div", "buttons"));
    return group;
  }, (group, item) => {
    write(group.firstElementChild, item.label);
    set(group, { "aria-label": item.label });
    reconcile(group.lastElementChild, item.buttons, () => set(make("button"), { type: "button" }), (button, one) => {
      write(set(button, { "aria-label": `${item.label} ${one.text}` }), one.text);
      button.onclick = () => {
        state.light = state.light === one.id ? null : one.id;
        goTo(root, state, item.stop);
      };
    });
  });
}

function light(root, state) {
  const { data, hovered } = state;
  const shining = data.lights.flatMap((group) => group.buttons).find((one) => one.id === state.light);
  const spot = shining ? new Set(shining.parts) : null;
  const lit = new Set();
  for (const part of data.parts) if (hovered?.some((row) => part.rows.includes(row))) lit.add(part.id);
  const reading = lit.size ? lit : new Set(state.picked === null ? [] : [state.picked]);
  const inputs = new Set(data.links.filter((link) => reading.has(link.target) && mixed(link.there, state.at) > 0.5).map((link) => link.source));
  for (const box of root.querySelectorAll(".boxes .box")) {
    const id = box.dataset.id;
    box.classList.toggle("lit", lit.has(id));
    box.classList.toggle("reading", reading.has(id));
    box.classList.toggle("input-of", inputs.has(id));
    box.classList.toggle("spotted", spot?.has(id) ?? false);
  }
  for (const ghost of root.querySelectorAll(".ghosts .ghost")) ghost.classList.toggle("lit", reading.has(ghost.dataset.id));
  const links = new Map(data.links.map((link) => [link.id, link]));
  for (const group of root.querySelectorAll(".links .arrow")) {
    const link = links.get(group.dataset.id);
    group.classList.toggle("lit", reading.has(link.target));
    group.classList.toggle("spotted", spot !== null && spot.has(link.source) && spot.has(link.target));
  }
  const frame = root.querySelector(".diagram");
  frame.classList.toggle("spot", spot !== null && reading.size === 0);
  frame.classList.toggle("traced", reading.size > 0);
  for (const button of root.querySelectorAll(".lights button")) set(button, { "aria-pressed": button.dataset.id === state.light });
  const picked = data.parts.find((part) => part.id === state.picked);
  const lines = picked ? picked.says.map((line) => data.phrases[line]) : [shining ? shining.says : data.hint];
  reconcile(root.querySelector(".reads"), lines.map((text, index) => ({ id: String(index), text })), () => make("div"), (line, item) => writeRaised(line, item.text));
}

function showLegend(root, data) {
  reconcile(root.querySelector(".legend"), data.legend, (item) => {
    const entry = make("span", "entry");
    entry.appendChild(make("i", `swatch ${item.id}`)).textContent = item.id === "changed" ? "≠" : "";
    entry.appendChild(make("span"));
    return entry;
  }, (entry, item) => write(entry.lastElementChild, item.text));
}
