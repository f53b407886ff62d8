// The rows that are shown, to be pasted: as text, as a table in Markdown, or as a query that finds the same in Gerrit.
function addCopying(table, node) {
  const said = element("span");
  said.setAttribute("role", "status");
  const bar = element("p", { className: "copying" }, "Copy as ");
  const forms = { text: asText, Markdown: asMarkdown };
  if (columnOf(node, "change_number") >= 0) forms["Gerrit query"] = asQuery;
  for (const [name, form] of Object.entries(forms)) {
    const button = element("button", { type: "button", textContent: name });
    button.addEventListener("click", async () => {
      const found = table.rows({ search: "applied", order: "applied" }).nodes().toArray();
      said.textContent = (await copy(form(node, found))) ? ` ${found.length} rows copied` : " the browser refused";
    });
    bar.append(button, " ");
  }
  bar.append(said);
  node.closest(".table").append(bar);
}

// A text to send has a button that copies it as it is.
for (const text of document.querySelectorAll("pre[data-copy]")) {
  const said = element("span");
  said.setAttribute("role", "status");
  const button = element("button", { type: "button", textContent: "Copy this text" });
  button.addEventListener("click", async () => {
    said.textContent = (await copy(text.textContent)) ? " copied" : " the browser refused";
  });
  text.before(element("p", { className: "copying" }, button, said));
}

function columnOf(node, name) {
  return [...node.tHead.rows[0].cells].findIndex((heading) => heading.dataset.column === name);
}

function labels(node) {
  return [...node.tHead.rows[0].cells].map((heading) => (heading.querySelector(".dt-column-title") ?? heading).textContent);
}

function words(cell) {
  const parts = [...cell.querySelectorAll(":scope > span:not(.none), :scope > details > span, summary > span:not(.more)")];
  const isList = cell.matches(".words, .folded") && parts.length;
  const toUnfold = cell.querySelector(":scope > div > details > summary")?.textContent ?? "";
  const text = isList ? parts.map((part) => part.textContent).join("; ") : cell.textContent.replace(toUnfold, "");
  return text.replace(/\s+/g, " ").trim();
}

function asText(node, found) {
  return [labels(node), ...found.map((row) => [...row.cells].map(words))].map((line) => line.join("\t")).join("\n");
}

function asMarkdown(node, found) {
  const plain = (text) => text.replace(/[\\`*_[\]<>|~#]/g, "\\$&");
  const cell = (one) => {
    const links = one.querySelectorAll("a[href^=http]");
    return links.length === 1 ? `[${plain(words(one))}](${links[0].href.replace(/[()|]/g, encodeURIComponent)})` : plain(words(one));
  };
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const heads = labels(node).map(plain);
  return [line(heads), line(heads.map(() => "---")), ...found.map((row) => line([...row.cells].map(cell)))].join("\n");
}

function asQuery(node, found) {
  const n = columnOf(node, "change_number");
  const numbers = found.map((row) => words(row.cells[n])).filter((number) => /^[0-9]+$/.test(number));
  return [...new Set(numbers)].map((number) => `change:${number}`).join(" OR ");
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { /* no clipboard for a page that is served without TLS: the old way */ }
  const field = element("textarea", { value: text, readOnly: true });
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  return isDone;
}
