"use strict";

const at = (id) => document.getElementById(id);

function element(tag, text = "", attributes = {}) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.textContent = text;
  return made;
}

function say(text, busy = false) {
  at("message").hidden = !text;
  at("message").textContent = text;
  at("message").classList.toggle("busy", busy);
}

// The newest question counts: an answer that comes late is thrown away.
let asked = 0;

async function ask(url, options, show) {
  const mine = ++asked;
  say("Looking …", true);
  try {
    const response = await fetch(url, options);
    const answer = await response.json();
    if (mine !== asked) return;
    at("answers").replaceChildren(...(response.ok ? show(answer) : []));
    const unknown = (answer.unknown ?? []).join(", ");
    say(answer.problem ?? (unknown && `Left out, as the model does not know: ${unknown}.`), response.ok);
  } catch {
    if (mine === asked) say("The server does not answer. Is rnnfv demo still running?");
  }
}

const shown = (score) => score.toFixed(2).replace("-0.00", "0.00");

function showImages({ images }) {
  const grid = element("div", "", { className: "grid" });
  for (const { name, url, score } of images) {
    const figure = element("figure"), caption = element("figcaption");
    const picture = element("img", "", { src: url, alt: name, loading: "lazy" });
    picture.onerror = () => picture.replaceWith(element("div", "no picture", { className: "none" }));
    caption.append(element("span", name, { title: name }), element("span", shown(score)));
    figure.append(picture, caption);
    grid.append(figure);
  }
  return [grid];
}

function showClasses({ classes, frames }) {
  const strip = element("div", "", { className: "frames" });
  strip.append(...frames.map((src, i) => element("img", "", { src, alt: `frame ${i + 1}` })));
  const bars = element("ol", "", { className: "bars" });
  for (const { class: name, score, share } of classes) {
    const line = element("li"), bar = element("div", "", { className: "bar" });
    const filled = element("i");
    filled.style.width = `${Math.round(100 * share)}%`;
    bar.append(filled);
    line.append(element("span", name), bar, element("span", shown(score)));
    bars.append(line);
  }
  const text = "Scores are distances from the plane between a class and the others: above 0, yes.";
  return [strip, bars, element("p", text, { className: "quiet" })];
}

function search(sentence) {
  at("sentence").value = sentence;
  ask(`search?sentence=${encodeURIComponent(sentence)}`, {}, showImages);
}

function predict(clip) {
  if (!clip) return;
  const body = new FormData();
  body.append("clip", clip);
  ask("predict", { method: "POST", body }, showClasses);
}

function offerSearch({ images, examples }) {
  at("about").textContent = `A sentence finds images: ${images.toLocaleString("en")} to search among.`;
  at("search").hidden = false;
  at("search").onsubmit = (event) => {
    event.preventDefault();
    search(at("sentence").value);
  };
  for (const text of examples) {
    const link = element("button", text, { className: "link", type: "button" });
    link.onclick = () => search(text);
    at("examples").append(link);
  }
  at("sentence").focus();
}

function offerDrop({ classes }) {
  at("about").textContent = `A clip is one of ${classes.length} actions: ${classes.join(", ")}.`;
  at("drop").hidden = false;
  const zone = at("zone"), choose = at("clip");
  choose.onchange = () => predict(choose.files[0]);
  zone.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") choose.click();
  };
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", name === "dragenter" || name === "dragover");
    });
  }
  zone.addEventListener("drop", (event) => predict(event.dataTransfer.files[0]));
}

fetch("about").then((response) => response.json()).then((about) => {
  (about.kind === "actions" ? offerDrop : offerSearch)(about);
});
