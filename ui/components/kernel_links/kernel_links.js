// Who is connected to whom, as lines between two rows of pixels, and a table below. A pixel under the mouse shows its own.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  set(root.querySelector(".links"), { lang: data.language });
  write(root.querySelector(".title"), data.title);
  write(root.querySelector(".text"), data.text);
  reconcile(root.querySelector(".drawings"), data.drawings, createFigure, updateFigure);
  set(root.querySelector(".scroll"), { "aria-label": data.title });
  const heads = data.columns.map((text, index) => ({ id: String(index), text }));
  reconcile(root.querySelector("thead tr"), heads, () => set(make("th"), { scope: "col" }), (cell, { text }) => write(cell, text));
  const rows = data.rows.map((cells, index) => ({ id: String(index), cells }));
  reconcile(root.querySelector("tbody"), rows, () => make("tr"), (row, { cells }) => {
    reconcile(row, cells.map((text, index) => ({ id: String(index), text })),
      ({ id }) => (id === "0" ? set(make("th"), { scope: "row" }) : make("td")), (cell, { text }) => write(cell, text));
  });
}

function createFigure() {
  const figure = make("figure");
  figure.appendChild(make("figcaption"));
  const sheet = figure.appendChild(make("svg", null, SVG));
  sheet.appendChild(make("g", "lines", SVG));
  sheet.appendChild(make("g", "nodes", SVG));
  return figure;
}

function updateFigure(figure, item) {
  write(figure.querySelector("figcaption"), item.title);
  const sheet = set(figure.querySelector("svg"), { viewBox: `0 0 ${item.width} ${item.height}`, role: "img", "aria-label": item.title });
  reconcile(sheet.querySelector(".lines"), item.lines, () => make("line", null, SVG), (line, { x1, y1, x2, y2, kind }) => {
    set(line, { x1, y1, x2, y2, class: kind });
  });
  reconcile(sheet.querySelector(".nodes"), item.nodes, () => set(make("circle", null, SVG), { r: 11 }), (circle, node) => {
    set(circle, { cx: node.x, cy: node.y, class: node.on ? "on" : "" });
    circle.onpointerenter = () => show(sheet, item, node.id);
    circle.onpointerleave = () => show(sheet, item, null);
  });
}

// The lines that lead to or from one pixel.
function show(sheet, item, id) {
  const touches = (line) => line.from === id || line.to === id;
  const own = new Set(item.lines.filter(touches).map((line) => line.id));
  sheet.classList.toggle("faded", own.size > 0);
  for (const line of sheet.querySelectorAll("line")) line.classList.toggle("lit", own.has(line.dataset.id));
  for (const circle of sheet.querySelectorAll("circle")) circle.classList.toggle("lit", circle.dataset.id === id);
}
