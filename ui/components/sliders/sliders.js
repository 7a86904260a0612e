// Sliders that speak while they are being dragged. The newest value is sent when the answer to the last has come back,
// so a slow server skips steps instead of lagging behind.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const state = (root.unetSliders ??= { waiting: null, next: null, held: null });
  state.send = (move) => component.setStateValue("move", move);
  const list = root.querySelector(".sliders");
  set(list, { lang: data.language });
  reconcile(list, data.sliders, (item) => createSlider(item, state), (child, item) => updateSlider(child, item, state));
  showNote(root, data, state);
  if (state.waiting !== null && data.seen >= state.waiting) {
    state.waiting = null;
    if (state.next) post(state, state.next);
  }
}

function post(state, move) {
  if (state.waiting !== null) {
    state.next = move;
    return;
  }
  state.next = null;
  state.waiting = Date.now();
  state.send({ ...move, seq: state.waiting });
  const sent = state.waiting;
  setTimeout(() => {   // an answer lost on the way must not freeze the sliders
    if (state.waiting === sent) {
      state.waiting = null;
      if (state.next) post(state, state.next);
    }
  }, 3000);
}

function createSlider(item, state) {
  const box = make("div", "slider");
  const label = box.appendChild(make("label"));
  label.appendChild(make("span", "name"));
  label.appendChild(make("output"));
  const input = box.appendChild(make("input"));
  input.type = "range";
  input.id = `slider-${item.id}`;
  label.htmlFor = input.id;
  return box;
}

function updateSlider(box, item, state) {
  const input = box.querySelector("input");
  const output = box.querySelector("output");
  const show = (index) => {
    write(output, item.texts[index]);
    set(input, { "aria-valuetext": item.texts[index] });
    input.style.setProperty("--done", `${(100 * index) / Math.max(1, item.values.length - 1)}%`);
  };
  write(box.querySelector(".name"), item.label);
  set(input, { min: 0, max: item.values.length - 1, step: 1 });
  input.disabled = item.locked;
  if (state.held !== item.id) {
    if (Number(input.value) !== item.index) input.value = item.index;
    show(item.index);
  }
  const move = (final) => post(state, { id: item.id, value: item.values[Number(input.value)], final });
  input.oninput = () => {
    state.held = item.id;
    show(Number(input.value));
    move(false);
  };
  // A slider that is dragged away and back sends no `change`, so letting go counts as well.
  const release = () => {
    if (state.held !== item.id) return;
    state.held = null;
    move(true);
  };
  input.onchange = input.onpointerup = input.onpointercancel = input.onblur = release;
}

function showNote(root, data, state) {
  set(root.querySelector(".note"), { class: data.refused ? "note refused" : "note" });
  write(root.querySelector(".note span"), data.note);
  reconcile(root.querySelector(".note div"), data.actions, () => set(make("button"), { type: "button" }), (button, item) => {
    write(button, item.text);
    button.onclick = () => post(state, { id: "action", value: item.id, final: true });
  });
}
