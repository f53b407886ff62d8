// Tables can be read without this script; with it they sort, filter and page. `DataTable` comes from the bundle above.
const tables = [];
const isNarrow = matchMedia("(max-width: 46rem)").matches;
const rows = isNarrow ? 10 : 25;  // where a row is a card, 25 are some screens
const MOST_ASKED = 100;  // rows at once that an address asks for
const LONG = 15;  // rows; a shorter table is read and not searched
const SHORT = 7;  // rows; paper shows so many of a table
const MOST_CHOICES = 40;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// The rows that the page leaves out, from the file beside it; then what a screen reader and a narrow window need, which
// is the same for every cell of a column and would be half of the page.
function complete(table) {
  const box = table.closest(".table"), body = table.tBodies[0];
  body.insertAdjacentHTML("beforeend", window.tableRows?.[box.id] ?? "");
  const labels = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  if (isNarrow && body.querySelector("td > .unknown")) {
    table.caption?.append(element("span", { className: "constant of-cards", textContent: "What a card leaves out is unknown." }));
  }
  if (isNarrow) {  // cards are tables no more, unless the roles say so; then only rows may be in one, and no links
    table.setAttribute("role", "table");
    for (const row of table.rows) row.setAttribute("role", "row");
    table.caption?.querySelectorAll("a").forEach((link) => link.replaceWith(link.textContent));
  }
  for (const row of body.rows) {
    for (let n = 0; n < row.cells.length; n++) {
      if (isNarrow) row.cells[n].setAttribute("role", "cell");
      row.cells[n].dataset.label = labels[n];
    }
  }
  table.classList.add("cards");
  const cut = box.querySelector(".cut");
  const all = Number(table.dataset.rows), here = body.rows.length;
  if (cut && here === all) cut.remove();
  else if (cut) cut.textContent = `The first ${here.toLocaleString("en")} of ${all.toLocaleString("en")} rows; the files beside hold all.`;
}

// What a cell holds, to choose by: each of its links where it has some, else its text.
function values(cell) {
  const links = [...cell.querySelectorAll("a")].map((link) => link.textContent);
  return links.length ? links : [cell.textContent];
}

// An address may ask for several values of a column: ?importance=Critical|High.
function isOneOf(chosen) {
  const several = chosen.split("|");
  return (value) => several.includes(value);
}

// A list to choose from for each column that has some few values: "Importance: any, High 12, Low 3".
function addChoices(table, node, bar) {
  [...node.tHead.rows[0].cells].forEach((heading, n) => {
    if (!("choose" in heading.dataset)) return;
    const counts = new Map();
    const ofRow = table.rows().nodes().toArray().map((row) => values(row.cells[n]));
    for (const value of ofRow.flat()) counts.set(value, (counts.get(value) ?? 0) + 1);
    const wanted = asks(node) ? new URLSearchParams(location.search).get(heading.dataset.column) : null;
    if (wanted && !counts.has(wanted)) counts.set(wanted, ofRow.filter((has) => has.some(isOneOf(wanted))).length);
    if ((counts.size < 2 && !wanted) || counts.size > MOST_CHOICES) return;
    const select = element("select", { name: heading.dataset.column });
    select.append(element("option", { value: "", textContent: "any" }));
    for (const [value, count] of [...counts].sort((a, b) => b[1] - a[1]))
      select.append(element("option", { value, textContent: `${value.replaceAll("|", " or ")} (${count})` }));
    select.addEventListener("change", () => {
      const chosen = select.value;
      const isChosen = isOneOf(chosen);
      table.column(n).search(chosen ? (_, __, row) => ofRow[row].some(isChosen) : "").draw();
      remember(node);
    });
    bar.append(element("label", {}, heading.querySelector(".dt-column-title")?.textContent ?? heading.textContent, " ", select));
  });
}

// Whether the address asks for rows of this table: then even a short one has its choices, and shows only these.
function asks(node) {
  return location.search.length > 1 && location.hash === `#${node.closest(".table").id}`;
}

// The address names what is chosen, so that it can be sent: ?importance=High&q=quota#queue.
function remember(node) {
  const box = node.closest(".table"), address = new URLSearchParams();
  for (const select of box.querySelectorAll(".choices select")) if (select.value) address.set(select.name, select.value);
  const field = box.querySelector("input[type=search]");
  if (field?.value) address.set("q", field.value);
  try {
    history.replaceState(null, "", `${location.pathname}${address.size ? `?${address}` : ""}#${box.id}`);
  } catch { /* a browser that lets no page on a disk change its address */ }
}

// An address such as ?filter=G2#inconsistent_bugs shows the rows of that table that hold the word; the field says so.
function recall(table, node) {
  const box = node.closest(".table"), asked = new URLSearchParams(location.search);
  const field = box.querySelector("input[type=search]");
  if (!asks(node)) return;
  const word = asked.get("filter") ?? "";
  if (field && /^[A-Za-z0-9]+$/.test(word)) {
    // G1 is not found in G10; but quota is in Quotas and quota_usage.
    table.search(/\d/.test(word) ? new RegExp(`\\b${word}\\b`) : new RegExp(word, "i")).draw();
    field.value = word;
  }
  if (field && asked.get("q")) table.search(field.value = asked.get("q")).draw();
  for (const select of box.querySelectorAll(".choices select")) {
    const wanted = asked.get(select.name) ?? "";
    if (![...select.options].some((option) => option.value === wanted) || !wanted) continue;
    select.value = wanted;
    select.dispatchEvent(new Event("change"));
  }
  box.scrollIntoView();
}

function addAnchor(node) {
  const box = node.closest(".table");
  const anchor = element("a", { className: "anchor", href: `#${box.id}`, textContent: "¶" });
  anchor.setAttribute("aria-label", "Link to this table");
  node.caption?.insertBefore(anchor, node.caption.querySelector(".constant"));
  anchor.before(" ");
}

for (const node of document.querySelectorAll("table.data")) {
  complete(node);
  if (!isNarrow) addAnchor(node);
  const count = node.tBodies[0].rows.length;
  if (count < 2) continue;
  const isLong = count > LONG, hasChoices = isLong || asks(node);
  const table = new DataTable(node, {
    autoWidth: false, order: [], paging: count > SHORT, searching: hasChoices, info: count > SHORT,
    pageLength: asks(node) && !isNarrow ? MOST_ASKED : rows, lengthMenu: [rows, MOST_ASKED, { label: "all", value: -1 }],
    layout: { topStart: isLong ? "pageLength" : null, topEnd: hasChoices ? "search" : null, bottomStart: "info", bottomEnd: isLong ? "paging" : null },
    language: { search: "Filter", lengthMenu: "Rows _MENU_", info: "_START_ to _END_ of _TOTAL_", infoFiltered: "(of _MAX_)",
                infoEmpty: "none", zeroRecords: "No row matches the filter." },
  });
  tables.push(table);
  if (hasChoices) {
    const bar = element("div", { className: "choices" });
    addChoices(table, node, bar);
    if (bar.children.length) node.closest(".dt-container").querySelector(".dt-layout-row").after(bar);
    node.closest(".table").querySelector("input[type=search]").addEventListener("input", () => remember(node));
  }
  addCopying(table, node);
  recall(table, node);
}

// A heading stays in sight while its rows are read, except where the table is wider than the page and scrolls by itself.
const fits = new ResizeObserver((changed) => {
  for (const { target } of changed) {
    target.classList.remove("fits");
    target.classList.toggle("fits", target.scrollWidth <= target.clientWidth);
  }
});
document.querySelectorAll(".table").forEach((box) => fits.observe(box));
