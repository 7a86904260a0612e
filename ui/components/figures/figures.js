// Captioned pictures of one image or of maps over it, with boxes and points in the image's rows and columns. A picture
// that can be picked answers with the pixel that was pointed at, by mouse or keyboard.
export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  const group = set(root.querySelector(".figures"), { lang: head.language, "aria-label": head.label });
  group.style.setProperty("--least", head.least ?? "180px");
  group.style.setProperty("--most", head.most ?? "420px");
  group.classList.toggle("fit", Boolean(head.fit)); // few pictures take the whole width
  group.style.gridTemplateColumns = head.columns ? `repeat(${head.columns}, minmax(0, 1fr))` : ""; // laid out as the U
  reconcile(group, head.figures, createFigure, (figure, item) => updateFigure(figure, item, blobs, head, component));
}

function createFigure() {
  const figure = make("figure");
  const frame = make("div", "frame");
  frame.append(make("canvas", "picture"), make("canvas", "cover"), make("svg", "", SVG));
  const caption = make("figcaption");
  caption.append(make("b"), make("span"), make("ul"));
  figure.append(frame, caption);
  return figure;
}

function updateFigure(figure, item, blobs, head, component) {
  const frame = figure.querySelector(".frame");
  set(figure, { class: item.chosen ? "chosen" : "" });
  writeRaised(figure.querySelector("b"), item.title ?? "");
  write(figure.querySelector("span"), item.text ?? "");
  reconcile(figure.querySelector("ul"), item.legend ?? [], () => {
    const entry = make("li");
    entry.append(make("i"), make("em"));
    return entry;
  }, (entry, { text, css }) => {
    entry.firstElementChild.style.background = css;
    write(entry.lastElementChild, text);
  });
  figure.querySelector("ul").hidden = !item.legend?.length;
  frame.style.aspectRatio = `${item.size[1]} / ${item.size[0]}`;
  const spoken = [item.title, item.text].filter(Boolean).join(": ");
  if (item.pick) set(frame, { class: "frame pick", tabindex: "0", role: "application", "aria-label": `${spoken}. ${head.how ?? ""}` });
  else set(frame, { class: "frame", tabindex: null, role: "img", "aria-label": spoken });
  figure.style.gridArea = item.at ? `${item.at[0] + 1} / ${item.at[1] + 1}` : ""; // row and column of the layout
  wirePick(frame, item, component);
  const signs = [...(item.boxes ?? []), ...(item.points ?? []).flatMap(cross(item))];
  drawBoxes(figure.querySelector("svg"), item, signs);
  if (figure.unetKey === item.key) return;
  figure.unetKey = item.key;
  paint(figure, ".picture", blobs[item.id], item);
  paint(figure, ".cover", blobs[`${item.id}.cover`], { ...item, scale: null, extent: null });
}

function paint(figure, where, blob, item) {
  const canvas = figure.querySelector(where);
  canvas.hidden = !blob;
  if (!blob) return;
  pixels(blob).then((image) => {
    if (figure.unetKey !== item.key) return; // another picture came meanwhile
    Object.assign(canvas, { width: image.width, height: image.height });
    const shown = item.scale ? coloured(image, undefined, item.scale) : image;
    canvas.getContext("2d").putImageData(shown, 0, 0);
    const [down, across] = item.extent ?? [1, 1]; // a coarse map may reach beyond the image
    Object.assign(canvas.style, { width: `${100 * across}%`, height: `${100 * down}%` });
  });
}

function cross({ size }) {
  const arm = Math.max(...size) / 40;
  return ([row, column]) => [
    { r0: row + 0.5, r1: row + 0.5, c0: column + 0.5 - arm, c1: column + 0.5 + arm },
    { r0: row + 0.5 - arm, r1: row + 0.5 + arm, c0: column + 0.5, c1: column + 0.5 },
  ];
}

function drawBoxes(svg, item, boxes) {
  set(svg, { viewBox: `0 0 ${item.size[1]} ${item.size[0]}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const signs = boxes.flatMap((box, index) => ["under", `over ${box.kind ?? ""}`].map((kind) => ({ ...box, kind, id: `${index}.${kind}` })));
  reconcile(svg, signs, (sign) => set(make("rect", sign.kind, SVG), { "vector-effect": "non-scaling-stroke" }), (rect, sign) =>
    set(rect, { x: sign.c0, y: sign.r0, width: Math.max(sign.c1 - sign.c0, 0.001), height: Math.max(sign.r1 - sign.r0, 0.001) }));
}

function wirePick(frame, item, component) {
  const [height, width] = item.size;
  const say = (row, column) => component.setStateValue("picked", {
    key: item.key, id: item.id, row: Math.min(Math.max(row, 0), height - 1), column: Math.min(Math.max(column, 0), width - 1),
  });
  frame.onclick = !item.pick ? null : (event) => {
    const box = frame.getBoundingClientRect();
    say(Math.floor(((event.clientY - box.top) / box.height) * height), Math.floor(((event.clientX - box.left) / box.width) * width));
  };
  frame.onkeydown = !item.pick ? null : (event) => {
    const step = event.shiftKey ? Math.max(1, Math.round(width / 16)) : 1;
    const moves = { ArrowLeft: [0, -step], ArrowRight: [0, step], ArrowUp: [-step, 0], ArrowDown: [step, 0] };
    const [row, column] = frame.unetAim ?? item.points?.[0] ?? [height >> 1, width >> 1];
    if (event.key in moves) {
      frame.unetAim = [row + moves[event.key][0], column + moves[event.key][1]].map((at, axis) => Math.min(Math.max(at, 0), item.size[axis] - 1));
      drawBoxes(frame.querySelector("svg"), item, [...(item.boxes ?? []), ...cross(item)(frame.unetAim)]);
    } else if (event.key === "Enter" || event.key === " ") say(row, column);
    else return;
    event.preventDefault();
  };
}
