// What pages do beyond plain HTML: look again when something changed, keep what was typed, count an act once.
"use strict";

// Look again: an element with data-live="topic topic" is asked for anew (its hx-get) when one of the topics changed.
const live = [...document.querySelectorAll("[data-live]")];
if (live.length && window.EventSource) {
  const topics = [...new Set(live.flatMap((part) => part.dataset.live.split(" ")))].slice(0, 10);
  const source = new EventSource("/live?" + topics.map((topic) => "topic=" + encodeURIComponent(topic)).join("&"));
  let waiting = 0;
  source.addEventListener("changed", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      for (const part of document.querySelectorAll("[data-live]")) htmx.trigger(part, "look");
    }, 250);
  });
  window.addEventListener("pagehide", () => source.close());
}

// Keep what was typed: until the form went through, it is in this tab alone, and back after a lost session or connection.
const kept = (form) => "kept:" + form.dataset.keep;
for (const form of document.querySelectorAll("form[data-keep]")) {
  const fields = () => [...form.elements].filter((field) => field.name && !["hidden", "password", "file"].includes(field.type));
  const blank = fields().every((field) => !field.value || ["radio", "checkbox"].includes(field.type) || field.tagName === "SELECT");
  const before = JSON.parse(sessionStorage.getItem(kept(form)) || "null");
  if (before && blank && !document.querySelector(".told")) {
    for (const field of fields()) {
      if (!(field.name in before)) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = before[field.name].includes(field.value);
      else field.value = before[field.name][0];
    }
  }
  form.addEventListener("input", () => {
    const typed = {};
    for (const field of fields()) {
      if (["radio", "checkbox"].includes(field.type) && !field.checked) continue;
      (typed[field.name] ||= []).push(field.value);
    }
    sessionStorage.setItem(kept(form), JSON.stringify(typed));
  });
}
if (document.querySelector(".told") || document.querySelector("[data-signed-out]")) {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith("kept:")) sessionStorage.removeItem(name);
}

// Count once: a button that was pressed does not press again while the answer is on its way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 8000);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// Keys: data-key="t" on a link or button of the row in focus; "/" goes to the search; j and k through rows.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  // A link, a button or what unfolds does its own with Enter and the space bar.
  if ((event.key === "Enter" || event.key === " ") && event.target.closest("a, button, summary")) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement.closest("[data-row]"));
  if (event.key === "j" || event.key === "k") {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))];
    if (next) next.focus();
    return;
  }
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
    return;
  }
  const scope = at >= 0 ? rows[at] : rows[0] || document;
  const wanted = scope.querySelector(`[data-key="${CSS.escape(event.key)}"]`) || document.querySelector(`[data-key="${CSS.escape(event.key)}"]:not([data-row] *)`);
  if (wanted) { event.preventDefault(); wanted.click(); }
});

// Fill: a button with data-fill='{"name": "value"}' types for the person and goes on to the field data-next. ↓ in a field
// with data-choices="id" goes to the first such button there, ↑ and ↓ move among them, Esc goes back to the field.
const fill = (button) => {
  const form = document.getElementById(button.dataset.form) || button.closest("form");
  for (const [name, value] of Object.entries(JSON.parse(button.dataset.fill))) {
    const field = form.elements[name];
    if (!field) continue;
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
  const list = button.closest("ul");
  const next = document.getElementById(button.dataset.next);
  if (list && next) list.parentElement.replaceChildren();
  if (next) next.focus();
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (button) fill(button);
});
document.addEventListener("keydown", (event) => {
  const down = event.key === "ArrowDown", up = event.key === "ArrowUp";
  const field = event.target.closest("[data-choices]");
  const choice = event.target.closest(".choice");
  if (field && down) {
    const first = document.getElementById(field.dataset.choices).querySelector(".choice");
    if (first) { event.preventDefault(); first.focus(); }
  } else if (choice && (down || up || event.key === "Escape")) {
    event.preventDefault();
    const all = [...choice.closest("ul").querySelectorAll(".choice")];
    const next = event.key === "Escape" ? null : all[all.indexOf(choice) + (down ? 1 : -1)];
    (next || (down ? choice : document.querySelector(`[data-choices="${choice.closest("[id]").id}"]`))).focus();
  }
  // Send: Ctrl+Enter from any field of a form for fast entry.
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form[data-quick]");
    if (form) { event.preventDefault(); form.requestSubmit(); }
  }
});

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
for (const menu of document.querySelectorAll("details.menu, details[data-wide]")) menu.open = window.matchMedia("(min-width: 62rem)").matches;
