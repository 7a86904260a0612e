// Runs in every page before the app: knows when the page is at rest, and how often it spoke to the server.
// `numbers` are those of the two messages in Streamlit's protocol; the conftest reads them from Streamlit itself.
(numbers) => {
  const roots = [document];
  const rest = { sent: 0, awaited: false, last: 0 };
  const touch = () => { rest.last = performance.now(); };

  // The numbers and values of a protobuf message's own fields; of what has a length, the length
  const fields = (bytes) => {
    const found = new Map();
    let place = 0;
    const whole = () => {
      for (let value = 0, scale = 1; ; scale *= 128) {
        value += (bytes[place] & 127) * scale;
        if (bytes[place++] < 128) return value;
      }
    };
    while (place < bytes.length) {
      const tag = whole();
      const value = [0, 2].includes(tag % 8) ? whole() : 0;
      found.set(tag >> 3, value);
      place += { 1: 8, 2: value, 5: 4 }[tag % 8] ?? 0;
    }
    return found;
  };

  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      rest.awaited = true; // the first script
      this.addEventListener("message", ({ data }) => {
        touch();
        const finished = fields(new Uint8Array(data)).get(numbers.finished);
        if (finished !== undefined && finished !== numbers.early) rest.awaited = false;
      });
    }

    send(data) {
      touch();
      rest.sent += 1;
      if (fields(new Uint8Array(data)).has(numbers.rerun)) rest.awaited = true;
      super.send(data);
    }
  };

  const watch = (root) => new MutationObserver(touch).observe(
    root, { subtree: true, childList: true, attributes: true, characterData: true });
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (...given) {
    const root = attach.apply(this, given);
    roots.push(root);
    watch(root);
    return root;
  };
  watch(document);

  const moves = (root) => root.getAnimations().some((animation) =>
    animation.playState === "running" && animation.effect.getComputedTiming().endTime !== Infinity);
  // Nothing is awaited, and for so many milliseconds nothing was said, heard, drawn or moved
  rest.over = (quiet) => {
    if (rest.awaited || roots.some(moves)) touch();
    return performance.now() - rest.last > quiet && document.querySelector('[data-test-script-state="notRunning"]');
  };
  rest.touch = touch;
  window.unetRest = rest;
}
