"""What the benchmarks in a browser share: finding an element behind shadow roots, and waiting for a painted frame."""

SCRIPT = """
const find = (selector, root = document) => {
  const hit = root.querySelector(selector);
  if (hit) return hit;
  for (const element of root.querySelectorAll('*')) {
    const deep = element.shadowRoot && find(selector, element.shadowRoot);
    if (deep) return deep;
  }
  return null;
};
const afterFrame = (then) => requestAnimationFrame(() => { // a message posted now is handled right after this frame
  const channel = new MessageChannel();
  channel.port1.onmessage = then;
  channel.port2.postMessage(0);
});
"""


def timed(arguments: str, body: str) -> str:
    """A function for `page.evaluate` that takes `arguments` and promises what `body` hands to `resolve`."""
    return f"({arguments}) => new Promise((resolve) => {{{SCRIPT}{body}}})"
