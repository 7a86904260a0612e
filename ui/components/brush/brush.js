// Strokes painted on an image: each is a class, a radius and the points it went through, in pixels of the image as it
// came. Python hears of them when one ends; what they cover is decided there, so nothing depends on this canvas.
const MOST_STROKES = 500, MOST_POINTS = 20000, SHARP = 320; // pixels a side below which an image is shown in squares

export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  const state = (root.unetBrush ??= { chosen: null, stroke: null });
  set(root.querySelector(".brush"), { lang: head.language });
  if (state.image !== head.image) Object.assign(state, { radius: head.radius, stroke: null });
  // Python counts its own changes; as long as it made none, the strokes here are the newer ones
  const fresh = state.image !== head.image || state.told !== head.revision;
  if (fresh) Object.assign(state, { image: head.image, strokes: head.strokes, began: null, told: head.revision });
  if (!head.classes.some(({ id }) => id === state.chosen)) state.chosen = head.first;
  state.say = () => component.setStateValue("painted", {
    image: head.image, revision: head.revision, strokes: state.strokes,
    seconds: state.began === null ? 0 : (performance.now() - state.began) / 1000,
  });
  wire(root, state, head);
  show(root, "canvas.image", blobs.image, head.image);
  show(root, ".under", blobs.under, head.underneath ?? "");
  draw(root, state, head);
}

function show(root, where, blob, key) {
  const canvas = root.querySelector(where);
  canvas.hidden = !blob;
  if (!blob || canvas.dataset.key === key) return;
  canvas.dataset.key = key;
  pixels(blob).then((image) => {
    if (canvas.dataset.key !== key) return; // another came meanwhile
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.style.imageRendering = Math.max(image.width, image.height) < SHARP ? "pixelated" : "";
    canvas.getContext("2d").putImageData(image, 0, 0);
  });
}

function wire(root, state, head) {
  const { text } = head;
  const [height, width] = head.size;
  const stack = root.querySelector(".stack");
  stack.style.aspectRatio = `${width} / ${height}`;
  root.querySelector(".brush").style.maxWidth = `calc(56vh * ${width / height})`;
  set(root.querySelector("canvas.image"), { "aria-label": text.image });
  wireClasses(root, state, head);
  write(root.querySelector(".size .name"), text.radius);
  const radius = Object.assign(root.querySelector(".radius"), { max: head.largest, value: state.radius });
  const tell = () => write(root.querySelector(".size output"), `${state.radius} px`);
  radius.oninput = () => { state.radius = Number(radius.value); tell(); ring(root, state, head, null); };
  tell();
  const left = { undo: () => state.strokes.slice(0, -1), clear: () => [] };
  const take = (name) => {
    if (state.stroke || !state.strokes.length) return;
    state.strokes = left[name]();
    if (!state.strokes.length) state.began = null; // who begins again begins the time again
    draw(root, state, head);
    state.say();
  };
  for (const name of Object.keys(left)) write(root.querySelector(`.${name}`), text[name]).onclick = () => take(name);
  root.querySelector(".brush").onkeydown = (event) => {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    event.preventDefault();
    take("undo");
  };
  wirePaint(stack, root, state, head);
}

function wireClasses(root, state, head) {
  const classes = set(root.querySelector(".classes"), { "aria-label": head.text.classes });
  reconcile(classes, head.classes, () => {
    const button = set(make("button"), { type: "button", role: "radio" });
    button.append(make("i"), make("span"));
    return button;
  }, (button, item) => {
    write(button.querySelector("span"), item.name);
    button.querySelector("i").style.background = item.rubs ? "none" : item.colour;
    set(button, { "aria-checked": item.id === state.chosen, tabindex: item.id === state.chosen ? "0" : "-1" });
    button.onclick = () => { state.chosen = item.id; wireClasses(root, state, head); };
    button.onkeydown = (event) => { rove([...classes.children], event); root.activeElement?.click?.(); };
  });
}

// The stroke lies in the state, because Python's answer to the last one may come in the middle of the next.
function wirePaint(stack, root, state, head) {
  const [height, width] = head.size;
  const at = (event) => {
    const box = stack.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height].map((part) => Math.round(10 * part) / 10);
  };
  const points = () => state.strokes.reduce((sum, stroke) => sum + stroke.points.length, 0);
  const add = ([x, y], least) => {
    const [lastX, lastY] = state.stroke.points.at(-1);
    if (points() < MOST_POINTS && Math.hypot(x - lastX, y - lastY) >= least) state.stroke.points.push([x, y]);
  };
  stack.onpointerdown = (event) => {
    if (event.button !== 0 || state.stroke || state.strokes.length >= MOST_STROKES || points() >= MOST_POINTS) return;
    state.began ??= performance.now();
    state.stroke = { class: state.chosen, radius: state.radius, points: [at(event)] };
    state.strokes = [...state.strokes, state.stroke];
    stack.setPointerCapture(event.pointerId);
    draw(root, state, head);
  };
  stack.onpointermove = (event) => {
    ring(root, state, head, at(event));
    if (!state.stroke) return;
    add(at(event), Math.max(1, state.stroke.radius / 4)); // closer points add nothing
    draw(root, state, head);
  };
  stack.onpointerup = stack.onpointercancel = (event) => {
    if (!state.stroke) return;
    if (event.type === "pointerup") add(at(event), 0.1);
    state.stroke = null;
    draw(root, state, head);
    state.say();
  };
  stack.onpointerleave = () => ring(root, state, head, null);
}

// How large the brush is, around the pointer; without a place, for a moment nowhere.
function ring(root, state, head, place) {
  const [height, width] = head.size;
  const svg = set(root.querySelector("svg"), { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const circles = place ? ["under", "over"].map((id) => ({ id })) : [];
  reconcile(svg, circles, ({ id }) => set(make("circle", id, SVG), { "vector-effect": "non-scaling-stroke" }), (circle) => set(circle, { cx: place[0], cy: place[1], r: state.radius }));
}

function draw(root, state, head) {
  for (const name of ["undo", "clear"]) root.querySelector(`.${name}`).disabled = !state.strokes.length;
  const canvas = root.querySelector(".paint");
  const [height, width] = head.size;
  const scale = 1024 / Math.max(height, width);
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  for (const stroke of state.strokes) {
    const known = head.classes.find(({ id }) => id === stroke.class);
    context.globalCompositeOperation = known?.rubs ? "destination-out" : "source-over"; // what rubs out shows the image again
    const colour = known?.colour ?? "#fff";
    Object.assign(context, { fillStyle: colour, strokeStyle: colour, lineWidth: 2 * stroke.radius, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.arc(...stroke.points[0], stroke.radius, 0, 2 * Math.PI); // a line of one point would be nothing
    context.fill();
    context.beginPath();
    context.moveTo(...stroke.points[0]);
    for (const point of stroke.points.slice(1)) context.lineTo(...point);
    context.stroke();
  }
}
