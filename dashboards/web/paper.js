// A slide fits its sheet of paper: what is printed is drawn smaller, laid out as it stands on the screen.
(() => {
  if (window.adassPaper) return;
  window.adassPaper = true;
  const WIDTH = 1016, HEIGHT = 690; // pixels inside the margins of an A4 sheet, lying
  const SMALLEST = 0.42; // a page that would be smaller goes on over several sheets
  const root = document.documentElement;
  // Streamlit lays blocks out anew on paper: one that holds a chart would be taken apart
  const BLOCKS = "stLayoutWrapper stVerticalBlock stHorizontalBlock stElementContainer stColumn";
  const blocks = BLOCKS.split(" ").map((name) => `[data-testid=${name}]`).join();
  window.addEventListener("beforeprint", () => {
    const page = document.querySelector("[data-testid=stMainBlockContainer]");
    if (!page) return;
    const width = page.firstElementChild.getBoundingClientRect().width;
    root.style.setProperty("--paper-width", `${width}px`);
    root.classList.add("adass-paper");
    const sizes = [...page.querySelectorAll(blocks)].map((block) => [block, block.getBoundingClientRect()]);
    const { height } = page.getBoundingClientRect();
    const one = Math.min(1, WIDTH / width, HEIGHT / height);
    const whole = one >= SMALLEST;
    root.style.setProperty("--paper-zoom", whole ? one : Math.min(1, WIDTH / width));
    for (const [block, box] of sizes) {
      block.style.setProperty("--paper-column", `${box.width}px`);
      block.style.setProperty("--paper-height", whole ? `${box.height}px` : "auto");
    }
  });
  window.addEventListener("afterprint", () => root.classList.remove("adass-paper"));
})();
