// Strokes painted on an image: each is a class, a radius and the points it went through, in pixels of the image as it
// came. Python hears of them when one ends; what they cover is decided there, so nothing depends on this canvas.
const MOST_STROKES = 500, MOST_POINTS = 20000;

export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  const state = (root.unetBrush ??= { chosen: null, radius: head.radius });
  set(root.querySelector(".brush"), { lang: head.language });
  const fresh = state.image !== head.image || state.told !== head.revision;
  if (state.image !== head.image) state.radius = head.radius;
  if (fresh) Object.assign(state, { strokes: head.strokes, began: null, told: head.revision });
  if (!head.classes.some(({ id }) => id === state.chosen)) state.chosen = head.classes[0].id;
  state.say = () => component.setStateValue("painted", {
    image: head.image, strokes: state.strokes, seconds: state.began ? (performance.now() - state.began) / 1000 : 0,
  });
  wire(root, state, head);
  show(root, ".under", blobs.under, head, state, `${head.digest}/${head.underneath ?? ""}`);
  if (state.image === head.image) return draw(root, state, head);
  state.image = head.image;
  show(root, "canvas.image", blobs.image, head, state, head.image);
  draw(root, state, head);
}

function show(root, where, blob, head, state, key) {
  const canvas = root.querySelector(where);
  canvas.hidden = !blob;
  if (!blob || canvas.dataset.key === key) return;
  canvas.dataset.key = key;
  pixels(blob).then((image) => {
    if (canvas.dataset.key !== key) return;
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(image, 0, 0);
  });
}

function wire(root, state, head) {
  const { text } = head;
  const [height, width] = head.size;
  const stack = root.querySelector(".stack");
  stack.style.aspectRatio = `${width} / ${height}`;
  stack.style.maxWidth = `min(100%, calc(56vh * ${width / height}))`;
  set(root.querySelector("canvas.image"), { "aria-label": text.image });
  const classes = set(root.querySelector(".classes"), { "aria-label": text.classes });
  reconcile(classes, head.classes, () => {
    const button = set(make("button"), { type: "button", role: "radio" });
    button.append(make("i"), make("span"));
    return button;
  }, (button, item) => {
    write(button.querySelector("span"), item.name);
    button.querySelector("i").style.background = item.colour;
    set(button, { "aria-checked": item.id === state.chosen, tabindex: item.id === state.chosen ? "0" : "-1" });
    button.onclick = () => { state.chosen = item.id; wire(root, state, head); };
    button.onkeydown = (event) => { rove([...classes.children], event); root.activeElement?.click?.(); };
  });
  write(root.querySelector(".size .name"), text.radius);
  const radius = Object.assign(root.querySelector(".radius"), { max: head.largest, value: state.radius });
  const tell = () => write(root.querySelector(".size output"), `${state.radius} px`);
  radius.oninput = () => { state.radius = Number(radius.value); tell(); };
  tell();
  const buttons = [["undo", () => state.strokes.slice(0, -1)], ["clear", () => []]];
  for (const [name, left] of buttons) {
    const button = write(root.querySelector(`.${name}`), text[name]);
    button.onclick = () => { state.strokes = left(); draw(root, state, head); state.say(); };
  }
  wirePaint(stack, root, state, head);
}

function wirePaint(stack, root, state, head) {
  const at = (event) => {
    const box = stack.getBoundingClientRect();
    const [height, width] = head.size;
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height].map((part) => Math.round(10 * part) / 10);
  };
  const points = () => state.strokes.reduce((sum, stroke) => sum + stroke.points.length, 0);
  let stroke = null;
  stack.onpointerdown = (event) => {
    if (event.button !== 0 || state.strokes.length >= MOST_STROKES) return;
    state.began ??= performance.now();
    stroke = { class: state.chosen, radius: state.radius, points: [at(event)] };
    state.strokes = [...state.strokes, stroke];
    stack.setPointerCapture(event.pointerId);
    draw(root, state, head);
  };
  stack.onpointermove = (event) => {
    if (!stroke || points() >= MOST_POINTS) return;
    const [x, y] = at(event), [lastX, lastY] = stroke.points[stroke.points.length - 1];
    if (Math.hypot(x - lastX, y - lastY) < Math.max(1, stroke.radius / 4)) return; // closer points add nothing
    stroke.points.push([x, y]);
    draw(root, state, head);
  };
  stack.onpointerup = stack.onpointercancel = () => {
    if (stroke) state.say();
    stroke = null;
  };
}

function draw(root, state, head) {
  const canvas = root.querySelector(".paint");
  const [height, width] = head.size;
  const scale = Math.min(1, 1024 / Math.max(height, width));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  for (const stroke of state.strokes) {
    const known = head.classes.find(({ id }) => id === stroke.class);
    context.globalCompositeOperation = known?.rubs ? "destination-out" : "source-over"; // what rubs out shows the image again
    Object.assign(context, { strokeStyle: known?.colour ?? "#fff", lineWidth: 2 * stroke.radius, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...stroke.points[0]);
    for (const point of stroke.points) context.lineTo(...point);
    context.stroke();
  }
}
