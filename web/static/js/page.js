// What every page has: times in the reader's own zone, copying, confirming, one place for messages.

const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const language = document.documentElement.lang || undefined;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

export function ago(then, now = Date.now()) {
  const seconds = (then - now) / 1000;
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? units.at(-1);
  return relative.format(Math.trunc(seconds / size), unit);
}

export function showTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const then = new Date(time.dateTime);
    const far = Math.abs(Date.now() - then) > 30 * 86400 * 1000;
    time.title = absolute.format(then);
    time.textContent = time.hasAttribute("data-whole") || far ? absolute.format(then) : ago(then);
  }
}

export function say(words) {
  const toast = document.querySelector(".toast");
  toast.textContent = words;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.textContent = ""; }, 8000);
}

/** Whether a key press is meant for the page, and not for a field or a shortcut of the browser. */
export function forPage(event) {
  const field = event.target.closest(
    "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, dialog");
  return !(field || event.ctrlKey || event.metaKey || event.altKey || event.isComposing);
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  say(button.dataset.copied);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
document.addEventListener("submit", (event) => {
  const words = event.submitter?.dataset.confirm;
  if (words && !window.confirm(words)) event.preventDefault();
});
document.documentElement.classList.add("has-script");
for (const element of document.querySelectorAll("[data-script-only]")) element.hidden = false;
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
showTimes();
setInterval(showTimes, 30_000);
