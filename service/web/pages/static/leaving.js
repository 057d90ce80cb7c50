// Leave at once: by the red button or by pressing Escape twice, what was on the screen is gone, and
// "back" does not bring it. Without this script the button leaves all the same.
"use strict";
(() => {
  const button = document.getElementById("leave");
  if (!button) return;

  const leave = () => {
    document.documentElement.hidden = true;
    window.location.replace(button.href);
  };
  let pressed = 0;
  button.addEventListener("click", (click) => {
    click.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (key) => {
    if (key.key !== "Escape") return;
    if (key.timeStamp - pressed < 1000) leave();
    pressed = key.timeStamp;
  });
  // Kept alive by the browser for "back": it comes back empty.
  window.addEventListener("pagehide", () => { document.documentElement.hidden = true; });
  window.addEventListener("pageshow", (shown) => { if (shown.persisted) window.location.replace(button.href); });
})();
