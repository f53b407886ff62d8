// Paper shows the rows of the first long table that are shown, twenty at most, and of the others the first seven, and says of
// how many: an area fits on three pages. What is folded opens, except the numbers of a picture.
const ON_PAPER = 7, FIRST_ON_PAPER = 20, restored = [];
addEventListener("beforeprint", () => {
  tables.filter((table) => table.rows().count() > ON_PAPER).forEach((table, place) => {
    const length = table.page.len();
    table.page.len(place ? ON_PAPER : Math.min(length, FIRST_ON_PAPER)).draw();
    restored.push(() => table.page.len(length).draw());
  });
  for (const part of document.querySelectorAll("main details:not(figure details):not([open])")) {
    part.open = true;
    restored.push(() => { part.open = false; });
  }
});
addEventListener("afterprint", () => { restored.splice(0).forEach((undo) => undo()); });
