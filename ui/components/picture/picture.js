// The image and what lies on it: the mask at a threshold, or one channel of a block. Opacity and threshold move here,
// without a message to the server. Probabilities come as 0..255 = floor(256 p), so a threshold of k/256 is exact.
export default function (component) {
  const root = component.parentElement;
  const { head, blobs } = unpack(component.data);
  const state = (root.unetPicture ??= { opacity: 55, channel: null });
  set(root.querySelector(".picture"), { lang: head.language });
  wire(root, state, head, component);
  if (state.digest === head.digest) return draw(root, state);
  Object.assign(state, { digest: head.digest, threshold: head.threshold, counts: head.counts, channel: null });
  Promise.all([pixels(blobs.image), pixels(blobs.probability)]).then(([image, probability]) => {
    if (state.digest !== head.digest) return; // another image came meanwhile
    Object.assign(state, { image, probability });
    draw(root, state);
  });
}

function wire(root, state, head, component) {
  state.text = head.text;
  const names = root.querySelectorAll(".controls .name");
  write(names[0], head.text.opacity);
  write(names[1], head.text.threshold);
  const opacity = root.querySelector(".opacity");
  const threshold = root.querySelector(".threshold");
  opacity.value = state.opacity;
  threshold.value = state.digest === head.digest ? state.threshold : head.threshold;
  opacity.oninput = () => { state.opacity = Number(opacity.value); draw(root, state); };
  threshold.oninput = () => { state.threshold = Number(threshold.value); state.channel = null; draw(root, state); };
  threshold.onchange = () => component.setStateValue("threshold", { digest: head.digest, value: state.threshold });
  const back = root.querySelector(".back");
  write(back, head.text.back);
  back.onclick = () => { state.channel = null; draw(root, state); };
  set(root.querySelector(".image"), { "aria-label": head.text.image });
  if (root.unetChannel) return;
  root.unetChannel = (event) => {
    if (!(root.host || root).isConnected) return window.removeEventListener("unet-channel", root.unetChannel);
    state.channel = event.detail;
    draw(root, state);
  };
  window.addEventListener("unet-channel", root.unetChannel);
}

function draw(root, state) {
  if (!state.image) return;
  const { width, height } = state.image;
  const image = root.querySelector(".image");
  const overlay = root.querySelector(".overlay");
  for (const canvas of [image, overlay]) if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  root.querySelector(".stack").style.aspectRatio = `${width} / ${height}`;
  root.querySelector(".stack").style.maxWidth = `min(100%, calc(52vh * ${width / height}))`;
  image.getContext("2d").putImageData(state.image, 0, 0);
  overlay.style.opacity = state.opacity / 100;
  if (state.channel) drawChannel(overlay, state);
  else drawMask(overlay, state);
  const [opacity, threshold] = root.querySelectorAll(".controls output");
  write(opacity, `${state.opacity} %`);
  write(threshold, (state.threshold / 256).toFixed(2));
  root.querySelector(".back").hidden = !state.channel;
  write(root.querySelector(".shown"), state.channel ? state.channel.label
    : state.text.area.replace("{percent}", covered(state).toFixed(1)));
}

// Of the whole image, by Python's count of every probability, also where the picture here is a smaller one.
function covered({ counts, threshold }) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return (100 * counts.slice(threshold).reduce((sum, count) => sum + count, 0)) / all;
}

function drawMask(canvas, state) {
  const { width, height, data } = state.probability;
  const mask = new ImageData(width, height);
  const out = new Uint32Array(mask.data.buffer);
  for (let i = 0; i < out.length; i++) {
    if (data[4 * i] >= state.threshold) out[i] = MASK;
  }
  canvas.getContext("2d").putImageData(mask, 0, 0);
}

const MASK = 0xff00a5ff; // orange, as bytes of RGBA on a little-endian machine

function drawChannel(canvas, state) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false; // a coarse map is shown as coarse as it is
  const [down, across] = state.channel.extent; // its last row and column may reach beyond the image
  context.drawImage(state.channel.canvas, 0, 0, canvas.width * across, canvas.height * down);
}
