// Passkeys: asks the browser to make one, or to sign with one. The only script there is; where it
// does not run, its form stays hidden and codes do.
"use strict";
(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form || !window.PublicKeyCredential) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const post = async (address, body) => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok || answer.redirected) throw new Error("refused");
    return answer.json();
  };

  const make = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
    return plain(made, { attestationObject: text(made.response.attestationObject) });
  };

  const sign = async (options) => {
    const signed = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: known(options.allowCredentials),
      },
    });
    return plain(signed, {
      authenticatorData: text(signed.response.authenticatorData),
      signature: text(signed.response.signature),
    });
  };

  const plain = (found, response) => ({
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    clientExtensionResults: {},
    response: { clientDataJSON: text(found.response.clientDataJSON), ...response },
  });

  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const failure = form.querySelector("[role=alert]");
    button.disabled = true;
    failure.hidden = true;
    try {
      const options = await post(form.dataset.options, {});
      const answer = form.dataset.passkey === "make" ? await make(options) : await sign(options);
      const more = Object.fromEntries(new FormData(form));
      const done = await post(form.action, { ...more, answer });
      const typed = document.querySelector("form[data-typed]");
      // A form that waits for it goes on; a field of it may be called “submit”.
      if (typed) HTMLFormElement.prototype.submit.call(typed);
      else location.assign(done.next);
    } catch {
      failure.hidden = false;
      button.disabled = false;
    }
  });
})();
