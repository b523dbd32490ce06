// The search box: "/" goes to it, arrows walk what it found, Enter opens the first.
(() => {
  if (window.adassSearches) return;
  window.adassSearches = true;
  const BOX = ".st-key-recherche-partout";
  const PATIENCE = 5000; // milliseconds for the server to find
  const box = () => document.querySelector(`${BOX} input`);
  const links = () => [...document.querySelectorAll(`${BOX} .adass-found a`)];
  const isWriting = (at) => at instanceof HTMLElement && (at.isContentEditable || at.matches("input, textarea, select"));
  const open = (words, since) => {
    const found = document.querySelector(`${BOX} .adass-found`);
    if (box()?.value.trim() !== words) return;
    if (found?.dataset.words === words) links()[0]?.click();
    else if (Date.now() - since < PATIENCE) setTimeout(open, 60, words, since);
  };
  const step = (at, by) => {
    const all = [box(), ...links()];
    all[Math.min(Math.max(all.indexOf(at) + by, 0), all.length - 1)]?.focus();
  };
  document.addEventListener("keydown", (event) => {
    const at = event.composedPath()[0]; // within a component that keeps its elements to itself, too
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isWriting(at)) {
      if (!box()) return;
      event.preventDefault();
      box().focus();
    } else if (at instanceof HTMLElement && at.closest(BOX)) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        step(at, event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Escape") {
        at === box() ? at.blur() : box()?.focus();
      } else if (event.key === "Enter" && at === box() && at.value.trim()) {
        open(at.value.trim(), Date.now());
      }
    }
  });
})();
