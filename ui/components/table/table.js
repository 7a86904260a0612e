// The layer table. A row and a box of the drawing light each other; a click selects in both.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  set(root.querySelector(".frame"), { lang: data.language, class: data.quiet ? "frame quiet" : "frame" });
  write(root.querySelector("caption"), data.caption);
  reconcile(root.querySelector("thead tr"), data.columns, () => set(make("th"), { scope: "col" }), (cell, item) => {
    write(set(cell, { class: item.number ? "number" : "" }), item.text);
  });
  const body = root.querySelector("tbody");
  reconcile(body, data.rows, () => createRow(data), (row, item) => updateRow(row, item, component, data));
  const buttons = [...body.querySelectorAll("button")];
  const current = buttons.find((button) => button === root.activeElement)
    ?? buttons.find((button) => button.getAttribute("aria-pressed") === "true") ?? buttons[0];
  for (const button of buttons) button.setAttribute("tabindex", button === current ? "0" : "-1");
  onHover(root, (rows) => light(root, rows, data.quiet));
  scrollTo(root, data.selected);
}

function createRow(data) {
  const row = make("tr");
  set(row.appendChild(make("th")), { scope: "row" }).appendChild(make("button")).type = "button";
  for (const column of data.columns.slice(1)) row.appendChild(make("td", column.number ? "number" : ""));
  return row;
}

function updateRow(row, item, component, data) {
  const button = row.querySelector("button");
  const selected = item.id === data.selected;
  writeRaised(set(button, { "aria-pressed": data.quiet ? null : selected, title: item.title }), item.text ?? item.id);
  set(row, { class: [selected ? "selected" : "", item.kind ?? ""].join(" ").trim() });
  item.cells.forEach((text, index) => write(row.children[index + 1], text));
  row.onclick = data.quiet ? null : () => component.setStateValue("picked", { row: item.id, at: Date.now() });
  row.onpointerenter = button.onfocus = () => tellHover([item.id]);
  row.onpointerleave = button.onblur = () => tellHover(null);
  button.onkeydown = (event) => rove([...row.parentElement.querySelectorAll("button")], event);
}

// A table beside the drawing shows the first line that lights up, unless the hand is in the table itself.
function light(root, rows, follow) {
  for (const row of root.querySelectorAll("tbody tr")) {
    row.classList.toggle("lit", rows !== null && rows.includes(row.dataset.id));
  }
  const frame = root.querySelector(".frame");
  const first = follow && rows && !frame.matches(":hover, :focus-within") && frame.querySelector("tr.lit");
  if (first) frame.scrollTop = first.offsetTop - frame.clientHeight / 3;
}

// Only when the selection is new, and only inside the table: the page itself stays where it is.
function scrollTo(root, selected) {
  if (root.unetShown === selected) return;
  root.unetShown = selected;
  // With the frame: asked for earlier, the place of the row would cost a layout of the page by itself.
  requestAnimationFrame(() => {
    const row = root.querySelector("tbody tr.selected");
    const frame = root.querySelector(".frame");
    if (row) frame.scrollTop = row.offsetTop - frame.clientHeight / 2;
  });
}
