// The channels of one block, each over the image; a click lays one on the large picture.
export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  set(root.querySelector(".channels"), { lang: head.language });
  write(root.querySelector(".title"), head.title);
  const grid = root.querySelector(".grid");
  set(grid, { "aria-label": head.title });
  if (root.unetDigest === head.digest) return;
  root.unetDigest = head.digest;
  reconcile(grid, head.channels, createTile, (tile, item) => updateTile(tile, item, blobs, head, root));
  const tiles = [...grid.children];
  tiles.forEach((tile, index) => set(tile, { tabindex: index ? "-1" : "0", "aria-pressed": "false" }));
}

function createTile() {
  const tile = set(make("button"), { type: "button" });
  tile.appendChild(make("canvas"));
  tile.appendChild(make("span"));
  return tile;
}

function updateTile(tile, item, blobs, head, root) {
  write(tile.querySelector("span"), item.text);
  set(tile, { "aria-label": item.label });
  pixels(blobs[item.id]).then((image) => {
    if (root.unetDigest !== head.digest) return; // another block was clicked meanwhile
    const canvas = tile.querySelector("canvas");
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(coloured(image), 0, 0);
  });
  tile.onclick = () => {
    for (const other of tile.parentElement.children) set(other, { "aria-pressed": other === tile });
    window.dispatchEvent(new CustomEvent("unet-channel", {
      detail: { canvas: tile.querySelector("canvas"), label: item.label, extent: head.extent },
    }));
  };
  tile.onkeydown = (event) => rove([...tile.parentElement.children], event);
}
