// The game in the browser. It knows of a duel only what the rater sees: who wrote what comes with the round's end.
"use strict";

const PERSON = "personne";
const token = document.querySelector('meta[name="sosie"]').content;
const $ = (id) => document.getElementById(id);
let rater = "";
let acquainted = null; // whether they know the person
let duel = null; // the one on the table, null while an answer is on its way

async function ask(verb, more = {}) {
  try {
    const answer = await fetch(`/api/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Sosie": token },
      body: JSON.stringify({ rater, ...more }),
    });
    const said = await answer.json();
    $("complaint").textContent = answer.ok ? "" : said.error;
    return answer.ok ? said : null;
  } catch {
    $("complaint").textContent = "La page ne répond plus : la partie est peut-être fermée.";
    return null;
  }
}

function show(name) {
  for (const part of ["welcome", "duel", "end"]) $(part).hidden = part !== name;
  $("progress").hidden = name !== "duel";
  window.scrollTo(0, 0);
}

function make(kind, name, text) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function bubbles(context) {
  return context.map((turn) => {
    const bubble = make("p", turn.me ? "bubble me" : "bubble");
    bubble.append(make("span", "unseen", turn.me ? "La personne : " : "L'autre : "), turn.text);
    return bubble;
  });
}

function lay(table) {
  if (!table) return;
  if (!table.duel) {
    finish();
    return;
  }
  const place = table.done % table.round;
  const size = Math.min(table.round, table.total - (table.done - place));
  $("dots").replaceChildren(...Array.from({ length: size }, (_, i) => make("i", i < place ? "done" : "")));
  $("count").textContent = `${place + 1} sur ${size}`;
  $("context").replaceChildren(...bubbles(table.duel.context));
  $("left").textContent = table.duel.left;
  $("right").textContent = table.duel.right;
  document.querySelectorAll(".taken").forEach((button) => button.classList.remove("taken"));
  duel = table.duel;
  show("duel");
  $("question").focus({ preventScroll: true });
}

async function vote(choice) {
  if (!duel) return;
  const asked = duel;
  duel = null;
  document.querySelector(`[data-choice="${choice}"]`).classList.add("taken");
  const table = await ask("vote", { duel: asked.id, choice, acquainted });
  if (!table) {
    duel = asked;
    return;
  }
  if (table.done % table.round === 0) await finish();
  else lay(table);
}

async function finish() {
  const round = await ask("round");
  if (!round) return;
  $("found").textContent = round.asked
    ? `Vous avez reconnu la vraie personne ${round.found}\u00a0fois sur\u00a0${round.asked}.`
    : "Aucun duel de ce tour ne compte.";
  $("mine").textContent = "En devinant au hasard, on en reconnaît la moitié.";
  $("tally").replaceChildren(...drawTally(round.tally));
  $("review").replaceChildren(...round.review.map(drawDuel));
  $("again").hidden = !round.left;
  show("end");
  $("found").focus({ preventScroll: true });
}

const percent = (share) => `${Math.round(100 * share)}\u202f%`;
const many = (n, what) => `${n} ${what}${n > 1 ? "s" : ""}`;
const decimal = (value) => value.toFixed(2).replace(".", ",").replace("-", "−");
const short = (player) => player.split("@")[0];
const called = (player) => (player === PERSON ? "la vraie personne" : short(player));

function drawTally(tally) {
  const voted = tally.fooling.filter((system) => system.rate !== null);
  const drawn = voted.map((system) => {
    const groups = tally.by_group.filter((row) => row.player === system.player && row.n);
    return drawSystem(system, voted.length > 1, groups);
  });
  if (tally.strengths.length) drawn.push(drawStrengths(tally.strengths));
  return drawn;
}

const GROUPS = { acquaintances: "Qui connaît la personne", strangers: "Qui ne la connaît pas", unsaid: "Qui ne l'a pas dit" };

function drawGroup(row) {
  return make("p", "small", `${GROUPS[row.group]}\u00a0: ${percent(row.rate)}, entre ${percent(row.low)} et `
    + `${percent(row.high)} (${many(row.n, "vote")}, ${many(row.raters, "joueur")})`);
}

function drawSystem(system, several, groups) {
  const box = make("div", "system");
  if (several) box.append(make("h3", "", short(system.player)));
  box.append(
    make("div", "rate", percent(system.rate)),
    make("p", "", `des votes de tous les joueurs ont pris ${several ? "ce modèle" : "le double"} pour la vraie personne`),
    gauge(system),
    scale(),
    make("p", "small", `Entre ${percent(system.low)} et ${percent(system.high)} (à 95\u202f%) · `
      + `${many(system.n, "vote")}, ${many(system.raters, "joueur")}, ${many(system.questions, "contexte")}`),
    ...groups.map(drawGroup),
  );
  return box;
}

function scale() {
  const line = make("p", "scale");
  line.append(make("span", "", "démasqué"), make("span", "", "50\u202f% : indiscernable"), make("span", "", "100\u202f%"));
  return line;
}

function gauge(system) {
  const drawn = svg("svg", { viewBox: "0 0 100 12", preserveAspectRatio: "none", class: "gauge", "aria-hidden": "true" });
  const at = (share) => 4 + 92 * share;
  drawn.append(
    svg("line", { class: "rail", x1: at(0), x2: at(1), y1: 6, y2: 6, "vector-effect": "non-scaling-stroke" }),
    svg("line", { class: "band", x1: at(system.low), x2: at(system.high), y1: 6, y2: 6, "vector-effect": "non-scaling-stroke" }),
    svg("line", { class: "half", x1: at(0.5), x2: at(0.5), y1: 1, y2: 11, "vector-effect": "non-scaling-stroke" }),
    svg("rect", { class: "point", x: at(system.rate) - 0.6, y: 2.5, width: 1.2, height: 7 }),
  );
  return drawn;
}

function svg(kind, values) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const [name, value] of Object.entries(values)) made.setAttribute(name, value);
  return made;
}

function drawStrengths(rows) {
  const table = make("table");
  table.append(make("caption", "", "Qui passe le plus pour la vraie personne"));
  const head = table.createTHead().insertRow();
  for (const name of ["Joueur", "Force", "Intervalle à 95\u202f%"]) {
    const cell = make("th", "", name);
    cell.scope = "col";
    head.append(cell);
  }
  for (const row of rows) {
    const line = table.insertRow();
    const name = make("th", "", called(row.player));
    name.scope = "row";
    line.append(name, make("td", "", decimal(row.strength)), make("td", "", `${decimal(row.low)} à ${decimal(row.high)}`));
  }
  return table;
}

function drawDuel(seen) {
  const item = make("li");
  item.append(make("p", "heard", seen.context.at(-1)?.text ?? ""));
  ["left", "right"].forEach((side, place) => {
    const player = seen.players[place];
    const one = make("div", `one${player === PERSON ? " person" : ""}${seen.choice === side ? " chosen" : ""}`);
    const who = called(player) + (seen.choice === side ? " · votre choix" : "");
    one.append(make("span", "mark", "AB"[place]), make("span", "said", seen[side]), make("span", "who", who));
    item.append(one);
  });
  if (seen.choice === "known") item.append(make("p", "small", "Vous vous en souveniez : ce duel ne compte pas."));
  return item;
}

async function savePng() {
  const picture = new Image();
  picture.src = `/image.svg?${Date.now()}`;
  await picture.decode();
  const canvas = make("canvas");
  [canvas.width, canvas.height] = [1200, 630];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  canvas.toBlob((blob) => {
    const link = make("a");
    link.href = URL.createObjectURL(blob);
    link.download = "qui-a-ecrit-ca.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

$("welcome").addEventListener("submit", async (event) => {
  event.preventDefault();
  rater = $("rater").value;
  acquainted = new FormData(event.target).get("acquainted") === "yes";
  lay(await ask("next"));
});
$("again").addEventListener("click", async () => lay(await ask("next")));
$("png").addEventListener("click", savePng);
document.querySelectorAll("[data-choice]").forEach((button) => {
  button.addEventListener("click", () => vote(button.dataset.choice));
});
document.addEventListener("keydown", (event) => {
  if ($("duel").hidden || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const choice = { a: "left", arrowleft: "left", b: "right", arrowright: "right", s: "known" }[event.key.toLowerCase()];
  if (!choice) return;
  event.preventDefault();
  vote(choice);
});
