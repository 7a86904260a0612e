// A table whose cells are bars: one row for a part of the network, one column for a kind of cost. Nothing is computed here.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  set(root.querySelector(".bars"), { lang: data.language, "data-version": data.version });
  write(root.querySelector("caption"), data.caption);
  reconcile(root.querySelector("thead tr"), data.columns, () => set(make("th"), { scope: "col" }), (cell, item) => write(cell, item.text));
  reconcile(root.querySelector("tbody"), data.parts, createRow, updateRow);
  reconcile(root.querySelector("tfoot tr"), data.totals, (item) => make(item.id === "name" ? "th" : "td"), (cell, item) => write(cell, item.text));
  onHover(root, (rows) => light(root, data.parts, rows));
}

function createRow() {
  const row = make("tr");
  set(row.appendChild(make("th")), { scope: "row" });
  return row;
}

function updateRow(row, item) {
  set(row, { class: `${item.side}${item.first ? " first" : ""}` });
  write(row.querySelector("th"), item.name);
  const cells = row.querySelectorAll("td");
  item.cells.forEach((cell, index) => updateCell(cells[index] ?? row.appendChild(createCell()), cell));
  row.onpointerenter = () => tellHover(item.rows);
  row.onpointerleave = () => tellHover(null);
}

function createCell() {
  const cell = make("td");
  const grid = cell.appendChild(make("div", "cell"));
  grid.appendChild(make("div", "track")).appendChild(make("div", "bar"));
  grid.appendChild(make("span", "percent"));
  grid.appendChild(make("span", "amount"));
  return cell;
}

function updateCell(cell, item) {
  cell.querySelector(".bar").style.width = `${item.share}%`;
  write(cell.querySelector(".percent"), item.percent);
  write(cell.querySelector(".amount"), item.amount);
}

// A part lights up when one of its layers does.
function light(root, parts, rows) {
  for (const row of root.querySelectorAll("tbody tr")) {
    const part = parts.find((each) => each.id === row.dataset.id);
    row.classList.toggle("lit", Boolean(rows && part && part.rows.some((name) => rows.includes(name))));
  }
}
