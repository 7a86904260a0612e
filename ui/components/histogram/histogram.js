// How many things are how large: one bar for each bin, read by mouse or arrow keys. Nothing is computed here.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  set(root.querySelector(".histogram"), { lang: data.language });
  write(root.querySelector(".title"), data.title);
  write(root.querySelector(".axis"), data.axis);
  const told = root.querySelector(".read");
  if (root.unetBins !== data.digest) write(told, data.hint);
  root.unetBins = data.digest;
  reconcile(root.querySelector(".counts"), data.counts.map((text, index) => ({ id: String(index), text })), () => make("span"), (tick, { text }) => write(tick, text));
  const bars = set(root.querySelector(".bars"), { "aria-label": data.title });
  reconcile(bars, data.bars, () => {
    const bar = set(make("button"), { type: "button" });
    bar.appendChild(make("i"));
    return bar;
  }, (bar, item) => {
    set(bar, { "aria-label": item.text, class: item.share ? "some" : "", tabindex: bar.getAttribute("tabindex") ?? (item.id === "0" ? "0" : "-1") });
    bar.firstElementChild.style.height = `${item.share}%`;
    bar.onpointerenter = bar.onfocus = () => write(told, item.text);
    bar.onkeydown = (event) => rove([...bars.children], event);
  });
  reconcile(root.querySelector(".edges"), data.edges, () => make("span"), (tick, { text, at }) => {
    write(tick, text);
    tick.style.left = `${at}%`;
  });
}
