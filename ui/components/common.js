// Shared by every component: it stands in front of each component's own script.

// Python sends one block of bytes, made once per network and language and kept, so that a drag costs no serialising.
function decode(data) {
  return JSON.parse(new TextDecoder().decode(data));
}

const SVG = "http://www.w3.org/2000/svg";

function make(tag, className, space) {
  const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
  if (className) element.setAttribute("class", className);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
  return element;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
  return element;
}

// A node's name, "X^(0,2)" in a sentence or "X^{0,2}" by itself, with its index raised as in the drawing.
function writeRaised(element, text) {
  if (element.dataset.shown === text) return element;
  element.dataset.shown = text;
  element.replaceChildren(...text.split(/(?<=X)\^[({]([^)}]*)[)}]/).map((part, index) => {
    if (index % 2 === 0) return part;
    const raised = make("sup");
    raised.textContent = part;
    return raised;
  }));
  return element;
}

// Children keyed by id: kept where they stand when they stay, so that focus survives every change.
function reconcile(parent, items, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.id, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    let child = known.get(item.id);
    if (!child) {
      child = create(item);
      child.dataset.id = item.id;
    }
    known.delete(item.id);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
    update(child, item);
  }
  for (const gone of known.values()) gone.remove();
}

// On the straight way from one number to another, or from one list of numbers to another, however deep, at t = 0..1.
function between([one, other], t) {
  if (other === undefined || t === 0) return one;
  if (t === 1) return other;
  if (Array.isArray(one)) return one.map((value, index) => between([value, other[index]], t));
  return (1 - t) * one + t * other;
}

// Hover travels between components in the page, without Python. `rows` are rows of the trace, or null.
function tellHover(rows) {
  tell("unet-hover", rows);
}

function onHover(root, listener) {
  hear(root, "unet-hover", listener);
}

// A spotlight does too: what has these rows stands out and the rest is dimmed, until somebody tells null. As long as
// the `root` of its teller is on the page, a drawing that comes later hears of it as well.
function tellSpotlight(rows, root) {
  window.unetSpotlight = root ? { rows, root } : null;
  tell("unet-spotlight", rows);
}

function onSpotlight(root, listener) {
  const known = root.unetHeard?.["unet-spotlight"];
  hear(root, "unet-spotlight", listener);
  const told = window.unetSpotlight;
  if (!known && told && (told.root.host || told.root).isConnected) listener(told.rows);
}

function tell(name, detail) {
  window.dispatchEvent(new CustomEvent(name, { detail }));
}

// One listener of each name for a component, the newest one, and none once the component has left the page.
function hear(root, name, listener) {
  const heard = (root.unetHeard ??= {});
  if (heard[name]) heard[name].listener = listener;
  else {
    const kept = (heard[name] = { listener });
    const pass = (event) => {
      if (!(root.host || root).isConnected) {
        window.removeEventListener(name, pass);
        delete heard[name];
      } else kept.listener(event.detail);
    };
    window.addEventListener(name, pass);
  }
}

// Arrow keys move among `items`; only the current one is a stop of the Tab key.
function rove(items, event) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const at = items.indexOf(event.currentTarget);
  let next = null;
  if (event.key in steps) next = items[at + steps[event.key]];
  if (event.key === "Home") next = items[0];
  if (event.key === "End") next = items[items.length - 1];
  if (!next) return;
  event.preventDefault();
  for (const item of items) item.setAttribute("tabindex", item === next ? "0" : "-1");
  next.focus();
}

// A block with pictures in it: four bytes of length, that much JSON, then the blobs it lists.
function unpack(data) {
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  const blobs = {};
  let at = 4 + size;
  for (const { name, length } of head.blobs) {
    blobs[name] = data.subarray(at, at + length);
    at += length;
  }
  return { head, blobs };
}

// The pixels of a PNG.
async function pixels(bytes) {
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }), { colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

// Levels 0..255 as colours. "rising": dark violet to yellow by way of teal, rises evenly in lightness and reads without
// colour vision. "diverging": blue, white at the middle, orange.
const PALETTES = {
  rising: [[48, 18, 72], [52, 84, 140], [33, 145, 140], [122, 205, 92], [253, 231, 60]],
  diverging: [[0, 84, 140], [247, 247, 247], [205, 92, 0]],
  grey: [[0, 0, 0], [255, 255, 255]],
};
const TABLES = {};

// A palette as 256 words of an ImageData: RGBA on a little-endian machine.
function table(palette) {
  return (TABLES[palette] ??= Uint32Array.from({ length: 256 }, (_, level) => {
    const stops = PALETTES[palette];
    const at = (level / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    const [r, g, b] = stops[low].map((from, c) => Math.round(from + (at - low) * (stops[low + 1][c] - from)));
    return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
  }));
}

// The grey values of a picture as the colours of a palette.
function coloured(image, out = new ImageData(image.width, image.height), palette = "rising") {
  const [words, colours] = [new Uint32Array(out.data.buffer), table(palette)];
  for (let i = 0; i < words.length; i++) words[i] = colours[image.data[4 * i]];
  return out;
}

// Bytes, one for each pixel, painted on a canvas of their size.
function paintLevels(canvas, bytes, [height, width], palette) {
  const out = new ImageData(width, height);
  const [words, colours] = [new Uint32Array(out.data.buffer), table(palette)];
  for (let i = 0; i < words.length; i++) words[i] = colours[bytes[i]];
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(out, 0, 0);
}

// The cell of a map of `size` that covers the point, as a frame over its picture; at least as large as can be seen.
function markCell(frame, cell, [height, width]) {
  let sign = frame.querySelector(".cell");
  if (!cell) return void sign?.remove();
  sign ??= frame.appendChild(make("span", "cell"));
  const [row, column] = cell;
  Object.assign(sign.style, { left: `${(100 * (column + 0.5)) / width}%`, top: `${(100 * (row + 0.5)) / height}%`, width: `${100 / width}%`, height: `${100 / height}%` });
}
