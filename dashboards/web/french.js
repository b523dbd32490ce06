// Streamlit's own words, which it has no setting for, in French; and its menu, whose lists hold no list item.
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
    "View less": "Réduire",
    "Open": "Ouvrir",
    "Close": "Fermer",
    "Dismiss": "Fermer",
    "Clear value": "Effacer",
    "Clear all": "Tout effacer",
    "Selected values": "Valeurs choisies",
    "Select all": "Tout choisir",
    "Required": "Obligatoire",
    "Show password": "Afficher le mot de passe",
    "Hide password": "Cacher le mot de passe",
    "Copy to clipboard": "Copier",
    "Copy link to clipboard": "Copier le lien",
    "Copied": "Copié",
    "Copied!": "Copié",
    "Fullscreen": "Plein écran",
    "Close fullscreen": "Quitter le plein écran",
    "Press Enter to apply": "Entrée pour valider",
    "Press Ctrl+Enter to apply": "Ctrl+Entrée pour valider",
    "Press ⌘+Enter to apply": "⌘+Entrée pour valider",
    "Press Enter to submit form": "Entrée pour envoyer",
    "Press Ctrl+Enter to submit form": "Ctrl+Entrée pour envoyer",
    "Press ⌘+Enter to submit form": "⌘+Entrée pour envoyer",
    "Choose an option": "Choisir",
    "No results": "Aucun résultat",
    "No options to select": "Rien à choisir",
    "Running...": "Calcul en cours…",
    "Stop": "Arrêter",
    "Rerun": "Relancer",
    "Log in": "S'identifier",
    "Log out": "Se déconnecter",
    "Page not found": "Page introuvable",
    "The page that you have requested does not seem to exist. Running the app's main page.":
      "L'adresse demandée n'existe pas : voici la première page.",
    "Connection error": "Connexion perdue",
    "Connecting": "Connexion",
    "Streamlit server is not responding. Are you connected to the internet?":
      "Le serveur ne répond pas. Cette page reprendra dès qu'il sera de retour.",
    "Double-click to zoom back out": "Double-cliquer pour revenir à l'échelle entière",
    "Double-click to deselect": "Double-cliquer pour ne plus rien choisir",
  };
  const PATTERNS = [
    [/^(\d+) options? available\.$/, (_, n) => (n === "0" ? "Aucun choix." : `${n} choix possibles.`)],
    [/^Remove (.+)$/, (_, name) => `Retirer ${name}`],
    [/^View (\d+) more$/, (_, n) => `${n} de plus`],
    [/^Cannot connect to Streamlit \(HTTP status: (\d+)\)\.?$/, (_, n) => `Le serveur refuse la connexion (${n}).`],
    [/^Is Streamlit still running\?.*$/, () => "Le serveur ne répond plus."],
  ];
  const ATTRIBUTES = ["aria-label", "title", "placeholder"];
  // where what is read is ours: figures, data, comments, in which an English word is what somebody wrote
  const OURS = "[data-testid=stHtml], [data-testid=stCode], svg.main-svg";
  const SHARED = "[data-testid=stMarkdownContainer]"; // where Streamlit writes sentences of its own too
  const SENTENCE = /[^.][.?]$/;
  const french = (text) => {
    if (text in WORDS) return WORDS[text];
    for (const [pattern, words] of PATTERNS) if (pattern.test(text)) return text.replace(pattern, words);
    return text;
  };
  const put = (node) => {
    const place = node.parentElement;
    if (place?.closest(OURS) || (place?.closest(SHARED) && !SENTENCE.test(node.nodeValue))) return;
    const text = french(node.nodeValue);
    if (text !== node.nodeValue) node.nodeValue = text;
  };
  const name = (element) => {
    if (element.closest(OURS)) return;
    for (const attribute of ATTRIBUTES) {
      const text = element.getAttribute(attribute);
      if (text && french(text) !== text) element.setAttribute(attribute, french(text));
    }
  };
  // Streamlit puts a section's items into a `div` of its `ul`: that `div` is the list
  const list = (item) => {
    const menu = item.closest("[data-testid=stSidebarNavItems]");
    if (!menu) return;
    menu.setAttribute("role", "none");
    if (item.parentElement !== menu) item.parentElement.setAttribute("role", "list");
  };
  const NAMED = ATTRIBUTES.map((attribute) => `[${attribute}]`).join();
  const translate = (root) => {
    name(root);
    for (const element of root.querySelectorAll(NAMED)) name(element);
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) put(texts.currentNode);
    if (root.tagName === "LI") list(root);
    for (const item of root.querySelectorAll("li")) list(item);
  };
  translate(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") put(change.target);
      else if (change.type === "attributes") name(change.target);
      for (const node of change.addedNodes) {
        if (node instanceof HTMLElement) translate(node); // charts, which are drawn of many nodes, are ours
        else if (node.nodeType === Node.TEXT_NODE) put(node);
      }
    }
  }).observe(document.body, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
})();
