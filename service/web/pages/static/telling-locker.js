// What waits in this browser, locked: each telling and each of its files under AES-GCM, with a key
// made of a passphrase (PBKDF2) that is kept nowhere. Without the passphrase a thief of the phone,
// or whoever shares it, sees how many wait and since when.
"use strict";
const Locker = (() => {
  const ROUNDS = 600000;
  const FORMAT = "samleng-telling-1";
  let database = null;
  let key = null;

  const asked = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const store = (name, mode) => database.transaction(name, mode).objectStore(name);
  const random = (size) => crypto.getRandomValues(new Uint8Array(size));
  const bytes = (text) => new TextEncoder().encode(text);

  const open = async (slug) => {
    const request = indexedDB.open(`samleng-telling-${slug}`, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("locks");
      request.result.createObjectStore("items", { keyPath: "id" });
    };
    database = await asked(request);
    return Boolean(await asked(store("locks", "readonly").get("lock")));
  };

  const keyOf = async (passphrase, salt, rounds) => {
    const given = bytes(passphrase.normalize("NFC"));
    const base = await crypto.subtle.importKey("raw", given, "PBKDF2", false, ["deriveKey"]);
    const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
    return crypto.subtle.deriveKey(way, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  };

  // `place` is bound in: what was locked for one telling does not open as another's.
  const lock = async (under, place, data) => {
    const iv = random(12);
    const way = { name: "AES-GCM", iv, additionalData: bytes(place) };
    return { iv, data: new Uint8Array(await crypto.subtle.encrypt(way, under, data)) };
  };
  const unlock = async (under, place, box) => {
    const way = { name: "AES-GCM", iv: box.iv, additionalData: bytes(place) };
    return new Uint8Array(await crypto.subtle.decrypt(way, under, box.data));
  };

  // The first passphrase in this browser makes the lock; later ones must open it.
  const enter = async (passphrase) => {
    const found = await asked(store("locks", "readonly").get("lock"));
    const made = found || { salt: random(16), rounds: ROUNDS };
    const derived = await keyOf(passphrase, made.salt, made.rounds);
    if (found) {
      try { await unlock(derived, "lock", found.check); } catch { return false; }
    } else {
      made.check = await lock(derived, "lock", bytes(FORMAT));
      await asked(store("locks", "readwrite").put(made, "lock"));
    }
    key = derived;
    return true;
  };

  const put = async (item, files) => {
    const row = { id: item.id, at: Date.now(), state: "waiting", why: "", files: [] };
    row.item = await lock(key, item.id, bytes(JSON.stringify(item)));
    for (const [number, file] of files.entries()) {
      row.files.push(await lock(key, `${item.id}/${number}`, file));
    }
    await asked(store("items", "readwrite").put(row));
  };

  const opened = async (row, under) => {
    const item = JSON.parse(new TextDecoder().decode(await unlock(under, row.id, row.item)));
    const files = [];
    for (const [number, box] of row.files.entries()) files.push(await unlock(under, `${row.id}/${number}`, box));
    return { item, files };
  };
  const take = async (id) => opened(await asked(store("items", "readonly").get(id)), key);
  const list = async () => asked(store("items", "readonly").getAll());

  // Of what was sent nothing stays but that it was.
  const mark = async (id, state, why) => {
    const row = await asked(store("items", "readonly").get(id));
    const kept = state === "sent" ? { item: null, files: [] } : {};
    await asked(store("items", "readwrite").put({ ...row, ...kept, state, why }));
  };

  const text = (array) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.readAsDataURL(new Blob([array]));
  });
  const array = (said) => Uint8Array.from(atob(said), (sign) => sign.charCodeAt(0));
  const boxText = async (box) => ({ iv: await text(box.iv), data: await text(box.data) });
  const boxOf = (said) => ({ iv: array(said.iv), data: array(said.data) });

  // A file to carry away: as locked as it lies here.
  const toFile = async () => {
    const found = await asked(store("locks", "readonly").get("lock"));
    const items = [];
    for (const row of (await list()).filter((one) => one.item)) {
      const files = [];
      for (const box of row.files) files.push(await boxText(box));
      items.push({ id: row.id, item: await boxText(row.item), files });
    }
    const whole = { format: FORMAT, salt: await text(found.salt), rounds: found.rounds, items };
    return new Blob([JSON.stringify(whole)], { type: "application/json" });
  };

  // As telling-form.js makes them: what another program wrote must not keep the others waiting.
  const isTelling = (item, id, files) => item.id === id && /^uuid:[0-9a-f-]{36}$/.test(id)
    && [item.form_id, item.version, item.recorded_at].every((one) => typeof one === "string")
    && item.answers !== null && typeof item.answers === "object"
    && Array.isArray(item.attachments) && item.attachments.length === files.length
    && item.attachments.every((one) => typeof one === "string" && one);

  // Brings in what opens, and answers how many did not: of a file that was damaged on its way the
  // rest is not lost. Raises what is no such file, or has another passphrase for all of it. What is
  // here already stays as it is.
  const fromFile = async (said, passphrase) => {
    const whole = JSON.parse(said);
    if (whole.format !== FORMAT || !(whole.rounds <= 10 * ROUNDS)) throw new Error("format");
    const under = await keyOf(passphrase, array(whole.salt), whole.rounds);
    const known = new Set((await list()).map((row) => row.id));
    let damaged = 0;
    for (const row of whole.items) {
      try {
        const boxes = { id: row.id, item: boxOf(row.item), files: row.files.map(boxOf) };
        const { item, files } = await opened(boxes, under);
        if (!isTelling(item, row.id, files)) throw new Error("shape");
        if (!known.has(row.id)) await put(item, files);
        known.add(row.id);
      } catch { damaged += 1; }
    }
    if (damaged && damaged === whole.items.length) throw new Error("nothing opens");
    return damaged;
  };

  return { open, enter, put, take, list, mark, toFile, fromFile, isOpen: () => key !== null };
})();
