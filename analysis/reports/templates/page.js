// Tables can be read without this script; with it they sort, filter and page. `DataTable` comes from the bundle above.
const tables = [];
for (const table of document.querySelectorAll("table.data")) {
  if (table.tBodies[0].rows.length < 2) continue;
  const isLong = table.tBodies[0].rows.length > 15;
  tables.push(new DataTable(table, {
    autoWidth: false, order: [], paging: isLong, searching: isLong, info: isLong,
    pageLength: 25, lengthMenu: [25, 100, { label: "all", value: -1 }],
    layout: { topStart: isLong ? "pageLength" : null, topEnd: "search", bottomStart: "info", bottomEnd: "paging" },
    language: { search: "Filter", lengthMenu: "Rows _MENU_", info: "_START_ to _END_ of _TOTAL_", infoFiltered: "(of _MAX_)",
                infoEmpty: "none", zeroRecords: "No row matches the filter." },
  }));
}
// Paper has no pager and nothing to unfold.
addEventListener("beforeprint", () => {
  tables.forEach((table) => table.page.len(-1).draw());
  document.querySelectorAll("main details").forEach((part) => { part.open = true; });
});
