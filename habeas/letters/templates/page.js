"use strict";
(() => {
  const box = document.querySelector(".search");
  const input = box.querySelector("input");
  const told = box.querySelector("output");
  const number = new Intl.NumberFormat(box.dataset.language);

  // What differs in case, accents or a Turkish dot is the same to whoever searches.
  const plain = (text) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("\u0131", "i").replaceAll("\u00df", "ss");

  const tables = Array.from(document.querySelectorAll("table.data"), (table) => ({
    button: document.querySelector(`button[aria-controls="${table.tBodies[0].id}"]`),
    parts: [table.closest(".scroll"), document.getElementById(`${table.caption.id}-files`)],
    rows: Array.from(table.tBodies[0].rows, (row) => ({ row, text: null })),
  }));
  const folded = ({ button }) => button !== null && button.getAttribute("aria-expanded") === "false";

  const holds = (each, words) => {
    if (words.length === 0) return true;
    each.text ??= plain(Array.from(each.row.cells, (cell) => cell.textContent).join(" "));
    return words.every((word) => each.text.includes(word));
  };

  const show = () => {
    const words = plain(input.value).split(/\s+/u).filter(Boolean);
    let found = 0;
    for (const table of tables) {
      const rows = folded(table) && words.length === 0 ? Number(table.button.dataset.fold) : Infinity;
      const before = found;
      table.rows.forEach((each, at) => {
        const there = holds(each, words);
        found += there;
        each.row.hidden = !there || at >= rows;
      });
      for (const part of table.parts) part.hidden = words.length > 0 && found === before;
      if (table.button !== null) table.button.hidden = !folded(table) || words.length > 0;
    }
    if (words.length === 0) told.textContent = "";
    else told.textContent = found ? told.dataset.found.replace("{n}", number.format(found)) : told.dataset.none;
  };

  for (const { button, rows } of tables) {
    button?.addEventListener("click", () => {
      button.setAttribute("aria-expanded", "true");
      show();
      const next = rows[Number(button.dataset.fold)].row; // where reading goes on: the button is gone
      next.tabIndex = -1;
      next.focus();
    });
  }
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 150);
  });
  box.hidden = false;
  show();
})();
