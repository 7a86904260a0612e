// The card of one block. Every number, place and share comes from Python; a pick goes back to it.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const quiet = root.querySelector(".quiet");
  const card = root.querySelector(".block-card");
  write(set(quiet, { lang: data.language, tabindex: "-1" }), data.quiet ?? "");
  quiet.hidden = data.selected !== null;
  card.hidden = data.selected === null;
  set(card, { lang: data.language, "data-selected": data.selected, "data-block": data.block ?? null });
  const before = root.unetBlock;
  root.unetBlock = data.block ?? null;
  if (data.selected === null) {
    if (root.unetClosing) quiet.focus({ preventScroll: true });
    root.unetClosing = false;
    return;
  }
  const focused = root.activeElement;
  const pick = (row) => component.setStateValue("picked", { row, at: Date.now() });
  showHead(root, card, data, pick);
  showOperations(card.querySelector(".operations"), data.operations, pick);
  showWork(card.querySelector(".work"), data.work);
  showJoin(card.querySelector(".join"), data.join);
  showCosts(card.querySelector(".costs"), data.costs);
  showField(card.querySelector(".field"), data.field);
  showSource(card, data.source);
  const close = () => {
    root.unetClosing = true;
    component.setStateValue("closed", Date.now());
  };
  set(card.querySelector(".close"), { "aria-label": data.close, title: data.close }).onclick = close;
  card.onkeydown = (event) => { if (event.key === "Escape") close(); };
  if (focused && !focused.isConnected) card.querySelector("h2").focus({ preventScroll: true });
  onHover(root, (rows) => light(card, rows));
  // With the frame: asked for earlier, the place of the card would cost a layout of the page by itself.
  if (before !== undefined && before !== data.block) requestAnimationFrame(() => reveal(card));
}

const ANSWER = 210; // pixels of a card that answer the click; the rest must not push what was clicked out of sight

// What a click in the drawing asked for must be seen; a card whose answer is in the window stays where it is.
function reveal(card) {
  if (card.getBoundingClientRect().top + ANSWER <= window.innerHeight) return;
  card.style.scrollMarginBottom = `${Math.min(0, ANSWER - card.offsetHeight)}px`;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "nearest", behavior: still ? "instant" : "smooth" });
}

function showHead(root, card, data, pick) {
  set(card, { "aria-label": data.title });
  write(card.querySelector("h2 .name"), data.title);
  writeRaised(card.querySelector("h2 .sign"), data.sign);
  write(card.querySelector("header .shapes"), data.shapes);
  const groups = [{ id: "reads", ...data.reads }, { id: "feeds", ...data.feeds }].filter((group) => group.items.length);
  reconcile(card.querySelector(".ways-on"), groups, () => {
    const group = make("span", "way-on");
    group.appendChild(make("span", "word"));
    group.appendChild(make("span", "buttons"));
    return group;
  }, (group, item) => {
    write(group.querySelector(".word"), item.title);
    reconcile(group.querySelector(".buttons"), item.items, () => set(make("button", "neighbour"), { type: "button" }), (button, other) => {
      writeRaised(set(button, { title: other.name }), other.sign);
      button.onclick = () => pick(other.id);
      button.onpointerenter = button.onfocus = () => tellHover([other.id]);
      button.onpointerleave = button.onblur = () => tellHover(null);
    });
  });
}

function showOperations(place, data, pick) {
  write(place.querySelector("h3"), data.title);
  const list = place.querySelector("ul");
  reconcile(list, data.items, () => {
    const line = make("li");
    const button = set(line.appendChild(make("button")), { type: "button" });
    button.appendChild(make("span", "name"));
    button.appendChild(make("span", "shapes"));
    return line;
  }, (line, item) => {
    const button = line.querySelector("button");
    write(button.querySelector(".name"), item.name);
    write(button.querySelector(".shapes"), item.shapes);
    set(button, { "aria-current": item.selected ? "true" : null, class: item.explained ? "explained" : "" });
    button.onclick = () => pick(item.id);
    button.onpointerenter = button.onfocus = () => tellHover([item.id]);
    button.onpointerleave = button.onblur = () => tellHover(null);
    button.onkeydown = (event) => rove([...list.querySelectorAll("button")], event);
  });
  const buttons = [...list.querySelectorAll("button")];
  const current = buttons.find((button) => button.getAttribute("aria-current")) ?? buttons[0];
  for (const button of buttons) set(button, { tabindex: button === current ? "0" : "-1" });
}

function showWork(place, data) {
  write(place.querySelector("h3"), data.title);
  const does = place.querySelector(".does");
  write(does, data.does);
  does.hidden = !data.does;
  reconcile(place.querySelector(".equations"), data.lines, () => {
    const line = make("div", "equation");
    line.appendChild(make("span", "text"));
    line.appendChild(make("span", "terms"));
    return line;
  }, (line, item) => {
    write(line.querySelector(".text"), item.text);
    write(line.querySelector(".terms"), item.terms);
  });
}

function showJoin(place, data) {
  place.hidden = !data;
  if (!data) return;
  reconcile(place, [{ id: "title" }, { id: "bar" }, { id: "summary" }, { id: "halves" }, { id: "ways" }], (item) => {
    return make(item.id === "title" ? "h4" : "div", item.id);
  }, () => {});
  const [title, bar, summary, halves, ways] = place.children;
  write(title, data.title);
  write(summary, data.summary);
  set(bar, { class: `bar ${data.kind}`, "aria-hidden": "true" });
  reconcile(bar, data.halves, () => make("span"), (span, half) => {
    span.style.width = data.kind === "add" ? "100%" : `${half.percent}%`;
    write(set(span, { class: half.kind }), String(half.channels));
  });
  reconcile(halves, data.halves, () => {
    const line = make("div", "half");
    for (const name of ["key", "sign", "rest"]) line.appendChild(make("span", name));
    return line;
  }, (line, half) => {
    set(line.querySelector(".key"), { class: `key ${half.kind}`, "aria-hidden": "true" });
    writeRaised(line.querySelector(".sign"), half.sign);
    write(line.querySelector(".rest"), half.text);
  });
  halves.hidden = !data.ways;
  showWays(ways, data.ways);
}

function showWays(place, data) {
  place.hidden = !data;
  if (!data) return;
  set(place, { role: "table" });
  const rows = [{ id: "heads", name: data.heads[0], cells: data.heads.slice(1), reason: "" }, ...data.rows];
  reconcile(place, rows, () => set(make("div", "way"), { role: "row" }), (row, item) => {
    const role = item.id === "heads" ? "columnheader" : "cell";
    const cells = [{ text: item.name, role: item.id === "heads" ? role : "rowheader" },
      ...(item.reason ? [{ text: item.reason, role, wide: true }] : item.cells.map((text) => ({ text, role })))];
    reconcile(row, cells.map((cell, index) => ({ id: String(index), ...cell })), () => make("span"), (span, cell) => {
      write(set(span, { role: cell.role, class: cell.wide ? "reason" : "", "aria-colspan": cell.wide ? 3 : null }), cell.text);
    });
  });
}

function showCosts(place, data) {
  write(place.querySelector("h3"), data.title);
  reconcile(place.querySelector(".items"), data.items, () => {
    const item = make("div", "cost");
    item.appendChild(make("span", "text"));
    item.appendChild(make("span", "track")).appendChild(make("span", "filled"));
    item.appendChild(make("span", "share"));
    return item;
  }, (element, item) => {
    write(element.querySelector(".text"), item.text);
    write(element.querySelector(".share"), item.share);
    element.querySelector(".filled").style.width = `${item.percent}%`;
  });
}

function showField(place, data) {
  const { drawing } = data;
  write(place.querySelector("h3"), data.title);
  const svg = place.querySelector("svg");
  set(svg, { viewBox: `0 0 ${drawing.width} ${drawing.height}`, width: drawing.width, height: drawing.height });
  set(svg.querySelector(".whole"), drawing.input);
  set(svg.querySelector(".part"), drawing.field);
  const [x1, x2, y] = drawing.leader;
  set(svg.querySelector("line"), { x1, x2, y1: y, y2: y });
  write(set(svg.querySelector(".part-text"), { x: x2 + 3, y: y + 4 }), drawing.fieldText);
  write(set(svg.querySelector(".whole-text"), { x: 1 + drawing.input.width / 2, y: drawing.input.height + 15 }), drawing.inputText);
  const lines = data.lines.map((text, id) => ({ id: String(id), text }));
  reconcile(place.querySelector(".lines"), lines, () => make("p"), (line, item) => write(line, item.text));
}

function showSource(place, data) {
  const pieces = place.querySelector(".pieces");
  const button = write(place.querySelector("button.code"), data.title);
  button.onclick = () => {
    pieces.hidden = !pieces.hidden;
    set(button, { "aria-expanded": !pieces.hidden });
    if (!pieces.hidden) showPieces(pieces, data.pieces);
  };
  if (!pieces.hidden) showPieces(pieces, data.pieces);
}

function showPieces(place, pieces) {
  reconcile(place, pieces, () => {
    const piece = make("div", "piece");
    piece.appendChild(make("div", "file"));
    set(piece.appendChild(make("pre")), { tabindex: "0", lang: "en", role: "region" });
    return piece;
  }, (piece, item) => {
    write(piece.querySelector(".file"), item.title);
    const code = set(piece.querySelector("pre"), { "aria-label": item.title });
    const lines = item.lines.map((text, index) => ({ id: `${index} ${text}`, text, made: index === item.made }));
    reconcile(code, lines, () => make("span"), (line, entry) => {
      write(set(line, { class: entry.made ? "made" : "" }), `${entry.text}\n`);
    });
  });
}

function light(card, rows) {
  for (const line of card.querySelectorAll(".operations li")) {
    line.classList.toggle("lit", rows !== null && rows.includes(line.dataset.id));
  }
}
