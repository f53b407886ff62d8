// One search on every page, over bugs, changes, people, areas, themes and pages. `/` begins it; its index is a script
// beside the pages, which is read when the field is first used.
const own = document.currentScript;
const MOST_FOUND = 20;
let index = null;

function addSearch() {
  const nav = document.querySelector("header nav");
  if (!nav || !own?.dataset.search) return;
  const field = element("input", { type: "search", id: "search", autocomplete: "off", placeholder: "Search  ( / )" });
  field.setAttribute("aria-label", "Search bugs, changes, people, areas and themes");
  const list = element("ul"), said = element("p");
  said.setAttribute("role", "status");
  const box = element("div", { className: "found", hidden: true }, said, list);
  const search = element("div", { className: "search" }, field, box);
  search.setAttribute("role", "search");
  nav.append(search);

  const show = () => {
    const asked = field.value.trim();
    box.hidden = !asked;
    if (!asked) return;
    if (!index) return (said.textContent = "Reading the index …");
    const { found, count, hint } = find(asked);
    list.replaceChildren(...found);
    said.textContent = hint || (count > found.length ? `The first ${found.length} of ${count.toLocaleString("en")}` : `${count} found`);
  };
  const close = () => { box.hidden = true; };
  field.addEventListener("focus", () => load(show, () => { said.textContent = "The index of the search is not beside this page."; box.hidden = false; }));
  field.addEventListener("input", show);
  search.addEventListener("focusout", (event) => { if (event.relatedTarget && !search.contains(event.relatedTarget)) close(); });
  document.addEventListener("pointerdown", (event) => { if (!search.contains(event.target)) close(); });
  search.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { field.value = ""; close(); field.focus(); }
    else if (event.key === "Enter" && document.activeElement === field && links.length) links[0].click();
    else if (event.key === "ArrowDown" && links.length) links[Math.min(at + 1, links.length - 1)].focus();
    else if (event.key === "ArrowUp" && at >= 0) (links[at - 1] ?? field).focus();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}

function load(ready, failed) {
  if (index) return ready();
  if (document.querySelector("script[data-index]")) return;
  const script = element("script", { src: own.dataset.search, nonce: own.nonce });
  script.dataset.index = "";
  script.addEventListener("load", () => {
    index = window.searchIndex;
    // One text for each row, so that a search reads 20,000 of them in some milliseconds.
    index.lower = index.rows.map(([kind, key, text]) => `${key} ${text}`.toLowerCase());
    ready();
  });
  script.addEventListener("error", failed);
  document.head.append(script);
}

function find(asked) {
  const terms = asked.toLowerCase().replace(/^(?:bug|change|lp|#)[\s:#]*(?=\d)/, "").split(/\s+/);
  const number = terms.length === 1 && /^\d+$/.test(terms[0]) ? terms[0] : "";
  const exact = [], beginning = [], rest = [];
  index.lower.forEach((text, n) => {
    if (!terms.every((term) => text.includes(term))) return;
    const row = index.rows[n];
    if (number) return (row[1] === number ? exact : row[1].startsWith(number) ? beginning : rest).push(row);
    const isFew = !(index.kinds[row[0]] in index.roots);  // areas, themes and people come before the many bugs
    (isFew ? exact : row[2].toLowerCase().startsWith(terms[0]) ? beginning : rest).push(row);
  });
  const all = [...exact, ...beginning, ...rest];
  const found = all.slice(0, MOST_FOUND).map(item);
  if (!number || exact.length) return { found, count: all.length, hint: "" };
  // A number that the data do not hold is somewhere all the same.
  const kinds = Object.entries(index.roots);
  const links = kinds.map(([kind, root]) => line(`${root}${number}`, `${kind} ${number}`, "not in this data", kind));
  return { found: [...links, ...found], count: all.length, hint: `No bug or change ${number} is in this data. It would be at:` };
}

// A bug or change leads to its own row where a page has one, and beside it to its server.
function item([kind, key, text, note, page]) {
  const name = index.kinds[kind], root = index.roots[name];
  if (!root) return line(page, text, index.notes[note], name);
  if (page === undefined) return line(root + key, `${key} ${text}`, index.notes[note], name);
  const own = line(index.places[page].replace("{}", key), `${key} ${text}`, index.notes[note], name);
  own.append(" ", element("a", { className: "about", href: root + key, textContent: index.servers[name] }));
  return own;
}

function line(address, title, note, kind) {
  const about = element("span", { className: "about", textContent: kind === note ? kind : `${kind}, ${note}` });
  const name = address ? element("a", { href: address, textContent: title }) : element("span", { textContent: title });
  return element("li", {}, name, " ", about);
}

addSearch();
