// A word of the glossary says what it means where it first stands on a page, and a column of a table what it holds: on
// hover and on focus, in one box that a screen reader hears, too. The word leads to the glossary.
function addWords() {
  const left = new Map(Object.entries(GLOSSARY));
  const pattern = new RegExp(`\\b(${[...left.keys()].sort((a, b) => b.length - a.length).join("|")})s?\\b`, "i");
  for (const prose of document.querySelectorAll(".prose p, .prose li")) {
    const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node && left.size; node = walker.nextNode()) {
      const found = node.parentElement.closest("a, code") ? null : pattern.exec(node.data);
      const word = found?.[1].toLowerCase();
      const name = [...left.keys()].find((one) => one.toLowerCase() === word);
      if (!name) continue;
      const rest = node.splitText(found.index);
      rest.data = rest.data.slice(found[0].length);
      const place = `glossary.html#word-${PLACES[name]}`;
      const term = element("a", { className: "term", textContent: found[0], ...(own?.dataset.search ? { href: place } : { tabIndex: 0 }) });
      term.dataset.means = left.get(name);
      rest.before(term);
      left.delete(name);
    }
  }
}

function addMeanings() {
  const box = element("div", { id: "means", hidden: true });
  box.setAttribute("role", "tooltip");
  document.body.append(box);
  let about = null, source = null;
  const put = () => {
    const at = source.getBoundingClientRect(), size = box.getBoundingClientRect();
    const isUnder = at.bottom + size.height + 8 < innerHeight;
    box.style.top = `${isUnder ? at.bottom + 4 : at.top - size.height - 4}px`;
    box.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - size.width - 8))}px`;
  };
  const hide = () => { box.hidden = true; about?.removeAttribute("aria-describedby"); about = null; };
  const show = (event) => {
    const target = event.target.closest?.("[data-means]");
    if (!target) return event.type === "pointerover" && !box.contains(event.target) ? hide() : undefined;
    hide();
    about = event.type === "focusin" ? event.target : target;
    about.setAttribute("aria-describedby", box.id);
    box.textContent = target.dataset.means;
    box.hidden = false;
    source = target;
    put();
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", () => { if (about) put(); }, { passive: true });
}

addWords();
addMeanings();
