// Filters, sorts and unfolds. Everything it works on stands in the page already.
(function () {
  "use strict";
  const lang = document.documentElement.lang;
  const words = document.body.dataset;
  const collator = new Intl.Collator(lang, { numeric: true });
  const counted = (shown, all) => words.shown.replace("{shown}", shown).replace("{all}", all);
  const pageFilter = { text: "", tones: new Set() };

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  class SortedTable {
    constructor(box) {
      this.box = box;
      this.scroll = box.querySelector(".scroll");
      this.body = box.querySelector("tbody");
      this.rows = Array.from(this.body.rows);
      this.heads = Array.from(box.querySelectorAll("thead th"));
      this.headings = Array.from(box.querySelectorAll("thead tr > *"), (head) => head.textContent.toLocaleLowerCase(lang));
      this.columns = null;
      this.dense = box.classList.contains("dense");
      this.text = "";
      this.texts = new Map();
      this.empty = make("p", { class: "empty", hidden: "" }, words.noMatch);
      box.append(this.empty);
      if (this.rows.length > 1) this.heads.forEach((head) => this.addButton(head));
      if ("filtered" in box.dataset) this.addFilter();
    }

    addButton(head) {
      const button = make("button", { type: "button", title: words.sort }, ...head.childNodes);
      button.addEventListener("click", () => this.sort(head));
      head.append(button);
    }

    addFilter() {
      const input = make("input", { type: "search" });
      this.status = make("output", { class: "status", "aria-live": "polite" });
      input.addEventListener("input", () => {
        this.text = input.value.trim().toLocaleLowerCase(lang);
        this.filter();
      });
      this.input = input;
      this.box.prepend(make("div", { class: "find" }, make("label", {}, words.filter, input), this.status));
    }

    // upwards, downwards, and as it was
    sort(head) {
      const now = head.getAttribute("aria-sort");
      const order = now === "ascending" ? "descending" : now === "descending" ? null : "ascending";
      this.heads.forEach((each) => each.removeAttribute("aria-sort"));
      let rows = this.rows;
      if (order) {
        head.setAttribute("aria-sort", order);
        const place = head.cellIndex;
        const keyed = rows.map((row) => [this.key(row.cells[place]), row]);
        const sign = order === "ascending" ? 1 : -1;
        keyed.sort(([a], [b]) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : sign * this.compare(a, b)));
        rows = keyed.map((each) => each[1]);
      }
      this.body.append(...rows);
    }

    key(cell) {
      const value = cell.dataset.value;
      if (value !== undefined) return value === "" ? null : Number(value);
      const text = cell.textContent.trim();
      return text === "" || text === "—" ? null : text;
    }

    compare(a, b) {
      return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
    }

    textOf(row) {
      if (!this.texts.has(row)) this.texts.set(row, row.textContent.toLocaleLowerCase(lang));
      return this.texts.get(row);
    }

    // a table of subjects side by side is filtered by its headings, others where none of their rows has the text
    columnsFor(text) {
      if (!text || (!this.dense && this.rows.some((row) => this.textOf(row).includes(text)))) return null;
      const found = this.headings.map((heading, place) => place === 0 || heading.includes(text));
      return found.indexOf(true, 1) < 0 ? null : found;
    }

    showColumns(found) {
      if (!found && !this.columns) return;
      this.columns = found;
      for (const row of [...this.box.querySelectorAll("thead tr"), ...this.rows]) {
        Array.from(row.cells).forEach((cell, place) => { cell.hidden = Boolean(found) && !found[place]; });
      }
    }

    matches(row) {
      if (!this.textOf(row).includes(this.text)) return false;
      if (!filtered.includes(this)) return true;
      if (this.columns) {
        if (!Array.from(row.cells).some((cell, place) => place && !cell.hidden && cell.textContent.trim())) return false;
      } else if (!this.textOf(row).includes(pageFilter.text)) return false;
      if (!pageFilter.tones.size) return true;
      const told = this.dense ? (word) => notesOf(row).some((note) => note.endsWith(`: ${word}`)) : (word) => cellsOf(row).some((text) => says(text, word));
      return Array.from(pageFilter.tones).some(told);
    }

    filter() {
      let shown = 0;
      if (filtered.includes(this)) this.showColumns(this.columnsFor(pageFilter.text));
      for (const row of this.rows) {
        const fits = this.matches(row);
        row.hidden = !fits;
        shown += fits;
      }
      this.shown = shown;
      this.scroll.hidden = shown === 0;
      this.empty.hidden = shown !== 0;
      if (this.status) this.status.textContent = this.text ? counted(shown, this.rows.length) : "";
    }

    show(row) {
      if (!row.hidden) return;
      this.text = "";
      if (this.input) this.input.value = "";
      clearPage();
    }
  }

  // a mark of a verdict; a cell of figures is no such word
  function wordsOf(row) {
    return Array.from(row.querySelectorAll(".t")).filter((each) => each.textContent.length <= 16 && !/\d/.test(each.textContent));
  }

  // a row of several subjects counts its verdicts in words
  function cellsOf(row) {
    return Array.from(row.cells, (cell) => cell.textContent);
  }

  // 达标 is not said where 未达标 is
  function says(text, word) {
    const longer = chips.map((chip) => chip.textContent).filter((other) => other !== word && other.includes(word));
    return longer.reduce((rest, other) => rest.replaceAll(other, ""), text).includes(word);
  }

  // a sign stands for the verdict that its note names
  function notesOf(row) {
    return Array.from(row.cells).filter((cell) => !cell.hidden).map((cell) => (cell.querySelector("[title]") || cell).title);
  }

  const tables = Array.from(document.querySelectorAll(".table"), (box) => new SortedTable(box));
  const tools = document.querySelector(".tools");
  const isBelow = (box) => tools.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING;
  const filtered = tables.filter((table) => isBelow(table.box)); // a brief above stays whole
  const pageStatus = make("output", { class: "status", "aria-live": "polite" });
  const clear = make("button", { type: "button", class: "clear", hidden: "" }, words.clear);
  const pageInput = make("input", { type: "search" });
  const chips = [];
  const unfolded = [];

  // the words that rows are marked with, gravest first
  function markedWords() {
    const order = ["grave", "behind", "open", "on_course", "good", "set_aside", "quiet"];
    const found = new Map();
    for (const table of filtered) {
      for (const row of table.rows) {
        const marks = new Map(wordsOf(row).map((each) => [each.textContent, each]));
        for (const [word, mark] of marks) {
          const known = found.get(word) || { word, tone: mark.classList[1], count: 0 };
          known.count += 1;
          found.set(word, known);
        }
      }
    }
    const most = Array.from(found.values()).sort((a, b) => b.count - a.count).slice(0, 12);
    return most.sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
  }

  function filterPage() {
    const active = pageFilter.text !== "" || pageFilter.tones.size > 0;
    filtered.forEach((table) => table.filter());
    for (const section of document.querySelectorAll("main > section")) {
      if (!isBelow(section)) continue;
      section.hidden = active && !filtered.some((table) => table.shown && section.contains(table.box));
    }
    unfoldHits(active);
    keepClear();
    const sum = (name) => filtered.reduce((total, table) => total + (name === "all" ? table.rows.length : table.shown), 0);
    pageStatus.textContent = active ? counted(sum("shown"), sum("all")) : "";
    clear.hidden = !active;
  }

  // what a filter leaves is not folded away; afterwards it is again
  function unfoldHits(active) {
    unfolded.splice(0).forEach((fold) => { fold.open = false; });
    if (!active) return;
    for (const table of filtered.filter((each) => each.shown)) {
      for (let fold = table.box.closest("details"); fold; fold = fold.parentElement.closest("details")) {
        if (!fold.open) unfolded.push(fold);
        fold.open = true;
      }
    }
  }

  // what an address leads to must not lie under the tools
  function keepClear() {
    document.documentElement.style.scrollPaddingTop = getComputedStyle(tools).position === "sticky" ? `${tools.offsetHeight + 12}px` : "";
  }

  function clearPage() {
    pageFilter.text = pageInput.value = "";
    pageFilter.tones.clear();
    chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
    filterPage();
  }

  function addChip(mark) {
    const label = make("span", { class: "t " + mark.tone }, mark.word);
    const chip = make("button", { type: "button", "aria-pressed": "false" }, label);
    chip.addEventListener("click", () => {
      const pressed = !pageFilter.tones.delete(mark.word);
      if (pressed) pageFilter.tones.add(mark.word);
      chip.setAttribute("aria-pressed", String(pressed));
      filterPage();
    });
    chips.push(chip);
    return chip;
  }

  function addTools() {
    const marks = markedWords();
    const rows = filtered.reduce((total, table) => total + table.rows.length, 0);
    if (filtered.length < 2 || rows < 13) {
      if (marks.length < 2) return;
    } else {
      pageInput.addEventListener("input", () => {
        pageFilter.text = pageInput.value.trim().toLocaleLowerCase(lang);
        filterPage();
      });
      tools.append(make("label", {}, words.filterPage, pageInput));
    }
    if (marks.length > 1) {
      tools.append(make("div", { class: "chips", role: "group", "aria-label": words.only }, words.only, ...marks.map(addChip)));
    }
    clear.addEventListener("click", () => { clearPage(); (chips[0] || pageInput).focus(); });
    tools.append(clear, pageStatus);
  }

  // what an address leads to may be folded away or filtered out
  function reveal() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch (error) { return; }
    const place = name && document.getElementById(name);
    if (!place) return;
    for (let part = place; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    const row = place.closest("tbody tr");
    const table = row && tables.find((each) => each.body === row.parentElement);
    if (table) table.show(row);
    if (place.closest("section[hidden]")) clearPage();
    place.scrollIntoView({ block: row ? "center" : "start" });
  }

  function focusOnlyWhatScrolls() {
    for (const box of document.querySelectorAll(".scroll, figure")) {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    closed.forEach((each) => { each.open = true; });
  });
  window.addEventListener("afterprint", () => closed.forEach((each) => { each.open = false; }));
  window.addEventListener("hashchange", reveal);
  window.addEventListener("resize", focusOnlyWhatScrolls);
  window.addEventListener("resize", keepClear);
  document.addEventListener("toggle", focusOnlyWhatScrolls, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) setTimeout(reveal);
  });

  addTools();
  keepClear();
  focusOnlyWhatScrolls();
  if (location.hash) reveal();
})();
