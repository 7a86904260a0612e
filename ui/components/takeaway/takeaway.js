// The drawing as pixels, made here because here are the fonts of the screen: a picture of an SVG file sees none of the
// page's own fonts, so the page's font travels inside it. Nothing leaves the machine.
const PIXELS_PER_UNIT = 2;

export default function (component) {
  const root = component.parentElement;
  const data = decode(component.data);
  set(root.querySelector(".takeaway"), { lang: data.language });
  const button = write(root.querySelector(".save"), data.label);
  const told = root.querySelector(".told");
  if (root.unetShown !== data.name) write(told, "");
  root.unetShown = data.name;
  button.onclick = async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    set(button, { "aria-disabled": "true" });
    try {
      save(await drawn(data, await pageFont(root)), data.name);
      write(told, "");
    } catch {
      write(told, data.failed);
    }
    set(button, { "aria-disabled": null });
  };
}

async function drawn(data, font) {
  const file = data.svg.replace("<style>", () => `<style>${font}`);
  const address = URL.createObjectURL(new Blob([file], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * PIXELS_PER_UNIT);
    canvas.height = Math.round(image.naturalHeight * PIXELS_PER_UNIT);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed()), "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// The page's upright font as a rule with the font inside, "" where it is none of the page's own.
async function pageFont(root) {
  const family = getComputedStyle(root.querySelector(".takeaway")).fontFamily.split(",")[0];
  const rule = [...document.styleSheets].flatMap(rules).find((each) => each instanceof CSSFontFaceRule
    && plain(each.style.fontFamily) === plain(family) && each.style.fontStyle !== "italic");
  const source = rule?.style.getPropertyValue("src").match(/url\(["']?([^"')]+)/)?.[1];
  if (!source) return "";
  const answer = await fetch(new URL(source, rule.parentStyleSheet.href ?? document.baseURI));
  if (!answer.ok) return "";
  const weight = rule.style.fontWeight || "normal";
  return `@font-face { font-family: '${plain(family)}'; font-weight: ${weight}; src: url(${await inside(answer)}) }`;
}

function rules(sheet) {
  try {
    return [...sheet.cssRules];
  } catch {
    return []; // a browser's extension may bring a sheet that nobody may read
  }
}

function plain(family) {
  return family.replace(/["']/g, "").trim();
}

async function inside(answer) {
  const reader = new FileReader();
  const read = new Promise((done, failed) => Object.assign(reader, { onload: done, onerror: failed }));
  reader.readAsDataURL(await answer.blob());
  await read;
  return reader.result;
}
