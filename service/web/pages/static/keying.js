// Keying sheets: Enter goes on instead of sending the form, and skips what stands as it is. Without
// this script the form works with Tab alone.
"use strict";
(() => {
  const form = document.querySelector("form[data-keying]");
  if (!form) return;

  const line = (field) => Number(field.dataset.line);
  const find = (name, at) => form.elements[`${name}_${at}`];
  const first = (at) => find("name", at) || document.getElementById("send");

  form.addEventListener("keydown", (pressed) => {
    const field = pressed.target;
    if (pressed.key !== "Enter" || !field.dataset.line || pressed.isComposing) return;
    pressed.preventDefault();
    const at = line(field);
    const isEmptyName = field.name === `name_${at}` && !field.value.trim();
    if (field.name === `name_${at}`) (isEmptyName ? find("status", at) : find("sex", at)).focus();
    else first(at + 1).focus();
  });

  // One key chooses the sex, and the next line begins.
  form.addEventListener("keydown", (pressed) => {
    const field = pressed.target;
    if (!field.dataset.line || field.name !== `sex_${line(field)}`) return;
    const chosen = [...field.options].find((one) => one.dataset.key === pressed.key.toLowerCase());
    if (!chosen) return;
    pressed.preventDefault();
    field.value = chosen.value;
    first(line(field) + 1).focus();
  });

  const firstLine = find("name", 1);
  if (firstLine && form.elements.witness.value) firstLine.focus();
})();
