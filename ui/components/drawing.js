// Shared by the two drawings: the card beside a box, and the end of a movement. It stands between common.js and the component's own script.

// `lines` are the card's; [x, y, width, height] is the box in the drawing's units. The card keeps `half` of its width
// inside the sheet, and `lift` units above a box of the lower half.
function showCard(root, data, lines, [x, y, width, height], half, lift) {
  const card = root.querySelector(".card");
  reconcile(card, lines.map((line) => ({ id: String(line), text: data.phrases[line] })), () => make("div"), (line, item) => writeRaised(line, item.text));
  const below = y + height / 2 < data.height / 2;
  const frame = root.querySelector("svg").getBoundingClientRect();
  const outer = root.querySelector(".sheet").getBoundingClientRect();
  const drawn = Math.min(frame.width, (frame.height * data.width) / data.height);
  const scale = drawn / data.width;
  const left = frame.left - outer.left + (frame.width - drawn) / 2 + (x + width / 2) * scale;
  card.style.left = `${Math.min(Math.max(left, half), outer.width - half)}px`;
  card.style.top = below ? `${(y + height) * scale + 10}px` : "";
  card.style.bottom = below ? "" : `${outer.height - (y - lift) * scale}px`;
  card.hidden = false;
}

function hideCard(root) {
  root.querySelector(".card").hidden = true;
}

function stop(state) {
  cancelAnimationFrame(state.running);
  state.running = 0;
}
