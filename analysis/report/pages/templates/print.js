// Paper shows the rows that are shown, and says of how many; what is folded opens, except the numbers of a picture.
const unfolded = [];
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("main details:not(figure details):not([open])")) {
    part.open = true;
    unfolded.push(part);
  }
});
addEventListener("afterprint", () => { unfolded.splice(0).forEach((part) => { part.open = false; }); });
