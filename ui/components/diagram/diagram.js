// Draws what Python placed: boxes, arrows, words. It computes no position and no number.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const svg = root.querySelector("svg");
  set(root.querySelector(".diagram"), { lang: data.language, class: data.compact ? "diagram compact" : "diagram" });
  document.documentElement.lang = data.language;
  set(svg, { viewBox: `0 0 ${data.width} ${data.height}`, "aria-label": data.title, "data-version": data.version });
  svg.style.maxHeight = data.tallest;
  svg.style.setProperty("--text", `${data.text}px`);
  const arrows = svg.querySelector(".arrows");
  const boxes = svg.querySelector(".boxes");
  const words = svg.querySelector(".words");
  reconcile(arrows, data.arrows, createArrow, updateArrow);
  reconcile(words, data.words, () => make("text", "word", SVG), (text, item) => write(set(text, { x: item.x, y: item.y }), item.text));
  reconcile(boxes, data.boxes, createBox, (group, box) => updateBox(group, box, component, data));
  const stops = [...boxes.children];
  const current = stops.find((stop) => stop.getAttribute("aria-pressed") === "true")
    ?? stops.find((stop) => stop === root.activeElement) ?? stops[0];
  for (const stop of stops) stop.setAttribute("tabindex", stop === current ? "0" : "-1");
  showLegend(root, data);
  reconcile(root.querySelector(".totals"), data.totals, () => make("span"), (span, item) => write(span, item.text));
  onHover(root, (rows) => light(root, rows));
  light(root, null);
}

const HIT = 26; // units that can be clicked, at least

function createBox() {
  const group = make("g", "box", SVG);
  group.appendChild(make("rect", "hit", SVG)); // a map of one channel is a few pixels wide, a finger is not
  group.appendChild(make("rect", "shape", SVG));
  group.appendChild(make("text", "label", SVG));
  group.appendChild(make("text", "size", SVG));
  set(group, { role: "button" });
  return group;
}

function updateBox(group, box, component, data) {
  const root = component.parentElement;
  const [hit, rect] = group.querySelectorAll("rect");
  const reach = Math.max(0, HIT - box.width) / 2;
  set(hit, { x: box.x - reach, y: box.y, width: box.width + 2 * reach, height: box.height });
  set(rect, { x: box.x, y: box.y, width: box.width, height: box.height, rx: box.kind === "node" ? 8 : 2 });
  const selected = data.selected !== null && box.rows.includes(data.selected);
  set(group, {
    class: `box ${box.kind}`, "aria-label": box.says.join("; "), "aria-pressed": selected, "data-rows": box.rows.join(" "),
  });
  const [label, size] = group.querySelectorAll("text");
  const middle = box.x + box.width / 2;
  if (box.kind === "node" || box.kind === "head" && box.width >= 30) {
    writeNode(label, box.label, middle, box.kind === "node" ? box.y + 15 : box.y + 14);
    write(set(size, { x: middle, y: box.y + 29, transform: null, class: "size" }), box.kind === "node" ? box.sizeText : "");
  } else {
    write(set(label, { x: box.labelX, y: box.y - 6 }), box.label);
    writeSize(size, box, middle, data.text);
  }
  group.onclick = () => component.setStateValue("picked", { row: box.id, at: Date.now() });
  group.onkeydown = (event) => {
    if (event.key === "Escape") hideCard(root);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      group.onclick();
    } else rove([...group.parentElement.children], event);
  };
  group.onpointerenter = group.onfocus = () => { tellHover(box.rows); showCard(root, box, data); };
  group.onpointerleave = group.onblur = () => { tellHover(null); hideCard(root); };
}

function writeNode(text, label, x, y) {
  set(text, { x, y, class: "label" });
  const [letter, index] = label.startsWith("X") ? ["X", label.slice(1)] : [label, ""];
  if (text.dataset.shown === label) return;
  text.dataset.shown = label;
  text.textContent = letter;
  if (!index) return;
  const raised = make("tspan", "index", SVG);
  set(raised, { dy: -4 });
  raised.textContent = index;
  text.appendChild(raised);
}

function writeSize(element, box, middle, text) {
  const y = box.y + box.height / 2;
  const places = {
    below: { x: middle, y: box.y + box.height + text, transform: null, class: "size" },
    inside: { x: middle, y, transform: `rotate(-90 ${middle} ${y})`, class: "size upright" },
    left: { x: box.x - 6, y: y + 4, transform: null, class: "size left" },
    right: { x: box.x + box.width + 6, y: y + 4, transform: null, class: "size right" },
  };
  set(element, places[box.sizePlace] ?? { transform: null, class: "size" });
  write(element, box.sizePlace in places ? box.sizeText : "");
}

function createArrow() {
  const group = make("g", "", SVG);
  group.appendChild(make("polyline", "", SVG));
  group.appendChild(make("polygon", "", SVG));
  group.appendChild(make("text", "", SVG));
  return group;
}

function updateArrow(group, arrow) {
  set(group, { class: `arrow ${arrow.kind}`, "data-source": arrow.source, "data-target": arrow.target });
  const [line, head, text] = group.children;
  set(line, { points: arrow.points.map((point) => point.join(",")).join(" ") });
  set(head, { points: arrow.head.map((point) => point.join(",")).join(" ") });
  set(text, { x: arrow.labelX, y: arrow.labelY });
  write(text, arrow.label ?? "");
}

function showLegend(root, data) {
  const legend = root.querySelector(".legend");
  reconcile(legend, data.legend, (item) => {
    const entry = make("span", "entry");
    const svg = entry.appendChild(make("svg", `arrow ${item.id}`, SVG));
    set(svg, { viewBox: "0 0 28 12", width: 28, height: 12, "aria-hidden": "true" });
    set(svg.appendChild(make("polyline", "", SVG)), { points: "1,6 20,6" });
    set(svg.appendChild(make("polygon", "", SVG)), { points: "20,1.5 27,6 20,10.5" });
    entry.appendChild(make("span", "text"));
    return entry;
  }, (entry, item) => write(entry.querySelector(".text"), item.text));
  write(root.querySelector(".scale"), data.scale);
}

function light(root, rows) {
  for (const box of root.querySelectorAll(".box")) {
    const own = box.dataset.rows.split(" ");
    box.classList.toggle("lit", rows !== null && rows.some((row) => own.includes(row)));
  }
  const lit = new Set([...root.querySelectorAll(".box.lit, .box[aria-pressed=true]")].map((box) => box.dataset.id));
  for (const arrow of root.querySelectorAll("g.arrow")) arrow.classList.toggle("lit", lit.has(arrow.dataset.target));
}

function showCard(root, box, data) {
  const card = root.querySelector(".card");
  reconcile(card, box.says.map((text, id) => ({ id: String(id), text })), () => make("div"), (line, item) => write(line, item.text));
  const middle = (100 * (box.x + box.width / 2)) / data.width;
  const below = box.y + box.height / 2 < data.height / 2;
  const frame = root.querySelector("svg").getBoundingClientRect();
  const outer = root.querySelector(".sheet").getBoundingClientRect();
  const drawn = Math.min(frame.width, (frame.height * data.width) / data.height);
  const left = frame.left - outer.left + (frame.width - drawn) / 2 + (middle / 100) * drawn;
  const scale = drawn / data.width;
  card.style.left = `${Math.min(Math.max(left, 150), outer.width - 150)}px`;
  card.style.top = below ? `${(box.y + box.height) * scale + 10}px` : "";
  card.style.bottom = below ? "" : `${outer.height - (box.y - 22) * scale}px`;
  card.hidden = false;
}

function hideCard(root) {
  root.querySelector(".card").hidden = true;
}
