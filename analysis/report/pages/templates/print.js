// Paper shows the rows of the first long table that are shown, and of the others the first seven, and says of how many; what
// is folded opens, except the numbers of a picture.
const ON_PAPER = 7, restored = [];
addEventListener("beforeprint", () => {
  tables.filter((table) => table.rows().count() > ON_PAPER).slice(1).forEach((table) => {
    const length = table.page.len();
    table.page.len(ON_PAPER).draw();
    restored.push(() => table.page.len(length).draw());
  });
  for (const part of document.querySelectorAll("main details:not(figure details):not([open])")) {
    part.open = true;
    restored.push(() => { part.open = false; });
  }
});
addEventListener("afterprint", () => { restored.splice(0).forEach((undo) => undo()); });
