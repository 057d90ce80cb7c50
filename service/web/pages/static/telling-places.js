// Communes and villages: a list a province, which the browser keeps beside the page, so that they
// are there without a connection. Where a list is not here yet, the district is enough.
"use strict";
const Places = (() => {
  let main = null;
  const address = (province) => {
    const language = document.documentElement.lang;
    return `${main.dataset.places}${province}.json?lang=${language}&v=${main.dataset.placesVersion}`;
  };
  const all = (form) => {
    const provinces = [...form.elements.dist.options].map((one) => one.value.slice(0, 2));
    return [...new Set(provinces.filter(Boolean))].map(address);
  };

  const fill = (select, rows) => {
    const [first] = select.options;
    select.replaceChildren(first, ...rows.map(([code, name]) => new Option(name, code)));
  };

  const begin = (page, form, other, then) => {
    main = page;
    const { dist, comm, vill } = form.elements;
    const at = (id) => document.getElementById(id);
    let communes = [];
    let asked = "";
    const showCommunes = async () => {
      const district = dist.value;
      asked = district;
      let found = {};
      try {
        const answer = district ? await fetch(address(district.slice(0, 2))) : null;
        found = answer && answer.ok ? await answer.json() : {};
      } catch { /* not here, and no connection */ }
      if (asked !== district) return;
      communes = found[district] || [];
      fill(comm, communes);
      fill(vill, []);
      at("places").hidden = !communes.length;
      at("no-places").hidden = !district || communes.length > 0;
      comm.required = communes.length > 0;
      then();
    };
    dist.addEventListener("change", showCommunes);
    comm.addEventListener("change", () => {
      const [, , villages] = communes.find(([code]) => code === comm.value) || ["", "", []];
      fill(vill, comm.value ? [...villages, ["other", other]] : []);
      then();
    });
    form.addEventListener("reset", () => setTimeout(showCommunes));
  };

  // One after the other: on a thin line they come while somebody tells.
  const keep = async (form, cache) => {
    for (const one of all(form)) {
      if (!(await cache.match(one, { ignoreVary: true }))) {
        try { await cache.add(one); } catch { return; }
      }
    }
    main.dataset.placesKept = "yes";
  };
  return { begin, all, keep };
})();
