// Streamlit's own words, which it has no setting for, in French.
(() => {
  document.documentElement.lang = "fr";
  if (window.adassInFrench) return;
  window.adassInFrench = true;
  const WORDS = {
    "Skip to main content": "Aller au contenu",
    "Sidebar": "Menu",
    "App pages": "Pages",
    "Collapse sidebar": "Replier le menu",
    "Expand sidebar": "Ouvrir le menu",
    "Open": "Ouvrir",
    "Close": "Fermer",
    "Dismiss": "Fermer",
    "Copy to clipboard": "Copier",
    "Copied": "Copié",
    "No results": "Aucun résultat",
    "Page not found": "Page introuvable",
    "The page that you have requested does not seem to exist. Running the app's main page.":
      "L'adresse demandée n'existe pas : voici la première page.",
    "Connection error": "Connexion perdue",
    "Connecting": "Connexion",
  };
  const translate = (root) => {
    for (const element of [root, ...root.querySelectorAll("[aria-label]")]) {
      const label = element.getAttribute("aria-label");
      if (label in WORDS) element.setAttribute("aria-label", WORDS[label]);
    }
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      if (node.nodeValue in WORDS) node.nodeValue = WORDS[node.nodeValue];
    }
  };
  translate(document.body);
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) translate(node);
  }).observe(document.body, { childList: true, subtree: true });
})();
