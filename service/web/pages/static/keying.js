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

  // A family name is offered while it is typed: one of this sheet, else a common one. Only the arrow
  // takes it, so that two who key do not slip alike.
  const isName = (field) => Boolean(field.dataset.line) && field.name === `name_${line(field)}`;
  const common = form.dataset.families.split(" ");
  const offered = (typed) => {
    if (!typed || typed.includes(" ")) return "";
    const onSheet = [...form.elements]
      .filter(isName)
      .map((one) => one.value.trim().split(/\s+/))
      .filter((words) => words.length > 1)
      .map(([family]) => family);
    const often = (name) => onSheet.filter((one) => one === name).length;
    const fitting = [...new Set([...onSheet, ...common])].filter(
      (one) => one.startsWith(typed) && one !== typed,
    );
    return fitting.sort((one, other) => often(other) - often(one))[0] || "";
  };
  const offer = (field, name) => {
    field.nextElementSibling.value = name && `→ ${name}`;
  };
  form.addEventListener("input", ({ target }) => {
    if (isName(target)) offer(target, offered(target.value));
  });
  form.addEventListener("focusout", ({ target }) => {
    if (isName(target)) offer(target, "");
  });
  form.addEventListener("keydown", (pressed) => {
    const field = pressed.target;
    if (pressed.key !== "ArrowRight" || pressed.isComposing || !isName(field)) return;
    const name = offered(field.value);
    if (!name || field.selectionStart !== field.value.length) return;
    pressed.preventDefault();
    field.value = `${name} `;
    offer(field, "");
  });

  const firstLine = find("name", 1);
  if (firstLine && form.elements.witness.value) firstLine.focus();
})();
