// All kernels, each as its weights and what it makes of the image; a click uses one in the picture above.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const gallery = set(root.querySelector(".gallery"), { lang: data.language });
  reconcile(gallery, data.groups, createGroup, (group, item) => updateGroup(group, item, data, component));
  const buttons = [...gallery.querySelectorAll("button")];
  const current = buttons.find((button) => button === root.activeElement)
    ?? buttons.find((button) => button.getAttribute("aria-pressed") === "true") ?? buttons[0];
  for (const button of buttons) set(button, { tabindex: button === current ? "0" : "-1" });
}

function createGroup() {
  const group = make("section");
  for (const part of ["title", "text", "cards"]) group.appendChild(make("div", part));
  return group;
}

function updateGroup(group, item, data, component) {
  write(group.querySelector(".title"), item.title);
  write(group.querySelector(".text"), item.text);
  set(group, { class: item.cards[0].tiles.length > 1 ? "group pairs" : "group" });
  set(group.querySelector(".cards"), { role: "group", "aria-label": item.title });
  reconcile(group.querySelector(".cards"), item.cards, () => make("div", "card"), (card, each) => {
    const tiles = each.title ? [{ id: "title", text: each.title }, ...each.tiles] : each.tiles;
    reconcile(card, tiles, createTile, (tile, one) => updateTile(tile, one, data, component));
  });
}

function createTile(item) {
  if (item.text) return make("div", "card-title");
  const tile = set(make("button"), { type: "button" });
  for (const part of ["weights", "made"]) set(tile.appendChild(make("img", part)), { alt: "" });
  tile.appendChild(make("div", "name"));
  return tile;
}

function updateTile(tile, item, data, component) {
  if (item.text) return write(tile, item.text);
  set(tile, { "aria-pressed": item.id === data.used, "aria-label": item.label, title: item.label });
  write(tile.querySelector(".name"), item.name);
  set(tile.querySelector(".made"), { src: item.src });
  set(tile.querySelector(".weights"), { src: item.weights });
  tile.onclick = () => component.setStateValue("picked", { kernel: item.id, at: Date.now() });
  tile.onkeydown = (event) => rove([...tile.closest(".gallery").querySelectorAll("button")], event);
}
