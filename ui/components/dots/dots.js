// A table that is a chart: a row for a network, its runs on one scale, its difference on another, and the numbers.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  set(root.querySelector(".dots"), { lang: data.language });
  write(root.querySelector("caption"), data.caption);
  set(root.querySelector(".scroll"), { "aria-label": data.caption });
  root.querySelector(".legend").hidden = !data.measured;
  reconcile(root.querySelector(".legend"), data.legend, createSample, (item, one) => write(item.lastElementChild, one.text));
  const heads = data.heads.map((text, index) => ({ id: String(index), text, ticks: { 1: data.values, 3: data.differences }[index] }));
  reconcile(root.querySelector("thead tr"), heads, createHead, (cell, head) => updateHead(cell, head, data.measured));
  reconcile(root.querySelector("tbody"), data.rows, createRow, (row, item) => updateRow(row, item, data));
  follow(root, data);
}

function createSample(one) {
  const item = make("span", "sample");
  item.appendChild(make("i", `mark ${one.id}`));
  item.appendChild(make("span"));
  return item;
}

function createHead() {
  const cell = set(make("th"), { scope: "col" });
  cell.appendChild(make("div", "title"));
  set(cell.appendChild(make("div", "axis")), { "aria-hidden": "true" });
  return cell;
}

function updateHead(cell, head, measured) {
  write(cell.firstElementChild, head.text);
  reconcile(cell.lastElementChild, measured ? (head.ticks ?? []) : [], () => make("span"), (tick, item) => {
    write(tick, item.text);
    tick.style.left = `${item.at}%`;
  });
}

function createRow() {
  const row = make("tr");
  set(row.appendChild(make("th")), { scope: "row" });
  for (const name of ["values", "mean", "differences", "told"]) row.appendChild(make("td", name));
  for (const name of ["values", "differences"]) {
    const cell = row.querySelector(`td.${name}`);
    cell.appendChild(make("span", "spoken"));
    set(cell.appendChild(make("div", "track")), { "aria-hidden": "true" });
  }
  for (const name of ["amount", "interval", "verdict"]) row.querySelector(".told").appendChild(make("span", name));
  return row;
}

// Cells are found by `td` and `.told`: marks on the tracks have the classes mean and interval too.
function updateRow(row, item, data) {
  set(row, { class: item.reference ? "reference" : "" });
  write(row.querySelector("th"), item.name);
  write(row.querySelector("td.mean"), item.mean ?? "");
  write(row.querySelector(".values .spoken"), item.spoken ?? "");
  const one = item.difference;
  write(row.querySelector(".told .amount"), one?.text ?? "");
  write(row.querySelector(".told .interval"), one?.interval ?? "");
  write(row.querySelector(".told .verdict"), one?.verdict ?? item.note ?? "");
  set(row.querySelector(".told"), { class: `told ${one?.kind ?? ""}` });
  const known = item.runs ?? [];
  const values = [...grid(data.values, known), stroke("line", data.line, known), span("range", item, known),
    stroke("mean", item.at, known)]; // the runs lie on top of their mean, which is taller
  values.push(...known.map((run) => ({ id: `run-${run.id}`, kind: "run", at: run.at, repeat: run.id })));
  draw(row.querySelector(".values .track"), values);
  const there = one ? [one] : [];
  draw(row.querySelector(".differences .track"), [...grid(data.differences, known), stroke("zero", data.zero, known),
    span(`interval ${one?.kind}`, one, there), { id: "point", kind: `point ${one?.kind}`, at: one?.at, gone: !one }]);
}

const grid = (ticks, known) => ticks.map((tick) => ({ id: `tick-${tick.id}`, kind: "tick", at: tick.at, gone: !known.length }));
const stroke = (kind, at, known) => ({ id: kind, kind, at, gone: !known.length || at === null });
const span = (kind, ends, known) => ({ id: "span", kind, at: ends?.low, to: ends?.high, gone: !known.length });

function draw(track, marks) {
  reconcile(track, marks.filter((mark) => !mark.gone), () => make("i"), (element, mark) => {
    set(element, { class: `mark ${mark.kind}`, "data-repeat": mark.repeat ?? null });
    element.style.left = `${mark.at}%`;
    element.style.width = mark.to === undefined ? "" : `${mark.to - mark.at}%`;
  });
}

// One seed in every row: the same crops in the same order, which is what makes a pair.
function follow(root, data) {
  const box = root.querySelector(".follow");
  box.hidden = data.repeats.length < 2;
  set(box, { "aria-label": data.follow });
  write(box.firstElementChild, data.follow);
  if (!data.repeats.some((one) => one.id === root.unetFollowed)) root.unetFollowed = null;
  reconcile(box.lastElementChild, data.repeats, () => set(make("button"), { type: "button" }), (button, one) => {
    write(button, one.text);
    set(button, { "aria-label": `${data.follow}: ${one.text}` });
    button.onclick = () => { root.unetFollowed = root.unetFollowed === one.id ? null : one.id; light(root, root.unetFollowed); };
  });
  for (const dot of root.querySelectorAll(".run")) {
    dot.onpointerenter = () => light(root, dot.dataset.repeat);
    dot.onpointerleave = () => light(root, root.unetFollowed);
  }
  light(root, root.unetFollowed);
}

function light(root, repeat) {
  root.querySelector(".dots").classList.toggle("following", repeat !== null && repeat !== undefined);
  for (const dot of root.querySelectorAll("tbody .run")) dot.classList.toggle("lit", dot.dataset.repeat === repeat);
  for (const button of root.querySelectorAll("button")) set(button, { "aria-pressed": button.dataset.id === root.unetFollowed });
}
