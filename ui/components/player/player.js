// The lesson's cards, and after them every step. All words and pictures came from Python at once, so turning a card,
// playing and scrubbing say nothing to the server; only the choice of another network or image does.
const PACE = 2000; // milliseconds a step stays while playing

export default function (component) {
  const root = component.parentElement;
  const state = (root.unetPlayer ??= { lesson: true, card: 0, told: {}, at: 0, lit: false, timer: null });
  takeOver(state, decode(component.data));
  state.root = root;
  state.say = (what, id) => component.setStateValue(what, { id, at: Date.now() });
  document.documentElement.lang = state.data.language;
  wire(root, state);
  show(state);
  setTimeout(() => show(state), 300); // for a drawing that came into the page after the player
}

// A new payload: another language keeps the place, another network the row or at least the block.
function takeOver(state, data) {
  const row = state.data?.steps[state.at].id ?? "";
  if (state.data && state.data.network !== data.network) pause(state);
  state.data = data;
  const block = row.slice(0, row.lastIndexOf(".") + 1);
  const same = data.steps.findIndex((step) => step.id === row);
  const near = data.steps.findLastIndex((step) => block && step.id.startsWith(block));
  state.at = Math.max(0, same >= 0 ? same : near);
  if (!data.cards.length) state.lesson = false;
  else if (state.wanted) begin(state);
}

function begin(state) {
  Object.assign(state, { lesson: true, wanted: false, card: 0, told: {} });
  pause(state);
}

function wire(root, state) {
  const { words } = state.data;
  const find = (name) => root.querySelector(`.${name}`);
  set(find("player"), { lang: state.data.language });
  write(find("leave"), words.leave).onclick = () => release(state);
  write(find("back"), words.back).onclick = () => move(state, -1);
  find("next").onclick = () => move(state, 1);
  find("play").onclick = () => (state.timer ? pause(state) : play(state), show(state));
  write(find("start"), words.start).onclick = () => {
    if (state.data.cards.length) begin(state);
    else Object.assign(state, { wanted: true }).say("network", "trained");
    show(state);
    find("next").focus();
  };
  const scrub = set(find("scrub"), { "aria-label": words.scrub, max: state.data.steps.length - 1 });
  scrub.oninput = () => jump(state, Number(scrub.value));
  options(find("networks"), "networks", state.data.networks, (id) => state.say("network", id), words);
  options(find("images"), "images", state.data.images, (id) => state.say("image", id), words);
  listen(root, "keydown", (event) => keys(state, event));
  listen(root, "click", (event) => picked(state, event));
}

function options(group, name, items, say, words) {
  set(group, { "aria-label": words[name] }).hidden = !items.length;
  reconcile(group, items, () => set(make("button"), { type: "button" }), (button, item) => {
    set(write(button, item.text), { "aria-pressed": item.chosen });
    button.onclick = () => { if (!item.chosen) say(item.id); };
  });
}

// Once for each component, and gone with it.
function listen(root, kind, listener) {
  root.unetListens ??= new Set();
  if (root.unetListens.has(kind)) return;
  root.unetListens.add(kind);
  const pass = (event) => {
    if ((root.host || root).isConnected) return listener(event);
    window.removeEventListener(kind, pass);
    root.unetListens.delete(kind);
  };
  window.addEventListener(kind, pass);
}

// Left and right turn cards and steps wherever no other control wants the keys.
function keys(state, event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const path = event.composedPath();
  picked(state, event);
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  const inside = path.includes(state.root) && path[0].type !== "range";
  const taken = path.some((part) => part.matches?.("input, textarea, select, button, a, [tabindex], [contenteditable]"));
  if (!inside && taken) return;
  event.preventDefault();
  move(state, step);
}

// A box of the drawing, by mouse, Enter or Space: outside the lesson the walk goes on from the last row in it.
function picked(state, event) {
  if (state.lesson || event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
  const box = event.composedPath().find((part) => part.classList?.contains("box") && part.dataset.rows);
  const row = box?.dataset.rows.split(" ").pop();
  const index = state.data.steps.findIndex((step) => step.id === row);
  if (index >= 0) jump(state, index);
}

function move(state, by) {
  if (!state.lesson) return jump(state, state.at + by);
  const asked = state.data.cards[state.card].question && !(state.card in state.told);
  if (by > 0 && asked) state.told[state.card] = null; // skipped: the answer is shown
  else if (by > 0 && state.card === state.data.cards.length - 1) return release(state);
  else state.card = Math.max(0, state.card + by);
  show(state);
}

function jump(state, index) {
  pause(state);
  state.at = Math.min(Math.max(index, 0), state.data.steps.length - 1);
  state.lit = true;
  show(state);
}

function release(state) {
  Object.assign(state, { lesson: false, at: 0, lit: false });
  show(state);
  state.root.querySelector(".next").focus();
}

function play(state) {
  if (state.at === state.data.steps.length - 1) state.at = 0;
  state.lit = true;
  const tick = () => {
    if (!(state.root.host || state.root).isConnected) return;
    state.at += 1;
    state.timer = state.at < state.data.steps.length - 1 ? setTimeout(tick, PACE) : null;
    show(state);
  };
  state.timer = setTimeout(tick, PACE);
}

function pause(state) {
  clearTimeout(state.timer);
  state.timer = null;
}

function show(state) {
  const { root, data } = state;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const find = (name) => root.querySelector(`.${name}`);
  set(find("player"), { class: state.lesson ? "player lesson" : "player walk" });
  for (const name of ["leave", "dots", "question"]) find(name).hidden = !state.lesson;
  for (const name of ["scrub", "bar", "shapes"]) find(name).hidden = state.lesson;
  find("play").hidden = state.lesson || still;
  set(find("words"), { "aria-live": state.timer ? "off" : "polite" });
  if (state.lesson) showCard(state, data.cards[state.card], find);
  else showStep(state, data.steps[state.at], find);
}

function showCard(state, card, find) {
  const { words, cards } = state.data;
  const told = state.card in state.told;
  writeRaised(find("title"), card.title);
  write(find("name"), "");
  write(find("count"), card.count);
  lines(find("text"), [card.text]);
  showPictures(state, find("pictures"), card.pictures, card.sign);
  reconcile(find("dots"), cards.map((_, index) => ({ id: String(index) })), () => make("span"),
    (dot, item) => set(dot, { class: Number(item.id) <= state.card ? "done" : "" }));
  find("back").disabled = state.card === 0;
  find("next").disabled = false;
  const last = state.card === cards.length - 1;
  write(find("next"), card.question && !told ? words.show : last ? words.finish : words.next);
  showQuestion(state, card.question, told, find);
  tellSpotlight(card.rows);
}

function showQuestion(state, question, told, find) {
  find("question").hidden = !question;
  find("verdict").hidden = !question || !told;
  if (!question) return;
  const choice = state.told[state.card];
  write(find("asks"), question.text);
  set(find("choices"), { "aria-label": question.text });
  reconcile(find("choices"), question.choices.map((text, id) => ({ id: String(id), text })), () => set(make("button"), { type: "button" }),
    (button, item) => {
      const index = Number(item.id);
      const kind = !told ? "" : index === question.right ? "right" : index === choice ? "wrong" : "other";
      set(button, { class: kind, "aria-pressed": index === choice, "aria-disabled": told ? "true" : null });
      write(button, { right: "✓ ", wrong: "✗ " }[kind] ? { right: "✓ ", wrong: "✗ " }[kind] + item.text : item.text);
      button.onclick = () => {
        if (state.card in state.told) return;
        state.told[state.card] = index;
        show(state);
      };
    });
  const { words } = state.data;
  const judged = typeof choice !== "number" ? "" : choice === question.right ? words.right : words.wrong;
  lines(find("verdict"), told ? [judged, question.answer].filter(Boolean) : []);
}

function showStep(state, step, find) {
  const { words, steps } = state.data;
  writeRaised(find("title"), step.title);
  write(find("name"), step.name);
  write(find("count"), step.count);
  lines(find("shapes"), [step.shapes, ...step.changes]);
  lines(find("text"), step.text);
  const shown = step.picture ? [{ id: step.picture, name: step.picture, caption: step.caption }] : [{ id: "none", caption: words.none }];
  showPictures(state, find("pictures"), shown);
  write(find("play"), state.timer ? words.pause : words.play);
  write(find("next"), words.next);
  find("back").disabled = state.at === 0;
  find("next").disabled = state.at === steps.length - 1;
  const scrub = set(find("scrub"), { "aria-valuetext": `${step.count}: ${step.title}` });
  scrub.value = state.at;
  scrub.style.setProperty("--done", `${(100 * state.at) / Math.max(1, steps.length - 1)}%`);
  tellSpotlight(state.lit ? step.rows : null);
}

function lines(parent, texts) {
  reconcile(parent, texts.map((text, id) => ({ id: String(id), text })), () => make("div"), (line, item) => write(line, item.text));
}

function showPictures(state, parent, pictures, sign) {
  parent.classList.toggle("many", pictures.length > 2);
  reconcile(parent, pictures, createPicture, (figure, picture) => {
    set(figure, { "data-sign": sign });
    const image = figure.querySelector("img");
    const source = picture.src ?? state.data.pictures[picture.name];
    figure.classList.toggle("empty", !source);
    image.hidden = !source;
    if (source) set(image, { src: source, alt: picture.caption });
    write(figure.querySelector("figcaption"), picture.caption);
    const ring = figure.querySelector(".ring");
    ring.hidden = picture.left === undefined;
    Object.assign(ring.style, { left: `${picture.left}%`, top: `${picture.top}%` });
  });
}

function createPicture() {
  const figure = make("figure");
  const frame = figure.appendChild(make("div", "frame"));
  frame.appendChild(make("img"));
  frame.appendChild(make("span", "ring"));
  figure.appendChild(make("figcaption"));
  return figure;
}
