// Sending what waits, as an app does (docs/json-sync.md): the same ID each time, so that nothing is
// counted twice, whoever sends it and however often.
"use strict";
const Sending = (() => {
  // What became of it: "sent", {refused: why}, or what keeps all of them waiting.
  const one = async (address, item, files) => {
    let answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ items: [item] }),
    });
    if (answer.status === 401 || answer.status === 403) return "signedOut";
    if (!answer.ok) return "later";
    const [result] = (await answer.json()).results;
    if (result.status === "rejected") return { refused: result.problem.message };
    for (const [number, name] of item.attachments.entries()) {
      const place = `${address}/${encodeURIComponent(item.id)}/attachments/${encodeURIComponent(name)}`;
      answer = await fetch(place, { method: "PUT", body: files[number] });
      if (answer.status === 401) return "signedOut";
      if (answer.status >= 500 || answer.status === 429) return "later";
      if (!answer.ok) return { refused: "filesLeft" };
    }
    return "sent";
  };

  // What keeps those that are left waiting, or "" when none is left.
  const pass = async (address) => {
    for (const row of await Locker.list()) {
      if (row.state === "sent" || !row.item) continue;
      const { item, files } = await Locker.take(row.id);
      const became = await one(address, item, files);
      if (became === "sent") await Locker.mark(row.id, "sent", "");
      else if (became.refused) await Locker.mark(row.id, "refused", became.refused);
      else return became;
    }
    return "";
  };

  let isSending = false;
  let isAskedAgain = false; // what was put in while others were sent is not left behind
  // Answers what there is to say: "offline", "signedOut", "later", or "".
  const all = async (address) => {
    if (!Locker.isOpen()) return "";
    isAskedAgain = isSending;
    if (isSending) return "";
    isSending = true;
    try {
      let problem = await pass(address);
      while (isAskedAgain && !problem) {
        isAskedAgain = false;
        problem = await pass(address);
      }
      return problem;
    } catch (problem) {
      if (problem instanceof TypeError) return "offline"; // what fetch throws without a connection
      throw problem;
    } finally {
      isSending = false;
    }
  };
  return { all };
})();
