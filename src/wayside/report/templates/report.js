"use strict";
// Three small things the page does: pages and filters the event lists, enlarges
// stills, and shows a mark's words at once. Everything is set as text, never as
// markup, so a feed's name can do nothing here.
(() => {
  const PAGE = 50;
  const viewer = document.getElementById("viewer");

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function enlarge(source, caption) {
    viewer.querySelector("img").src = source;
    viewer.querySelector("img").alt = caption;
    viewer.querySelector("p").textContent = caption;
    viewer.showModal();
  }
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer) viewer.close();
  });

  function tableRow(row, lists) {
    const [time, words, , place, classIndex, direction, severity, still] = row;
    const tr = element("tr");
    tr.append(element("td", "", time));
    const what = element("td");
    if (severity) what.append(element("em", severity, severity), " ");
    what.append(words);
    const [label, name] = lists.classes[classIndex];
    const named = element("td", "wide");
    named.append(element("i", "swatch fill-" + label), name);
    const picture = element("td");
    if (still >= 0) {
      const button = element("button", "thumbnail");
      const image = element("img");
      image.src = lists.stills[still];
      image.alt = lists.captions[still];
      image.loading = "lazy";
      button.type = "button";
      button.append(image);
      button.addEventListener("click", () => enlarge(image.src, image.alt));
      picture.append(button);
    }
    tr.append(what, element("td", "wide", lists.places[place]), named);
    tr.append(element("td", "wide", direction), picture);
    return tr;
  }

  function eventList(root) {
    const lists = JSON.parse(root.querySelector("script").textContent);
    const body = root.querySelector("tbody");
    const selects = [...root.querySelectorAll("select")];
    const output = root.querySelector("output");
    const [earlier, later] = root.querySelectorAll("[data-move]");
    let first = 0;
    let shown = lists.rows;

    function draw() {
      const rows = shown.slice(first, first + PAGE);
      body.replaceChildren(...rows.map((row) => tableRow(row, lists)));
      output.textContent = rows.length
        ? `${first + 1} to ${first + rows.length} of ${shown.length}`
        : "No event of this kind";
      earlier.disabled = first === 0;
      later.disabled = first + PAGE >= shown.length;
    }
    function filter() {
      const wanted = selects
        .filter((select) => select.value !== "")
        .map((select) => [Number(select.dataset.column), Number(select.value)]);
      shown = lists.rows.filter((row) => wanted.every(([column, value]) => row[column] === value));
      first = 0;
      draw();
    }
    selects.forEach((select) => select.addEventListener("change", filter));
    [earlier, later].forEach((button) =>
      button.addEventListener("click", () => {
        first += Number(button.dataset.move) * PAGE;
        draw();
      }),
    );
    root.querySelector(".filters").hidden = false;
    root.querySelector(".static")?.remove();
    draw();
  }
  document.querySelectorAll(".events").forEach(eventList);

  // A browser shows <title> late and never on a touch screen.
  const tip = document.getElementById("tip");
  let slot = null;
  function leave() {
    if (slot) slot.querySelector("title").textContent = tip.textContent;
    slot = null;
    tip.hidden = true;
  }
  document.addEventListener("pointerover", (event) => {
    const over = event.target.closest("g.slot");
    if (over === slot) return;
    leave();
    if (!over) return;
    slot = over;
    const title = over.querySelector("title");
    tip.textContent = title.textContent;
    title.textContent = "";
    tip.hidden = false;
    const box = over.getBoundingClientRect();
    const left = box.left + box.width / 2 - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(8, Math.min(left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.max(8, box.top - tip.offsetHeight - 6)}px`;
  });
  addEventListener("scroll", leave, { passive: true });

  // On paper nothing can be opened. The long tables stay out of it.
  addEventListener("beforeprint", () => {
    leave();
    document.querySelectorAll("details.short").forEach((details) => (details.open = true));
  });
})();
