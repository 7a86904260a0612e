// The way of an image through a network, one picture for each block, from the input to the mask; a click selects a
// block. Which one is selected is told by the channels, so that a click sends no picture a second time.
export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  set(root.querySelector(".journey"), { lang: head.language });
  write(root.querySelector(".title"), head.title);
  write(root.querySelector(".text"), head.text);
  const strip = set(root.querySelector(".strip"), { "aria-label": head.title });
  reconcile(strip, head.stops, createStop, (stop, item) => updateStop(stop, item, blobs, component));
  onBlock(root, strip, window.unetBlock ?? null);
  hear(root, "unet-block", (block) => onBlock(root, strip, block));
}

function createStop(item) {
  const stop = item.pick ? set(make("button", "stop"), { type: "button" }) : set(make("div", "stop"), { role: "img" });
  const picture = make("span", "picture");
  picture.append(make("canvas"));
  stop.append(picture, make("span", "name"), make("span", "size"), make("span", "channel"), make("span", "here"));
  return stop;
}

function updateStop(stop, item, blobs, component) {
  stop.style.marginTop = `${item.level * 0.6}rem`; // down the U and up again
  const picture = stop.querySelector(".picture");
  picture.style.aspectRatio = `${item.map[1]} / ${item.map[0]}`;
  writeRaised(stop.querySelector(".name"), item.name);
  write(stop.querySelector(".size"), item.size);
  for (const name of ["channel", "here"]) write(stop.querySelector(`.${name}`), item[name]).hidden = !item[name];
  set(stop, { "aria-label": item.label });
  markCell(picture, item.cell, item.map);
  if (stop.unetKey !== item.key) {
    stop.unetKey = item.key;
    paint(stop.querySelector("canvas"), item, blobs[item.id], stop);
  }
  if (!item.pick) return;
  stop.onclick = () => component.setStateValue("picked", { row: item.id, at: Date.now() });
  stop.onkeydown = (event) => rove([...stop.parentElement.querySelectorAll("button")], event);
}

function paint(canvas, item, blob, stop) {
  if (item.palette) return paintLevels(canvas, blob, item.shown, item.palette);
  pixels(blob).then((image) => { // a mask comes in its colours
    if (stop.unetKey !== item.key) return;
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(image, 0, 0);
  });
}

function onBlock(root, strip, block) {
  const stops = [...strip.querySelectorAll("button")];
  const chosen = stops.find((stop) => stop.dataset.id === block);
  for (const stop of stops) set(stop, { "aria-pressed": stop === chosen });
  if (chosen && (chosen.offsetLeft < strip.scrollLeft || chosen.offsetLeft + chosen.offsetWidth > strip.scrollLeft + strip.clientWidth)) {
    strip.scrollLeft = chosen.offsetLeft - (strip.clientWidth - chosen.offsetWidth) / 2;
  }
  if (stops.includes(root.activeElement)) return;
  for (const stop of stops) set(stop, { tabindex: stop === (chosen ?? stops[0]) ? "0" : "-1" });
}
