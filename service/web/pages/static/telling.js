// The page "Telling": unlock, tell, see what waits, send, carry away in a file, bring a file in.
"use strict";
(async () => {
  const main = document.getElementById("content");
  const at = (id) => document.getElementById(id);
  if (!window.isSecureContext || !navigator.serviceWorker || !window.indexedDB) {
    at("insecure").hidden = false;
    return;
  }
  const words = main.dataset;

  const sentence = (key) => words[`say${key[0].toUpperCase()}${key.slice(1)}`] || key;
  const say = (key) => {
    at("said").textContent = sentence(key);
    at("said").hidden = false;
    at("said").scrollIntoView({ block: "nearest" });
  };

  const draw = async () => {
    const rows = await Locker.list();
    const waiting = rows.filter((row) => row.state !== "sent");
    at("queue-none").hidden = rows.length > 0;
    at("queue-rows").replaceChildren(...rows.map((row) => {
      const line = document.createElement("li");
      const tag = document.createElement("span");
      const why = words[`say${row.why.slice(0, 1).toUpperCase()}${row.why.slice(1)}`] || row.why;
      tag.className = row.state === "sent" ? "tag off" : "tag ask";
      tag.textContent = words[`state${row.state[0].toUpperCase()}${row.state.slice(1)}`];
      line.dataset.state = row.state;
      line.append(`${new Date(row.at).toLocaleString(document.documentElement.lang)} `, tag, why ? ` ${why}` : "");
      return line;
    }));
    at("send").disabled = at("save").disabled = waiting.length === 0;
    const life = waiting.length ? 34560000 : 0;
    document.cookie = `${words.cookie}=${waiting.length}; path=/; max-age=${life}; SameSite=Strict`;
  };

  const send = async () => {
    const problem = await Sending.all(words.sync);
    if (problem) say(problem);
    await draw();
  };

  const download = async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await Locker.toFile());
    link.download = `telling-${new Date().toISOString().slice(0, 10)}.samleng`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  const isNew = !(await Locker.open(words.slug));
  at("first-time").hidden = !isNew;
  at("locker").hidden = at("queue").hidden = false;
  await draw();

  at("unlocking").addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = at("passphrase").value;
    if (isNew && (said.length < 12 || said !== at("passphrase-again").value)) return say("short");
    if (!(await Locker.enter(said))) return say("wrong");
    at("passphrase").value = at("passphrase-again").value = "";
    at("locker").hidden = true;
    at("said").hidden = true;
    if (at("new")) at("new").hidden = false;
    return send();
  });

  at("send").addEventListener("click", () => (Locker.isOpen() ? send() : say("unlockFirst")));
  at("save").addEventListener("click", download);
  window.addEventListener("online", send);

  at("bringing").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!Locker.isOpen()) return say("unlockFirst");
    let damaged = 0;
    try {
      damaged = await Locker.fromFile(await at("bring-file").files[0].text(), at("bring-passphrase").value);
    } catch { return say("notAFile"); }
    event.target.reset();
    say("brought");
    await send();
    return damaged ? say("broughtInPart") : undefined; // said last: it asks for something
  });

  const form = at("telling");
  if (form) {
    Recording.begin(form, sentence, TellingForm.look);
    Places.begin(main, form, words.sayOtherVillage, () => TellingForm.look());
    TellingForm.begin(form);
    at("stop").addEventListener("click", Recording.stop);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (TellingForm.hasSlip()) return say("code");
      await Recording.ended();
      const told = await TellingForm.read(words.form, words.version);
      if (told === null) return say("tooLarge");
      await Locker.put(told.item, told.files);
      form.reset();
      say("kept");
      at("queue").scrollIntoView();
      return send();
    });
    window.addEventListener("beforeunload", (event) => {
      if (TellingForm.isBegun()) event.preventDefault();
    });
  }

  // The page is there without a connection from now on.
  const trusted = window.trustedTypes
    ? window.trustedTypes.createPolicy("telling", { createScriptURL: (address) => address })
    : { createScriptURL: (address) => address };
  try {
    await navigator.serviceWorker.register(trusted.createScriptURL(words.worker));
    const shown = [...document.querySelectorAll("link[href], script[src]")].map((one) => one.href || one.src);
    const wanted = [window.location.pathname, ...shown, "/static/noto-sans-khmer.woff2"];
    const cache = await caches.open("telling");
    await cache.addAll(wanted);
    const stays = form ? [...wanted, ...Places.all(form)] : wanted;
    const kept = new Set(stays.map((one) => new URL(one, window.location.href).href));
    for (const old of await cache.keys()) if (!kept.has(old.url)) await cache.delete(old);
    main.dataset.isKept = "yes";
    if (form) await Places.keep(form, cache);
  } catch { /* Without a connection, or signed out: what was kept before answers. */ }
})();
