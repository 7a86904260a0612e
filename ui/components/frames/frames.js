// Frames on an image, to scale, and where it helps a corner of it enlarged. All places come from Python, in pixels of
// the network's input; a view shows a part of them.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  set(root.querySelector(".frames"), { lang: data.language });
  reconcile(root.querySelector(".views"), data.views, createView, (view, item) => updateView(view, item, data));
  reconcile(root.querySelector(".legend"), data.legend, createEntry, (entry, item) => {
    write(entry.querySelector("span"), item.text);
  });
}

function createView() {
  const view = make("div");
  const svg = view.appendChild(make("svg", "", SVG));
  for (const layer of ["ground", "pictures", "areas", "lines"]) svg.appendChild(make("g", layer, SVG));
  view.appendChild(make("div", "caption"));
  return view;
}

function updateView(view, item, data) {
  set(view, { class: `view ${item.id}` });
  view.style.flexBasis = `${item.width}px`; // where there is less room, all views shrink alike
  const svg = set(view.querySelector("svg"), { viewBox: item.box.join(" "), role: "img", "aria-label": item.says });
  write(view.querySelector(".caption"), item.caption);
  const [ground, pictures, areas, lines] = svg.children;
  paths(ground, [data.ground]);
  reconcile(pictures, data.tiles, () => make("image", "", SVG), (image, tile) => {
    set(image, { href: data.image, preserveAspectRatio: "xMidYMid slice", x: 0, y: 0, width: tile.width,
      height: tile.height, transform: tile.transform });
  });
  paths(areas, data.areas);
  const strokes = ["halo", "line"].flatMap((part) => // no halo lies on a line
    data.frames.map((frame) => ({ ...frame, kind: frame.id, part, id: `${frame.id} ${part}` })));
  reconcile(lines, strokes, () => make("rect", "", SVG), (rect, frame) => {
    set(rect, { class: `frame ${frame.part} ${frame.kind}`, x: frame.x, y: frame.y, width: frame.width, height: frame.height });
  });
}

function paths(layer, items) {
  reconcile(layer, items, () => make("path", "", SVG), (path, area) => set(path, { class: `area ${area.id}`, d: area.path }));
}

// A swatch of what is drawn, its dashes included, on the dark of a micrograph.
function createEntry(item) {
  const entry = make("span", "entry");
  const swatch = entry.appendChild(set(make("svg", "", SVG), { width: 26, height: 14, viewBox: "0 0 26 14", "aria-hidden": "true" }));
  swatch.appendChild(set(make("rect", "swatch", SVG), { width: 26, height: 14 }));
  if (item.area) swatch.appendChild(set(make("path", `area ${item.id}`, SVG), { d: "M0 0H26V14H0Z" }));
  else swatch.appendChild(set(make("path", `frame line ${item.id}`, SVG), { d: "M2 7H24" }));
  entry.appendChild(make("span"));
  return entry;
}
