// A net with a head at every level, cut at one of them: mask, figures and costs of every cut came together, so the slider
// needs no answer from the server. What is not known of a cut is said in its cell.
export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  const state = (root.unetPruning ??= { at: null });
  Object.assign(state, { head, blobs });
  const cuts = head.cuts.filter((cut) => cut.level);
  if (state.key !== head.key || !cuts.some((cut) => cut.id === state.at)) Object.assign(state, { key: head.key, at: head.start });
  set(root.querySelector(".pruning"), { lang: head.language });
  const slider = root.querySelector("input");
  set(slider, { min: 1, max: cuts.length, "aria-label": head.text.slider });
  slider.oninput = () => { state.at = cuts[Number(slider.value) - 1].id; draw(root, state); };
  write(root.querySelector(".slide .name"), head.text.slider);
  write(root.querySelector("caption"), head.text.table);
  draw(root, state);
}

function draw(root, state) {
  const { head, blobs } = state;
  const cuts = head.cuts.filter((cut) => cut.level);
  const chosen = head.cuts.find((cut) => cut.id === state.at);
  const slider = root.querySelector("input");
  slider.value = String(cuts.indexOf(chosen) + 1);
  set(slider, { "aria-valuetext": chosen.title });
  write(root.querySelector("output"), chosen.title);
  reconcile(root.querySelector(".stops"), cuts.map(({ id }) => ({ id })), () => make("span"), (stop, { id }) => {
    write(stop, id);
    set(stop, { class: id === state.at ? "here" : "" });
  });
  const large = root.querySelector(".large");
  large.hidden = !blobs[chosen.id];
  root.querySelector(".top").classList.toggle("alone", large.hidden);
  picture(large, chosen, state);
  writeRaised(large.querySelector("figcaption"), chosen.caption);
  writeRaised(root.querySelector(".says"), chosen.says);
  figures(root, state);
  reconcile(root.querySelector(".strip"), head.cuts.filter((cut) => blobs[cut.id]), createThumb, (thumb, cut) => {
    picture(thumb, cut, state);
    write(thumb.querySelector("b"), cut.short);
    write(thumb.querySelector("span"), cut.dice);
    set(thumb, { "aria-pressed": cut.level ? String(cut.id === state.at) : null, class: cut.level ? "thumb" : "thumb mean", disabled: cut.level ? null : "" });
    thumb.onclick = () => { state.at = cut.id; draw(root, state); };
  });
  set(root.querySelector(".strip"), { "aria-label": head.text.strip });
}

function createThumb() {
  const thumb = set(make("button"), { type: "button" });
  const frame = make("div", "frame");
  frame.appendChild(make("canvas"));
  thumb.append(frame, make("b"), make("span"));
  return thumb;
}

function picture(holder, cut, state) {
  if (!state.blobs[cut.id]) return;
  const [height, width] = cut.size;
  holder.querySelector(".frame").style.aspectRatio = `${width} / ${height}`;
  if (holder.unetShown === cut.key) return;
  holder.unetShown = cut.key;
  (state.painted ??= {})[cut.key] ??= pixels(state.blobs[cut.id]);
  state.painted[cut.key].then((image) => {
    if (holder.unetShown !== cut.key) return; // the slider has moved on
    const canvas = Object.assign(holder.querySelector("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(image, 0, 0);
  });
}

// A row for every figure, a column for every cut; the bar is its share of the largest of the row.
function figures(root, state) {
  const { head } = state;
  const columns = [{ id: "", text: "" }, ...head.cuts.map((cut) => ({ id: cut.id, text: cut.short, here: cut.id === state.at }))];
  reconcile(root.querySelector("thead tr"), columns, () => set(make("th"), { scope: "col" }), (cell, { text, here }) => {
    write(cell, text);
    set(cell, { class: here ? "here" : "" });
  });
  reconcile(root.querySelector("tbody"), head.rows, () => make("tr"), (row, item) => {
    const cells = [{ id: "", text: item.title }, ...head.cuts.map((cut, index) => ({ id: cut.id, here: cut.id === state.at, ...item.cells[index] }))];
    reconcile(row, cells, ({ id }) => (id ? filled(make("td")) : set(make("th"), { scope: "row" })), (cell, { id, text, share, here }) => {
      if (!id) return void write(cell, text);
      write(cell.querySelector("span"), text);
      cell.querySelector("i").style.height = `${share ?? 0}%`;
      set(cell, { class: here ? "here" : "" });
    });
  });
}

function filled(cell) {
  const bar = set(make("div", "bar"), { "aria-hidden": "true" });
  bar.appendChild(make("i"));
  cell.append(bar, make("span"));
  return cell;
}
