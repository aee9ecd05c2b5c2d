// What the page does beside htmx: it works without, but then nothing on it moves.
"use strict";

// The list moves under the pointer when a request comes or goes; a press right after that was
// meant for what stood there before.
const SETTLING_MILLISECONDS = 900;
let shown = asked();
let movedAt = -Infinity;

function asked() {
  return Array.from(document.querySelectorAll("article.asked"), (each) => each.id);
}

document.addEventListener("submit", (event) => {
  if (event.target.action.endsWith("/answer") && performance.now() - movedAt < SETTLING_MILLISECONDS) {
    event.preventDefault();
    say("The list has just changed. Nothing was answered: look, and press again.");
  }
}, true);

function say(...words) {
  const place = document.getElementById("said");
  place.replaceChildren(...words);
  place.hidden = false;
}

function tellWhatIsGone(gone) {
  const links = gone.flatMap((id) => {
    const link = document.createElement("a");
    link.href = `/approvals/${id}`;
    link.textContent = id;
    return [" ", link];
  });
  say("No longer waits; see what became of it:", ...links);
}

// What is open stays open, and what is ticked ticked, when the page is made anew around it; a
// box whose request has changed is another one, and is not ticked.
const open = new Set();
document.addEventListener("toggle", (event) => {
  const details = event.target;
  if (details.id) details.open ? open.add(details.id) : open.delete(details.id);
}, true);
const ticked = new Set();
document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.type === "checkbox") box.checked ? ticked.add(box.id) : ticked.delete(box.id);
}, true);

document.addEventListener("htmx:after:swap", () => {
  for (const details of document.querySelectorAll("details[id]")) details.open = open.has(details.id);
  for (const box of document.querySelectorAll("input[type=checkbox]")) box.checked = ticked.has(box.id);
  const now = asked();
  if (now.join() !== shown.join()) {
    movedAt = performance.now();
    const gone = shown.filter((id) => !now.includes(id));
    if (gone.length) tellWhatIsGone(gone);
    shown = now;
  }
  const heading = document.querySelector("[data-waiting]");
  if (heading) {
    const waiting = Number(heading.dataset.waiting);
    document.title = (waiting ? `(${waiting}) ` : "") + "Inbox – agent-session";
  }
});
