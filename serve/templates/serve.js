// Sliders beside the figures of a what-if. Everything else on these pages works without script.
(function () {
  "use strict";
  const form = document.querySelector("form.figures");
  if (!form) return;
  const report = document.getElementById("report");
  let latest = 0;

  function make(field) {
    const slider = document.createElement("input");
    for (const name of ["min", "max", "step"]) slider.setAttribute(name, field.dataset[name]);
    slider.type = "range";
    slider.value = field.value;
    slider.setAttribute("aria-label", field.dataset.name);
    slider.addEventListener("input", () => { field.value = slider.value; mark(field); });
    slider.addEventListener("change", judge);
    field.addEventListener("change", () => { slider.value = field.value; mark(field); judge(); });
    field.after(slider);
  }

  function mark(field) {
    field.closest("label").classList.toggle("changed", field.value !== field.dataset.reported);
  }

  // the page that the form leads to, without leaving this one: its address, and its difference in place of ours
  async function judge() {
    const asked = ++latest;
    const address = new URL(form.action);
    address.search = new URLSearchParams(new FormData(form));
    report.setAttribute("aria-busy", "true");
    let page;
    try {
      const answer = await fetch(address, { credentials: "omit" });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch (error) {
      location.assign(address); // the browser says that nobody answers
      return;
    }
    if (asked !== latest) return;
    report.removeAttribute("aria-busy");
    history.replaceState(null, "", address);
    const keep = form.closest(".asking");
    for (const part of Array.from(report.children)) if (part !== keep) part.remove();
    const theirs = page.getElementById("report");
    for (const part of Array.from(theirs.children)) if (!part.matches(".asking")) report.append(part);
    document.querySelector(".page > header").replaceWith(page.querySelector(".page > header"));
  }

  form.querySelectorAll("input[data-max]").forEach(make);
})();
