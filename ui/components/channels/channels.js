// The channels of one block, each over the image, in the colours of one scale; a click lays one on the large picture, a
// second takes it off again. A picture that is larger than its tile comes whole when it is laid down.
export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  const state = (root.unetChannels ??= { pressed: null });
  if (state.digest !== head.digest) Object.assign(state, { digest: head.digest, pressed: null });
  Object.assign(state, { head, say: (channel) => component.setStateValue("laid", { digest: head.digest, channel }) });
  set(root.querySelector(".channels"), { lang: head.language });
  writeRaised(root.querySelector(".title"), head.title);
  write(root.querySelector(".where"), head.where).hidden = !head.where;
  drawLegend(root.querySelector(".legend"), head.legend);
  const grid = set(root.querySelector(".grid"), { "aria-label": head.title });
  reconcile(grid, head.tiles, createTile, (tile, item) => updateTile(tile, item, blobs, state));
  const tiles = [...grid.children];
  if (!tiles.includes(root.activeElement)) tiles.forEach((tile, index) => set(tile, { tabindex: index ? "-1" : "0" }));
  const laid = tiles.find((tile) => tile.dataset.id === state.pressed);
  if (laid) lay(laid, state, blobs.whole);
  hear(root, "unet-channel", (detail) => press(tiles, state, detail?.id ?? null));
  press(tiles, state, laid ? state.pressed : null);
  window.unetBlock = head.block; // for a journey that comes later
  tell("unet-block", head.block);
}

function drawLegend(legend, { palette, says, low, zero, high }) {
  for (const [name, text] of Object.entries({ says, low, zero, high })) write(legend.querySelector(`.${name}`), text);
  paintLevels(legend.querySelector("canvas"), Uint8Array.from({ length: 256 }, (_, level) => level), [1, 256], palette);
}

function createTile() {
  const tile = set(make("button"), { type: "button" });
  const picture = make("span", "picture");
  picture.append(make("canvas"));
  tile.append(picture, make("span", "text"), make("span", "here"), make("span", "effect"));
  return tile;
}

function updateTile(tile, item, blobs, state) {
  for (const name of ["text", "here", "effect"]) write(tile.querySelector(`.${name}`), item[name]).hidden = !item[name];
  set(tile, { "aria-label": [item.label, item.here, item.effect].filter(Boolean).join("; ") });
  markCell(tile.querySelector(".picture"), item.cell, state.head.map);
  if (tile.unetKey !== item.key) {
    tile.unetKey = item.key;
    paintLevels(tile.querySelector("canvas"), blobs[item.id], item.size, state.head.legend.palette);
    tile.unetWhole = null;
  }
  tile.unetItem = item;
  tile.onclick = () => {
    if (state.pressed === item.id) return tell("unet-channel", null);
    lay(tile, state);
    if (item.reduced) state.say(item.channel);
  };
  tile.onkeydown = (event) => rove([...tile.parentElement.children], event);
}

// On the large picture: the tile's own canvas, or the whole map as soon as it has come.
function lay(tile, state, whole) {
  const { head } = state;
  const item = tile.unetItem;
  if (whole && head.whole.id === item.id && head.whole.key !== tile.unetWhole?.key) {
    tile.unetWhole = { key: head.whole.key, canvas: make("canvas") };
    paintLevels(tile.unetWhole.canvas, whole, head.whole.size, head.legend.palette);
  }
  const canvas = tile.unetWhole?.canvas ?? tile.querySelector("canvas");
  const told = [item.id, canvas, item.key];
  if (state.pressed === item.id && state.told?.every((each, index) => each === told[index])) return;
  state.told = told;
  tell("unet-channel", { id: item.id, canvas, label: item.label, extent: head.extent });
}

function press(tiles, state, id) {
  state.pressed = id;
  if (id === null) state.told = null;
  for (const tile of tiles) set(tile, { "aria-pressed": tile.dataset.id === id });
}
