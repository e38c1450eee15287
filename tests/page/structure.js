// What a reader of the page by ear needs and does not find, as sentences.
(() => {
  const found = [], all = (query) => [...document.querySelectorAll(query)];
  const require = (is, words) => is || found.push(words);
  for (const one of ["header", "nav", "main", "footer", "h1"]) require(all(one).length === 1, `${all(one).length} ${one}`);
  require(document.documentElement.lang === "en", "no language");
  const ids = all("[id]").map((element) => element.id);
  require(new Set(ids).size === ids.length, "an id twice");
  for (const element of all("[aria-labelledby]"))
    for (const id of element.getAttribute("aria-labelledby").split(" "))
      require(document.getElementById(id)?.textContent.trim(), `nothing at ${id}`);
  for (const link of all('a[href^="#"]')) require(document.getElementById(link.hash.slice(1)), `nothing at ${link.hash}`);
  for (const section of all("main > section")) {
    require(section.querySelector("h2") && section.getAttribute("aria-labelledby"), "a section without a heading");
    require(section.querySelector(".picture table, table, ul, ol"), `${section.id}: a picture alone`);
  }
  for (const svg of all(".picture svg")) {
    const hidden = svg.closest("[aria-hidden=true]"), outer = svg.parentElement.closest("svg");
    require(outer || hidden || (svg.getAttribute("role") === "img" && svg.querySelector(":scope > title") && svg.querySelector(":scope > desc")), "a picture without words");
  }
  for (const table of all("table")) {
    require(table.caption?.textContent.trim(), "a table without a caption");
    require([...table.querySelectorAll("thead th")].every((head) => head.scope === "col" && head.textContent.trim()), "a head without words");
    require([...table.tBodies[0].rows].every((row) => row.querySelector("th[scope=row]")), "a row without a head");
  }
  for (const element of all("*")) for (const name of element.getAttributeNames()) require(!name.startsWith("on"), `${name} of ${element.tagName}`);
  require(document.scrollingElement.scrollWidth <= innerWidth, `${document.scrollingElement.scrollWidth} wide in ${innerWidth}`);
  return found;
})()
