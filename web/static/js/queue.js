// The queue: keys to walk and decide, ticks to decide many, and jobs that arrive while one looks.

import { forPage, say, showTimes } from "./page.js";

const list = document.querySelector(".queue");
const dialog = document.querySelector("#decide");
const bulk = document.querySelector(".bulk");
const words = document.querySelector("#words").dataset;
let current = -1;

const rows = () => [...document.querySelectorAll(".queue > li")];
const ticks = () => [...document.querySelectorAll(".queue input[name=job]")];

function walk(to) {
  const all = rows();
  if (!all.length) return;
  current = Math.max(0, Math.min(to, all.length - 1));
  for (const [place, row] of all.entries()) row.classList.toggle("at", place === current);
  all[current].querySelector(".name a").focus();
  all[current].scrollIntoView({ block: "nearest" });
}

function decide(choice) {
  const row = rows()[current];
  if (!row || !dialog) return;
  const form = dialog.querySelector("form");
  form.action = row.dataset[choice === "note" ? "note" : "decide"];
  form.elements.choice.value = choice;
  dialog.querySelector("h2").textContent = `${words[choice]}: ${row.dataset.name}`;
  const needed = choice === "note" || (choice === "deny" ? row.dataset.verdict === "clear" : row.dataset.verdict !== "clear");
  form.elements.why.required = needed;
  dialog.querySelector(".hint").textContent = needed ? words.needed : words.free;
  dialog.showModal();
  form.elements.why.focus();
}

const keys = {
  j: () => walk(current + 1),
  k: () => walk(current - 1),
  x: () => { const tick = ticks()[current]; if (tick) { tick.click(); } },
  a: () => decide("approve-once"),
  d: () => decide("deny"),
  n: () => decide("note"),
  "?": () => document.querySelector("#keys")?.toggleAttribute("open"),
};

document.addEventListener("keydown", (event) => {
  if (!forPage(event) || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest(".queue > li");
  if (!row) return;
  current = rows().indexOf(row);
  for (const other of rows()) other.classList.toggle("at", other === row);
});
dialog?.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());

function count() {
  if (!bulk) return;
  const chosen = ticks().filter((tick) => tick.checked).length;
  bulk.hidden = chosen === 0;
  bulk.querySelector("output").textContent = words.chosen.replace("NUMBER", chosen);
}
document.addEventListener("change", (event) => {
  if (event.target.matches("#all")) for (const tick of ticks()) tick.checked = event.target.checked;
  count();
});
count();

/** Fetch the page anew and put its list in place; ticks and place stay. */
async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const known = new Set(rows().map((row) => row.id));
  const ticked = new Set(ticks().filter((tick) => tick.checked).map((tick) => tick.value));
  const at = rows()[current]?.id;
  const focused = document.activeElement?.closest?.(".queue > li");
  for (const part of ["#jobs", "#facets"]) {
    const fresh = page.querySelector(part);
    if (fresh) document.querySelector(part).replaceChildren(...fresh.childNodes);
  }
  for (const tick of ticks()) tick.checked = ticked.has(tick.value);
  const arrived = rows().filter((row) => !known.has(row.id));
  for (const row of arrived) row.classList.add("fresh");
  current = rows().findIndex((row) => row.id === at);
  if (focused && current >= 0) walk(current);
  count();
  showTimes();
  if (arrived.length && known.size) say(words.arrived.replace("NUMBER", arrived.length));
}

let waiting = null;
const source = new EventSource(document.querySelector("#live").dataset.events);
for (const event of ["job", "changed"]) {
  source.addEventListener(event, () => {
    clearTimeout(waiting); // many at once are one fetch
    waiting = setTimeout(() => { if (!dialog?.open) renew(); }, 250);
  });
}
const live = document.querySelector("#live");
source.addEventListener("open", () => { live.textContent = live.dataset.on; });
source.addEventListener("error", () => { live.textContent = live.dataset.off; });
if (!list) current = -1;
