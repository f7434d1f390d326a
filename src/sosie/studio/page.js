// The page's own part: which step is shown, buttons that ask something of the server, files that go in, keys.
// Every tab is drawn by the server; what is drawn anew keeps its focus, its open folds and its place.
(() => {
  "use strict";
  const own = document.getElementById("sosie");
  const main = document.getElementById("contenu");
  const guide = document.getElementById("guide");
  const heading = document.getElementById("tete");
  const said = document.getElementById("annonce");
  const chat = document.querySelector("gradio-app");
  const CHAT = "discuter";
  const POLL = 1000;
  const shown = { html: null, guide: null, heading: null };
  let step = "";
  let polling = 0;
  let row = 0; // the dialogue that the keys are about

  // What is shown

  const names = () => [...guide.querySelectorAll("a")].map((link) => link.dataset.step);

  function go(name) {
    if (name === step) return;
    step = name;
    shown.html = null;
    if (location.hash.slice(1) !== name) history.pushState(null, "", `#${name}`);
    main.hidden = name === CHAT;
    chat.hidden = name !== CHAT;
    own.dataset.etape = name;
    if (name === CHAT) refreshChat();
    else main.innerHTML = "";
    look();
    window.scrollTo(0, 0);
  }

  function refreshChat() {
    document.querySelector("#rafraichir")?.click(); // not there yet: Gradio begins with what is so now
    window.dispatchEvent(new Event("resize"));
  }

  async function look() {
    clearTimeout(polling);
    const asked = step;
    try {
      const reply = await fetch(`/sosie/vue?etape=${asked}`);
      if (reply.ok) draw(await reply.json(), asked, false);
    } catch {
      lost();
    }
  }

  function draw(reply, asked, pressed) {
    if (asked !== step) return;
    for (const [part, place] of [["guide", guide], ["heading", heading]]) {
      if (reply[part] !== shown[part]) place.innerHTML = shown[part] = reply[part];
    }
    for (const link of guide.querySelectorAll("a")) {
      if (link.dataset.step === step) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    }
    const writing = !pressed && main.querySelector("input:focus, textarea:focus, select:focus");
    if (step !== CHAT && reply.html !== shown.html && !writing) replace(reply.html);
    clearTimeout(polling);
    polling = setTimeout(look, reply.busy ? POLL : 15 * POLL);
  }

  function replace(html) {
    const open = [...main.querySelectorAll("details[open][id]")].map((fold) => fold.id);
    const focus = signature(document.activeElement);
    main.innerHTML = shown.html = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (!focus) return;
    const again = [...main.querySelectorAll(focus.query)].find((one) => signature(one)?.words === focus.words);
    (again || main).focus({ preventScroll: true });
  }

  // What tells one control from another, before and after it is drawn anew.
  function signature(element) {
    if (!element || !main.contains(element) || element === main) return null;
    if (element.id) return { query: `#${CSS.escape(element.id)}`, words: element.id };
    return { query: element.tagName, words: JSON.stringify({ ...element.dataset }) };
  }

  function lost() {
    said.textContent = "La page ne répond plus : relancez « sosie studio », puis rechargez.";
    said.classList.add("perdue");
  }

  // What is asked

  async function post(target, body, type) {
    const headers = { "Content-Type": type, "X-Sosie-Token": own.dataset.token };
    return fetch(target, { method: "POST", body, headers });
  }

  async function act(name, words = {}) {
    const asked = step;
    const reply = await post(
      "/sosie/faire",
      JSON.stringify({ etape: asked, faire: name, avec: words }),
      "application/json",
    ).catch(lost);
    if (!reply) return;
    if (reply.ok) draw(await reply.json(), asked, true);
    else said.textContent = await reply.text();
    if (reply.status === 403) location.reload();
  }

  // A voice message, asked for with our token: an address alone gives none.
  let playing = null;
  async function listen(pressed) {
    const headers = { "X-Sosie-Token": own.dataset.token };
    const reply = await fetch(`/sosie/son?de=${pressed.dataset.sound}`, { headers }).catch(lost);
    if (!reply) return;
    if (playing) URL.revokeObjectURL(playing.src);
    playing?.pause();
    if (reply.ok) playing = new Audio(URL.createObjectURL(await reply.blob()));
    const heard = reply.ok && (await playing.play().then(() => true, () => false));
    if (!heard) said.textContent = "Ce son n'est plus là, ou ce navigateur ne sait pas le lire.";
  }

  function words(element) {
    const { do: _do, key: _key, ...given } = element.dataset;
    return given;
  }

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-step]");
    if (link) {
      event.preventDefault();
      go(link.dataset.step);
      main.focus({ preventScroll: true });
      return;
    }
    const pressed = event.target.closest("button[data-do]");
    if (!pressed || pressed.disabled || pressed.ariaBusy === "true") return;
    if (pressed.dataset.do === "go") {
      go(pressed.dataset.step);
      return;
    }
    pressed.ariaBusy = "true"; // disabled, it would lose the keyboard
    await (pressed.dataset.do === "listen" ? listen(pressed) : decide(pressed));
    pressed.ariaBusy = "false";
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-do]");
    if (!form) return;
    event.preventDefault();
    main.querySelector("input:focus, textarea:focus, select:focus")?.blur(); // a button keeps its place
    act(form.dataset.do, { ...words(form), fields: Object.fromEntries(new FormData(form)) });
  });

  document.addEventListener("change", (event) => {
    const list = event.target.closest("select[data-do]");
    if (list) act(list.dataset.do, { value: list.value });
    if (event.target.matches("input[data-files]")) {
      sendAll([...event.target.files].map((file) => [file, file.webkitRelativePath || file.name]));
      event.target.value = "";
    }
  });

  window.addEventListener("hashchange", () => {
    if (names().includes(location.hash.slice(1))) go(location.hash.slice(1));
  });
  window.addEventListener("popstate", () => {
    if (names().includes(location.hash.slice(1))) go(location.hash.slice(1));
  });

  // Files

  const MEDIA = /^(image|video|audio)\//;

  async function sendAll(files) {
    const place = document.getElementById("envoi");
    const kept = files.filter(([file, name]) => !name.includes("/") || !MEDIA.test(file.type));
    let failed = "";
    for (const [count, [file, name]] of kept.entries()) {
      if (place) place.textContent = `Envoi ${count + 1} sur ${kept.length} : ${name.split("/").pop()}`;
      const reply = await post(
        `/sosie/envoi?nom=${encodeURIComponent(name)}`,
        file,
        "application/octet-stream",
      ).catch(() => null);
      if (!reply?.ok) failed = await reason(reply);
    }
    if (place) place.textContent = failed;
    if (kept.length && !failed) await act("look");
  }

  async function reason(reply) {
    if (!reply) return "Ce fichier n'a pas pu être lu.";
    const told = await reply.text();
    try {
      const { message, mend } = JSON.parse(told);
      return `${message} ${mend}`;
    } catch {
      return told;
    }
  }

  async function within(entry, path, found) {
    if (entry.isFile) {
      found.push([await new Promise((done, no) => entry.file(done, no)), path + entry.name]);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, no) => reader.readEntries(done, no));
      if (!some.length) return;
      for (const one of some) await within(one, `${path}${entry.name}/`, found);
    }
  }

  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.querySelector("[data-drop]")?.classList.add("survol");
  });
  document.addEventListener("dragleave", () => {
    document.querySelector("[data-drop]")?.classList.remove("survol");
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault(); // a file dropped beside is not opened in our place
    const zone = document.querySelector("[data-drop]");
    zone?.classList.remove("survol");
    if (!zone) return;
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const found = entries.length ? [] : [...event.dataTransfer.files].map((file) => [file, file.name]);
    for (const entry of entries) await within(entry, "", found);
    sendAll(found);
  });

  // Keys of the review

  const cards = () => [...main.querySelectorAll("#dialogues > li")];

  function stand(place) {
    const all = cards();
    if (!all.length) return;
    row = Math.max(0, Math.min(place, all.length - 1));
    all[row].focus({ preventScroll: true });
    all[row].scrollIntoView({ block: "nearest" });
  }

  // A button of a dialogue: decided, one stands on the next.
  async function decide(pressed) {
    const card = pressed.closest("#dialogues > li");
    const place = card ? cards().indexOf(card) : -1;
    const label = pressed.textContent;
    await act(pressed.dataset.do, words(pressed));
    if (pressed.dataset.do === "page") stand(0);
    if (!card) return;
    const now = cards();
    const same = now.findIndex((one) => one.dataset.id === card.dataset.id);
    const decided = ["keep", "drop", "not_me"].includes(pressed.dataset.do);
    if (decided) stand(same === place ? place + 1 : place);
    else if (pressed.dataset.do === "edit") now[same]?.querySelector("textarea")?.focus();
    else stand(same < 0 ? place : same);
    if (decided) said.textContent = `${label} : fait. Z pour annuler.`;
  }

  document.addEventListener("keydown", (event) => {
    if (step !== "relire" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select")) {
      if (event.key === "Escape") act("close");
      return;
    }
    const all = cards();
    const here = all.indexOf(document.activeElement?.closest("#dialogues > li"));
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      const to = here < 0 ? row : here + (key === "j" ? 1 : -1);
      if (to >= all.length) main.querySelector(".pages .suivants")?.click();
      else stand(to);
    } else if (key === "z") {
      main.querySelector("[data-do=undo]")?.click();
    } else if ("dgme".includes(key)) {
      const card = all[here < 0 ? row : here];
      card?.querySelector(`[data-key="${key}"]`)?.click();
    } else return;
    event.preventDefault();
  });

  // Gradio says some things in English to those who listen.

  const SPOKEN = [
    [/^chatbot conversation$/, "Conversation"],
    [/^number input for (.*)$/, "Valeur : $1"],
    [/^range slider for (.*)$/, "Curseur : $1"],
    [/^Reset to default value$/, "Revenir à la valeur de départ"],
    [/^Copy( message| conversation)?$/i, "Copier"],
    [/^Copied( message| conversation)?!?$/i, "Copié"],
    [/^(Scroll to bottom|scroll down)$/i, "Aller en bas"],
    [/^bot's message: ?/i, "Réponse : "],
    [/^user's message: ?/i, "Vous : "],
    [/^Clear$/i, "Effacer"],
    [/^Close$/i, "Fermer"],
    [/^Dismiss(.*)$/i, "Fermer"],
    [/^loading$/i, "Chargement"],
  ];

  function speakFrench(root) {
    for (const empty of root.querySelectorAll('[role="complementary"]')) empty.removeAttribute("role");
    for (const element of root.querySelectorAll("[aria-label], [title]")) {
      for (const name of ["aria-label", "title"]) {
        const words = element.getAttribute(name);
        const found = words && SPOKEN.find(([english]) => english.test(words));
        if (found) element.setAttribute(name, words.replace(...found));
      }
    }
  }

  new MutationObserver(() => speakFrench(chat)).observe(chat, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["aria-label", "title"],
  });

  guide.innerHTML = shown.guide = guide.innerHTML;
  const asked = location.hash.slice(1);
  go(asked && names().includes(asked) ? asked : own.dataset.premiere);
})();
