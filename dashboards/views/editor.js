// The query editor: a text area that proposes the names of tables, columns and functions.
const MOST = 8;
const WORD = /[\p{L}\p{N}_.$]+$/u;

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const find = (selector) => parentElement.querySelector(selector);
  const text = find("textarea"), list = find("ul"), run = find("button");
  let shown = [], chosen = 0;

  if (text.dataset.version !== String(data.version)) {
    text.dataset.version = data.version;
    text.value = data.text;
  }

  const word = () => (text.value.slice(0, text.selectionStart).match(WORD) || [""])[0];

  const close = () => { list.hidden = true; shown = []; };

  const draw = () => {
    list.replaceChildren(...shown.map(([name, note], place) => {
      const item = document.createElement("li");
      item.role = "option";
      item.ariaSelected = String(place === chosen);
      const beside = document.createElement("span");
      beside.textContent = note;
      item.append(name, beside);
      item.onmousedown = (event) => { event.preventDefault(); complete(place); };
      return item;
    }));
    list.hidden = shown.length === 0;
    if (list.hidden) return;
    const before = text.value.slice(0, text.selectionStart).split("\n");
    const height = parseFloat(getComputedStyle(text).lineHeight);
    list.style.top = `${text.offsetTop + 12 + Math.max(1, before.length) * height - text.scrollTop}px`;
    list.style.left = `${Math.min(12 + before.at(-1).length * 8, text.clientWidth - 300)}px`;
  };

  // names that begin with what is typed, or whose last part does: columns of the tables in use before the others
  const propose = () => {
    const typed = word().toLowerCase(), all = text.value.toLowerCase();
    const last = typed.split(".").at(-1), qualified = typed.includes(".");
    if (typed.length < 2 && !qualified) return close();
    const rank = ([name, , tables]) => {
      const lower = name.toLowerCase();
      if (lower === typed) return 9;
      const used = tables.some((table) => all.includes(table)) ? 0 : 3;
      if (lower.startsWith(typed)) return used;
      if (qualified ? !name.includes(".") && lower.startsWith(last) : lower.split(".").at(-1).startsWith(last)) return 1 + used;
      return 9;
    };
    const ranked = data.names.map((name) => [rank(name), name]).filter(([r]) => r < 9);
    shown = ranked.sort(([a], [b]) => a - b).slice(0, MOST).map(([, name]) => name);
    chosen = 0;
    draw();
  };

  const complete = (place) => {
    const [name] = shown[place];
    const typed = word(), end = text.selectionStart;
    const kept = typed.includes(".") && !name.includes(".") ? typed.slice(0, typed.lastIndexOf(".") + 1) : "";
    text.setRangeText(kept + name, end - typed.length, end, "end");
    close();
    text.focus();
  };

  const keep = () => setStateValue("text", text.value);
  const execute = () => { close(); setTriggerValue("run", text.value); };

  let leaving = false;
  text.oninput = propose;
  text.onblur = () => { close(); keep(); };
  text.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); return execute(); }
    if (event.key === "Escape") { leaving = true; return close(); }
    if (!list.hidden) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        chosen = (chosen + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length;
        return draw();
      }
      if (event.key === "Tab" || event.key === "Enter") { event.preventDefault(); return complete(chosen); }
    } else if (event.key === "Tab" && !event.shiftKey && !leaving) {
      event.preventDefault();
      text.setRangeText("  ", text.selectionStart, text.selectionEnd, "end");
    }
    leaving = false;
  };
  run.onclick = execute;
}
