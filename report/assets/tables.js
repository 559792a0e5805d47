// Sorting and filtering of tables. Pages say everything without it.
"use strict";

const collator = new Intl.Collator("en", { numeric: true });

for (const list of document.querySelectorAll(".site ul")) showCurrent(list);
for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
for (const form of document.querySelectorAll("form[data-filters]")) makeFilter(form);

// Navigation that is wider than a phone shows where one is.
function showCurrent(list) {
  const link = list.querySelector("[aria-current]");
  if (link) list.scrollLeft = link.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
}

function makeSortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      const text = (row) => row.cells[column].textContent.trim();
      const compare = head.classList.contains("number") ? compareNumbers : collator.compare;
      rows.sort((a, b) => compare(text(a), text(b)) * (down ? -1 : 1));
      table.tBodies[0].append(...rows);
    });
  });
}

// Numbers as pages write them: thin spaces between thousands, a minus sign, powers of ten, units.
const UNITS = { thousand: 1e3, million: 1e6, billion: 1e9, megabytes: 1e6, MB: 1e6, gigabytes: 1e9, min: 60, h: 3600 };

function valueOf(text) {
  const bare = text.replaceAll("\u2212", "-").replace(/(?<=\d)\u202f(?=\d{3})/g, "").replace(/^[<+]\s*/, "");
  if (bare.startsWith("diverged")) return Infinity;
  const power = bare.match(/^(?:(-?[\d.]+)\s*\u00d7\s*)?10\^(-?\d+)/);
  if (power) return Number(power[1] ?? 1) * 10 ** Number(power[2]);
  const [, digits, unit] = bare.match(/^(-?\d[\d.]*)\s*(\w*)/) ?? [];
  return digits === undefined ? -Infinity : Number(digits) * (UNITS[unit] ?? 1);
}

function compareNumbers(a, b) {
  const [x, y] = [valueOf(a), valueOf(b)];
  return x === y ? collator.compare(a, b) : x - y;
}

function makeFilter(form) {
  const rows = [...document.getElementById(form.dataset.filters).tBodies[0].rows];
  const fields = [...form.elements].filter((field) => field.name);

  function read() {
    const chosen = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) field.value = chosen.get(field.name) ?? "";
    for (const field of fields) if (field.selectedIndex === -1) field.value = "";
    apply();
  }

  function apply() {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = fields.every((field) =>
        field.name === "words" || !field.value || row.dataset[field.name] === field.value);
      const text = row.textContent.toLowerCase();
      row.hidden = !(fits && words.every((word) => text.includes(word)));
      shown += row.hidden ? 0 : 1;
    }
    form.querySelector(".found").textContent = `${shown} of ${rows.length}`;
    form.querySelector(".found-none").hidden = shown > 0;
  }

  form.addEventListener("input", () => {
    const chosen = new URLSearchParams();
    for (const field of fields) if (field.value) chosen.set(field.name, field.value);
    location.hash = chosen.toString();  // and `hashchange` applies it
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", read);
  read();
}
