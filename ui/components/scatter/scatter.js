// Quality against cost: a dot for each network with its spread, and beside it the list of them, which is the same by
// keyboard. Places are percent of the plot. A click on either answers with the network's name.
const AROUND = [[16, 0], [-16, 0], [12, -14], [-12, -14], [12, 14], [-12, 14], [34, 0], [-34, 0], [0, -24], [0, 24], [32, -16], [-32, -16]];

export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const say = (id) => component.setStateValue("picked", { key: data.key, id });
  set(root.querySelector(".scatter"), { lang: data.language });
  write(root.querySelector(".name.y"), data.y.title);
  write(root.querySelector(".name.x"), data.x.title);
  const plot = root.querySelector(".plot");
  const marks = [...ticks("x", data.x.ticks), ...ticks("y", data.y.ticks), ...data.points.flatMap(parts)];
  reconcile(plot, marks, () => make("i"), (mark, item) => {
    set(mark, { class: `mark ${item.kind}`, "data-of": item.of ?? null });
    write(mark, item.text ?? "");
    Object.assign(mark.style, { left: item.left, right: item.right ?? "", bottom: item.bottom, width: item.width ?? "", height: item.height ?? "" });
    mark.onclick = item.of ? () => say(item.of) : null;
    mark.onpointerenter = item.of ? () => light(root, item.of) : null;
    mark.onpointerleave = item.of ? () => light(root, null) : null;
  });
  reconcile(root.querySelector(".heads"), data.heads.map((text, index) => ({ id: String(index), text })), () => make("span"), (head, { text }) => write(head, text));
  const list = set(root.querySelector(".list"), { "aria-label": data.label });
  reconcile(list, data.points, createEntry, (entry, point) => updateEntry(root, list, entry, point, data, say));
  reconcile(root.querySelector(".legend"), data.legend, createSample, (sample, item) => write(sample.lastElementChild, item.text));
  spread(root, plot, data.points);
  root.unetObserver ??= new ResizeObserver(() => spread(root, root.querySelector(".plot"), root.unetPoints));
  root.unetObserver.observe(plot);
}

function ticks(axis, list) {
  return list.flatMap(({ id, at, text }) => axis === "x"
    ? [{ id: `x${id}`, kind: "grid upright", left: `${at}%`, bottom: "0" }, { id: `xt${id}`, kind: "tick x", left: `${at}%`, bottom: "", text }]
    : [{ id: `y${id}`, kind: "grid level", left: "0", bottom: `${at}%` }, { id: `yt${id}`, kind: "tick y", left: "", bottom: `${at}%`, text }]);
}

function parts(point) {
  const of = point.id, state = `${point.kind}${point.chosen ? " chosen" : ""}`;
  const found = [{ id: `${of}|span`, of, kind: `span ${state}`, left: `${point.x}%`, bottom: `${point.low}%`, height: `${point.high - point.low}%` }];
  if (point.right > point.left) found.push({ id: `${of}|across`, of, kind: `across ${state}`, left: `${point.left}%`, bottom: `${point.y}%`, width: `${point.right - point.left}%` });
  found.push(...point.runs.map((at, index) => ({ id: `${of}|run${index}`, of, kind: `run ${state}`, left: `${point.x}%`, bottom: `${at}%` })));
  found.push({ id: `${of}|dot`, of, kind: `dot ${state}`, left: `${point.x}%`, bottom: `${point.y}%` });
  found.push({ id: `${of}|badge`, of, kind: `badge ${state}`, left: `${point.x}%`, bottom: `${point.y}%`, text: point.number });
  return found;
}

// The number of each dot where there is room for it: beside its own dot, on no other, and on no other number.
function spread(root, plot, points) {
  root.unetPoints = points;
  const [width, height] = [plot.clientWidth, plot.clientHeight];
  if (!width) return;
  const at = points.map((point) => [(point.x / 100) * width, height - (point.y / 100) * height]);
  const taken = at.map(([x, y]) => [x, y, 7]);
  points.forEach((point, index) => {
    const free = ([dx, dy]) => {
      const [x, y] = [at[index][0] + dx, at[index][1] + dy];
      const inside = x > 9 && x < width - 9 && y > 9 && y < height - 9;
      return inside && taken.every(([left, top, reach]) => Math.abs(left - x) >= reach + 9 || Math.abs(top - y) >= reach + 8);
    };
    const [dx, dy] = AROUND.find(free) ?? AROUND[0];
    taken.push([at[index][0] + dx, at[index][1] + dy, 9]);
    plot.querySelector(`[data-id="${CSS.escape(`${point.id}|badge`)}"]`).style.translate = `${dx}px ${dy}px`;
  });
}

function createEntry() {
  const entry = set(make("button"), { type: "button", role: "option" });
  for (const name of ["number", "words", "value", "cost"]) entry.appendChild(make("span", name));
  const words = entry.querySelector(".words");
  words.append(make("b"), make("em"), make("span", "versus"));
  return entry;
}

function updateEntry(root, list, entry, point, data, say) {
  set(entry, { class: point.kind, "aria-selected": String(Boolean(point.chosen)), "data-of": point.id,
    tabindex: point.chosen || (!data.points.some((one) => one.chosen) && point === data.points[0]) ? "0" : "-1" });
  write(entry.querySelector(".number"), point.number);
  write(entry.querySelector("b"), point.label);
  write(entry.querySelector("em"), point.counts);
  write(entry.querySelector(".versus"), point.versus);
  write(entry.querySelector(".value"), point.value);
  write(entry.querySelector(".cost"), point.cost);
  entry.onclick = () => say(point.id);
  entry.onpointerenter = entry.onfocus = () => light(root, point.id);
  entry.onpointerleave = entry.onblur = () => light(root, null);
  entry.onkeydown = (event) => rove([...list.children], event);
}

function createSample(item) {
  const sample = make("span");
  sample.append(make("i", `sample ${item.id}`), make("span"));
  return sample;
}

function light(root, id) {
  for (const part of root.querySelectorAll("[data-of]")) part.classList.toggle("lit", part.dataset.of === id);
}
