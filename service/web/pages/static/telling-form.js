// Which questions are asked after which answers, and what the form says as the form for phones would
// say it: a question that is not asked has no answer, whatever was typed into it before.
"use strict";
const TellingForm = (() => {
  const CHILDREN = ["0004", "0511", "1217", "unk_child"];
  let form = null;

  const fields = (name) => [...form.elements].filter(
    (field) => field.name && field.name.split(".").pop() === name && !field.matches(":disabled"),
  );
  const value = (name) => {
    for (const field of fields(name)) {
      const chooses = field.type === "radio" || field.type === "checkbox";
      if (!chooses || field.checked) return field.value;
    }
    return "";
  };

  // "a=x|y & b!=z || c=": one of the ways, and all of its parts.
  const holds = (said) => said.split(" || ").some((way) => way.split(" & ").every((part) => {
    const [, name, not, wanted] = /^(\w+)(!?)=(.*)$/.exec(part);
    return wanted.split("|").includes(value(name)) !== (not === "!");
  }));

  const mayTell = () => {
    const ready = ["c_store", "prepared", "psy_contact_given"].every((name) => value(name) === "yes");
    if (!ready || value("explained") !== "OK" || !value("age_band")) return false;
    if (!CHILDREN.includes(value("age_band"))) return true;
    return value("guardian_ok") === "yes" && (value("age_band") === "0004" || value("child_assent") === "yes");
  };

  const fold = (part, isFolded) => {
    if (isFolded) part.hidden = true;
    for (const field of part.querySelectorAll("[required], [data-required]")) {
      field.dataset.required = "yes";
      field.required = !isFolded;
    }
  };

  // Again, until nothing changes: one answer asks for the next.
  const look = () => {
    for (let turn = 0, changed = true; changed && turn < 9; turn += 1) {
      changed = false;
      const may = mayTell() ? "yes" : "";
      changed = form.elements.may_tell.value !== may;
      form.elements.may_tell.value = may;
      for (const part of form.querySelectorAll("[data-when]")) {
        const isAsked = holds(part.dataset.when);
        changed = changed || part.dataset.asked !== String(isAsked);
        part.dataset.asked = String(isAsked);
        part.hidden = !isAsked;
        if ("disabled" in part) part.disabled = !isAsked;
        if (part.tagName === "OPTION" && part.selected && !isAsked) part.parentNode.value = "";
      }
    }
    for (const part of form.querySelectorAll("[data-fold]")) fold(part, holds(part.dataset.fold));
    offerHelp();
    document.getElementById("call").textContent = value("psy_phone");
  };

  // Who is called is whoever is nearest by the directory, until somebody types another.
  let offered = "";
  const offerHelp = () => {
    const field = form.elements.psy_phone;
    if (field.value !== offered && field.value !== "") return;
    const near = value("comm") || value("dist");
    // How much of the code of a place is the same: its province, its district, its commune.
    const rank = (place) => [6, 4, 2].find((digits) => place.length >= digits && near.length >= digits
      && place.slice(0, digits) === near.slice(0, digits)) || 0;
    const known = [...document.querySelectorAll("#helping option")];
    if (!known.length || !near) return;
    const [best] = known.sort((a, b) => rank(b.dataset.place) - rank(a.dataset.place));
    field.value = offered = best.value;
  };

  const put = (answers, path, said) => {
    const names = path.split(".");
    const end = names.pop();
    const group = names.reduce((within, name) => (within[name] = within[name] || {}), answers);
    group[end] = said;
  };
  const day = () => {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  };

  // {item, files}, the files as bytes in the order of `attachments`; null where one is too large.
  const read = async (formId, version) => {
    const id = `uuid:${crypto.randomUUID()}`;
    const answers = { today: day() };
    const attachments = [];
    const files = [];
    for (const field of form.elements) {
      if (!field.name || field.matches(":disabled")) continue;
      if (field.type === "file") {
        const [file] = field.files;
        if (!file) continue;
        if (file.size > Number(field.dataset.most)) return null;
        const end = /\.\w{1,5}$/.exec(file.name);
        // Not what the device calls it: that may be a name.
        const name = `${field.name.split(".").pop()}-${id.slice(5, 13)}${end ? end[0].toLowerCase() : ""}`;
        put(answers, field.name, name);
        attachments.push(name);
        files.push(new Uint8Array(await file.arrayBuffer()));
      } else if ((field.type !== "radio" && field.type !== "checkbox") || field.checked) {
        if (field.value.trim()) put(answers, field.name, field.value.trim());
      }
    }
    if (answers.dist) answers.prov = answers.dist.slice(0, 2);
    const item = { id, form_id: formId, version, recorded_at: new Date().toISOString(), answers, attachments };
    return { item, files };
  };

  // Sixteen digits with a slip in them (ISO 7064, MOD 97-10); papers of before are not checked.
  const hasSlip = () => {
    const code = value("c_code").normalize("NFKC").replace(/[^0-9A-Za-z\u17e0-\u17e9]/g, "")
      .replace(/[\u17e0-\u17e9]/g, (sign) => sign.charCodeAt(0) - 0x17e0);
    if (code.length <= 12 || !/^\d+$/.test(code)) return false;
    return code.length !== 16 || BigInt(code) % 97n !== 1n;
  };

  const begin = (found) => {
    form = found;
    form.addEventListener("input", look);
    form.addEventListener("reset", () => setTimeout(() => { offered = ""; look(); }));
    document.getElementById("stop").addEventListener("click", () => {
      form.elements.distress_flag.value = "stopped";
      look();
      document.getElementById("stopped").focus();
    });
    look();
  };

  const isBegun = () => form !== null && value("c_store") !== "";
  return { begin, look, read, hasSlip, isBegun };
})();
