// Tables can be read without this script; with it they sort, filter and page. `DataTable` comes from the bundle above.
const tables = [];
const rows = matchMedia("(max-width: 46rem)").matches ? 10 : 25;  // where a row is a card, 25 are some screens

// The rows that the page leaves out, from the file beside it; then what a screen reader and a narrow window need, which
// is the same for every cell of a column and would be half of the page.
function complete(table) {
  const body = table.tBodies[0];
  body.insertAdjacentHTML("beforeend", window.tableRows?.[table.closest(".table").id] ?? "");
  const labels = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  table.setAttribute("role", "table");
  for (const row of table.rows) row.setAttribute("role", "row");
  for (const row of body.rows) {
    for (let n = 0; n < row.cells.length; n++) {
      row.cells[n].setAttribute("role", "cell");
      row.cells[n].dataset.label = labels[n];
    }
  }
  table.classList.add("cards");
  const cut = table.closest(".table").querySelector(".cut");
  const all = Number(table.dataset.rows), here = body.rows.length;
  if (cut && here === all) cut.remove();
  else if (cut) cut.textContent = `The first ${here.toLocaleString("en")} of ${all.toLocaleString("en")} rows; the files beside hold all.`;
}

for (const table of document.querySelectorAll("table.data")) {
  complete(table);
  if (table.tBodies[0].rows.length < 2) continue;
  const isLong = table.tBodies[0].rows.length > 15;
  tables.push(new DataTable(table, {
    autoWidth: false, order: [], paging: isLong, searching: isLong, info: isLong,
    pageLength: rows, lengthMenu: [rows, 100, { label: "all", value: -1 }],
    layout: { topStart: isLong ? "pageLength" : null, topEnd: "search", bottomStart: "info", bottomEnd: "paging" },
    language: { search: "Filter", lengthMenu: "Rows _MENU_", info: "_START_ to _END_ of _TOTAL_", infoFiltered: "(of _MAX_)",
                infoEmpty: "none", zeroRecords: "No row matches the filter." },
  }));
}
// An address such as ?filter=G2#inconsistent_bugs shows the rows of that table that hold the word; the field says so.
const word = new URLSearchParams(location.search).get("filter") ?? "";
for (const table of /^[A-Za-z0-9]+$/.test(word) ? tables : []) {
  const box = table.table().node().closest(".table");
  const field = box.querySelector("input[type=search]");
  if (`#${box.id}` !== location.hash || !field) continue;
  table.search(new RegExp(`\\b${word}\\b`)).draw();  // G1 is not found in G10
  field.value = word;
  box.scrollIntoView();
}
// Paper has no pager and nothing to unfold.
addEventListener("beforeprint", () => {
  tables.forEach((table) => table.page.len(-1).draw());
  document.querySelectorAll("main details").forEach((part) => { part.open = true; });
});
