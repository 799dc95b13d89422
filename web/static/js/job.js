// The page of a job: keys for decisions, and the layer that is looked at, told to all who show it.

import { forPage } from "./page.js";
import { scrub } from "./layers.js";

const open = (name) => {
  const part = document.querySelector(`#choice-${name}`);
  if (!part) return;
  part.open = true;
  part.scrollIntoView({ block: "nearest" });
  (part.querySelector("textarea, input:not([type=hidden])") ?? part.querySelector("button")).focus();
};
const follow = (rel) => { const link = document.querySelector(`a[rel=${rel}]`); if (link) location = link.href; };
const keys = {
  a: () => open("approve-once"),
  d: () => open("deny"),
  n: () => open("note"),
  j: () => follow("next"),
  k: () => follow("prev"),
  h: () => document.querySelector(".heat-switch")?.click(),
};
document.addEventListener("keydown", (event) => {
  if (!forPage(event) || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

const evidence = document.querySelector("#evidence");
if (evidence) {
  const index = JSON.parse(evidence.textContent);
  const listeners = index.growths.map((growth, plate) => scrub(growth, plate, index.files));
  const scene = document.querySelector(".scene");
  if (index.scene && scene) {
    const { show } = await import("./scene.js");
    const view = await show(scene, index.scene, index.files);
    if (view) for (const growth of listeners) growth?.(view.cut);
  }
}
