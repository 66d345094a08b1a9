/* What the admin centre adds where a browser runs scripts. Every page works without it. */
"use strict";

/* Moments in the viewer's zone; UTC stays as the tooltip. */
function localTimes(root) {
  const page = document.documentElement.lang; // the browser may know a country for it: 24/11 or 11/24
  const language = [...navigator.languages.filter((it) => it.split("-")[0] === page.split("-")[0]), page];
  const precise = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
  for (const it of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const moment = new Date(it.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    it.title = it.textContent.trim();
    it.textContent = precise.format(moment);
    it.dataset.local = "";
  }
}

/* The main button of a form waits until what the form needs is there. */
function watchForms(root) {
  for (const form of root.querySelectorAll("form[data-needs]")) {
    const button = form.querySelector("button.primary");
    const look = () => { button.disabled = !form.checkValidity(); };
    form.addEventListener("input", look);
    form.addEventListener("change", look);
    look();
  }
}

/* Fields that only count for one choice: data-for="name=value". They are hidden, and then need nothing. */
function watchChoices(root) {
  for (const part of root.querySelectorAll("[data-for]")) {
    const [name, values] = part.dataset.for.split("=");
    const form = part.closest("form");
    const look = () => {
      const chosen = [...form.elements].filter((it) => it.name === name && (it.checked || it.tagName === "SELECT"));
      const off = !chosen.some((it) => values.split("|").includes(it.value));
      part.hidden = off;
      for (const it of part.querySelectorAll("input, select, textarea")) it.disabled = off;
    };
    form.addEventListener("change", look);
    look();
  }
}

/* What a chosen place does not offer cannot be chosen: <select data-offers="NAME">, <option data-offered="VALUES">. */
function watchOffers(root) {
  for (const select of root.querySelectorAll("select[data-offers]")) {
    const ways = [...select.form.elements].filter((it) => it.name === select.dataset.offers);
    const look = () => {
      const offered = (select.selectedOptions[0]?.dataset.offered ?? "").split(" ");
      for (const it of ways) {
        it.disabled = !offered.includes(it.value);
        it.closest(".choice").hidden = it.disabled;
      }
      const open = ways.filter((it) => !it.disabled);
      if (open.length > 0 && !open.some((it) => it.checked)) open[0].checked = true;
    };
    select.addEventListener("change", look);
    look();
  }
}

/* Browsers give pages without TLS no clipboard; what is selected can be copied all the same. */
async function copy(part) {
  if (navigator.clipboard) return navigator.clipboard.writeText(part.textContent);
  window.getSelection().selectAllChildren(part);
  if (!document.execCommand("copy")) throw new Error("not copied");
}

/* Lists of single values: one more row, one row less. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-row], [data-drop-row], [data-copy], [data-ask]");
  if (button === null) return;
  if ("addRow" in button.dataset) {
    const rows = document.getElementById(button.dataset.addRow);
    const row = rows.querySelector("li").cloneNode(true);
    const input = row.querySelector("input");
    input.value = "";
    input.removeAttribute("aria-invalid");
    row.querySelector("[data-drop-row]").hidden = false;
    rows.append(row);
    rows.closest("form").dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  } else if ("dropRow" in button.dataset) {
    const rows = button.closest("ul");
    if (rows.children.length > 1) button.closest("li").remove();
    else rows.querySelector("input").value = "";
    const form = rows.closest("form");
    form.dispatchEvent(new Event("input", { bubbles: true }));
    rows.querySelector("input").focus();
  } else if ("copy" in button.dataset) {
    copy(document.getElementById(button.dataset.copy)).then(() => { button.querySelector("span").textContent = button.dataset.copied; });
  } else if (!window.confirm(button.dataset.ask)) {
    event.preventDefault();
  }
});

/* A menu closes when somebody leaves it. */
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest("details[data-menu]");
  if (menu !== null && event.relatedTarget !== null && !menu.contains(event.relatedTarget)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* Parts that go stale name what they wait for: data-live="mail". One stream serves the whole page, while somebody
   looks at it: a browser opens six connections to a server, and a seventh page would wait for ever. */
function live() {
  const parts = document.querySelectorAll("[data-live]");
  if (parts.length === 0 || !("EventSource" in window)) return;
  let stream = null;
  /* A part that somebody works in, by keyboard or with ticks, waits until they are done. */
  const busy = (it) => it.querySelector(":is(a, button, input, select, textarea, summary):focus, input:checked") !== null;
  const look = (it) => {
    if (busy(it)) it.dataset.late = "";
    else { delete it.dataset.late; htmx.trigger(it, "stale"); }
  };
  const refresh = (which) => { for (const it of document.querySelectorAll(which)) look(it); };
  for (const name of ["focusout", "change"]) document.addEventListener(name, () => setTimeout(refresh, 0, "[data-late]"));
  const open = () => {
    stream = new EventSource("/live");
    for (const name of ["mail", "configuration"]) stream.addEventListener(name, () => refresh(`[data-live~="${name}"]`));
    stream.addEventListener("here", (event) => {  // what happened between the page and its stream
      const drawn = new URLSearchParams(document.body.dataset.marks);
      for (const [name, mark] of new URLSearchParams(event.data)) {
        if (drawn.get(name) !== mark) refresh(`[data-live~="${name}"]`);
      }
      document.body.dataset.marks = event.data;
    });
  };
  const close = () => { stream?.close(); stream = null; };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (stream === null) { open(); refresh("[data-live]"); }
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted && stream === null) open(); });
  if (!document.hidden) open();
}

/* What somebody has unfolded stays so when its part is drawn anew. */
let unfolded = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  unfolded = [...event.detail.target.querySelectorAll("details[id][open]")].map((it) => it.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
});

/* A link whose part cannot be had leads to the page that says why. */
for (const failed of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failed, (event) => {
    const link = event.detail.elt.closest("a[href]");
    if (link !== null) window.location.assign(link.href);
  });
}

/* What a page asks for by itself keeps no session awake. */
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.triggeringEvent?.type === "stale") event.detail.headers["X-Unattended"] = "1";
});

/* Choices before forms: what a form needs depends on which of its fields count. */
function dress(root) { localTimes(root); watchOffers(root); watchChoices(root); watchForms(root); }
document.addEventListener("DOMContentLoaded", () => {
  const ways = document.querySelector("details.ways");
  if (ways !== null && window.matchMedia("(max-width: 60rem)").matches) ways.open = false;
  dress(document);
  live();
});
document.addEventListener("htmx:afterSwap", (event) => dress(event.target));
