// A chart as a PNG or SVG file, made in the browser from what is drawn, with its title, legend and source.
(() => {
  if (window.adassImages) return;
  window.adassImages = true;
  const NAMESPACE = "http://www.w3.org/2000/svg";
  const FAMILY = "Source Sans", FALLBACK = `"${FAMILY}", "Liberation Sans", Arial, sans-serif`;
  const MARGIN = 24, GAP = 14, SCALE = 2; // pixels, pixels, device pixels per pixel of a PNG
  const STYLES = {
    title: { size: 18, line: 24, weight: 600, colour: "--text" },
    subtitle: { size: 14, line: 20, weight: 400, colour: "--muted" },
    source: { size: 12, line: 17, weight: 400, colour: "--muted" },
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const make = (name, attributes, parent, text) => {
    const element = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };

  const lines = (text, style, width) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.font = `${style.weight} ${style.size}px ${FALLBACK}`;
    const found = [""];
    for (const word of text.split(/ +/)) {
      const longer = `${found.at(-1)} ${word}`.trim();
      if (found.at(-1) && canvas.measureText(longer).width > width) found.push(word);
      else found[found.length - 1] = longer;
    }
    return found;
  };

  // Writes a paragraph under `top`; gives where the next thing goes.
  const write = (text, style, width, top, parent) => {
    for (const line of text ? lines(text, style, width) : []) {
      const at = { x: MARGIN, y: top + style.size, "font-size": style.size, "font-weight": style.weight };
      make("text", { ...at, fill: colour(style.colour) }, parent, line);
      top += style.line;
    }
    return top;
  };

  const legend = (told, top, parent) => {
    let left = MARGIN;
    for (const [name, hatched] of [[told.subject, false], [told.comparator, true]]) {
      const box = { x: left, y: top + 3, width: 14, height: 10 };
      const fill = hatched ? "url(#adass-hatched)" : colour(`--${told.colour}`);
      make("rect", { ...box, fill, stroke: hatched ? colour("--comparator") : "none" }, parent);
      const text = make("text", { x: left + 20, y: top + 13, "font-size": 14, fill: colour("--muted") }, parent, name);
      left += 44 + text.getComputedTextLength();
    }
    make("text", { x: left, y: top + 13, "font-size": 14, fill: colour("--muted") }, parent, "à droite, l'écart");
    return top + 20;
  };

  const hatching = (parent) => {
    const size = { width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
    const pattern = make("pattern", { id: "adass-hatched", ...size }, make("defs", {}, parent));
    make("rect", { width: 5, height: 5, fill: colour("--ground") }, pattern);
    make("rect", { width: 1.8, height: 5, fill: colour("--comparator") }, pattern);
  };

  // The typeface goes into the file, where its fall-back would be wider than what was laid out.
  const typeface = async () => {
    for (const sheet of document.styleSheets) {
      for (const rule of sheet.href?.startsWith(location.origin) ? sheet.cssRules : []) {
        if (!(rule instanceof CSSFontFaceRule) || rule.style.fontStyle === "italic") continue;
        if (rule.style.fontFamily.replaceAll('"', "") !== FAMILY) continue;
        const file = new URL(rule.style.getPropertyValue("src").match(/url\("?([^")]+)/)[1], sheet.href);
        const reader = new FileReader();
        const read = new Promise((done) => (reader.onload = () => done(reader.result)));
        reader.readAsDataURL(await (await fetch(file)).blob());
        return `@font-face { font-family: "${FAMILY}"; font-weight: 100 900; src: url("${await read}"); }`;
      }
    }
    return "";
  };

  const drawing = (chart, told, font) => {
    const layers = [...chart.querySelectorAll("svg.main-svg")];
    const { width, height } = layers[0].getBoundingClientRect();
    const svg = make("svg", { xmlns: NAMESPACE, "font-family": FALLBACK, lang: "fr" }, document.body);
    svg.style.position = "absolute"; // in the page while texts are measured
    make("title", {}, svg, told.title);
    make("style", {}, svg, font);
    const ground = make("rect", { width: "100%", height: "100%", fill: colour("--ground") }, svg);
    hatching(svg);
    let top = write(told.title, STYLES.title, width, MARGIN, svg);
    top = write(told.subtitle, STYLES.subtitle, width, top, svg);
    if (told.comparator) top = legend(told, top + 4, svg);
    top += GAP;
    for (const layer of layers) {
      const copy = layer.cloneNode(true);
      for (const unseen of copy.querySelectorAll(".draglayer, .hoverlayer")) unseen.remove();
      for (const [key, value] of [["x", MARGIN], ["y", top]]) copy.setAttribute(key, value);
      svg.append(copy);
    }
    const bottom = write(told.source, STYLES.source, width, top + height + GAP, svg) + MARGIN - 8;
    const size = { width: width + 2 * MARGIN, height: bottom };
    for (const [key, value] of Object.entries(size)) svg.setAttribute(key, value);
    svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    ground.setAttribute("height", bottom);
    svg.remove();
    svg.removeAttribute("style");
    // marks that refer to one another by the page's address refer to one another in the file
    const text = new XMLSerializer().serializeToString(svg).replace(/url\((&quot;|')?[^)#]*#([^)&']+)(&quot;|')?\)/g, "url(#$2)");
    return { ...size, blob: new Blob([text], { type: "image/svg+xml" }) };
  };

  const painted = async ({ width, height, blob }) => {
    const address = URL.createObjectURL(blob);
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-image]");
    if (!button) return;
    const told = button.parentElement.dataset;
    const chart = document.getElementsByClassName(`st-key-${told.chart}`)[0];
    const drawn = drawing(chart, told, await typeface());
    const blob = button.dataset.image === "png" ? await painted(drawn) : drawn.blob;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${told.file}.${button.dataset.image}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });
})();
