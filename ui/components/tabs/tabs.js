// A strip of tabs. Python shows what belongs to the open one; the mark under it moves at the click.
export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  const strip = set(root.querySelector(".tabs"), { lang: data.language, "aria-label": data.label });
  const open = (name) => {
    for (const tab of strip.children) {
      const chosen = tab.dataset.id === name;
      set(tab, { "aria-selected": chosen, tabindex: chosen ? "0" : "-1" });
    }
  };
  reconcile(strip, data.tabs, () => set(make("button"), { type: "button", role: "tab" }), (tab, item) => {
    write(tab, item.text);
    tab.onclick = () => {
      open(item.id);
      component.setStateValue("chosen", item.id);
    };
    tab.onkeydown = (event) => rove([...strip.children], event);
  });
  open(data.open);
}
