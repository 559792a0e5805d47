// Overlays of learning curves, and accuracy against size. Data: runs.js; drawing: uPlot.
"use strict";

const AGAINST = { epoch: "epoch", seconds: "hours of training", macs: "10¹⁵ multiply-adds of training" };
// Each has a contrast of at least 3 to 1 with white and with dark paper.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#7848f0", "#cc79a7", "#c03030", "#767676"];
const HEIGHT = 380;
const runs = new Map(window.regradeRuns.map((run) => [run.id, run]));
const element = (id) => document.getElementById(id);
const CURVES = Object.fromEntries([...element("curve").options].map((option) => [option.value, option.text]));
const plots = {};
let state = {};

function fill(select, options) {
  for (const [value, text] of Object.entries(options)) select.append(new Option(text, value));
}

function listRuns() {
  const groups = new Map();
  for (const run of runs.values()) {
    if (!groups.has(run.study)) {
      const group = document.createElement("fieldset");
      const legend = document.createElement("legend");
      legend.textContent = run.by;
      group.append(legend);
      groups.set(run.study, group);
      element("runs").append(group);
    }
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", value: run.id });
    label.append(box, ` ${run.run} `, Object.assign(document.createElement("small"), { textContent: run.title }));
    groups.get(run.study).append(label);
  }
}

// The address is the state: everything is read from it, so that the back button works.
function read() {
  const chosen = new URLSearchParams(location.hash.slice(1));
  const wanted = (chosen.get("runs") ?? "").split(",").filter((id) => runs.has(id));
  state = {
    runs: wanted,
    curve: chosen.get("curve") in CURVES ? chosen.get("curve") : firstCurve(wanted),
    against: chosen.get("against") in AGAINST ? chosen.get("against") : "epoch",
    published: chosen.get("published") !== "no",
    mean: chosen.get("mean") === "yes",
    size: chosen.get("size") === "macs" ? "macs" : "parameters",
    scale: chosen.get("scale") === "all" ? "" : "full",
  };
  for (const box of element("runs").querySelectorAll("input")) box.checked = wanted.includes(box.value);
  for (const name of ["curve", "against", "size", "scale"]) element(name).value = state[name];
  for (const name of ["published", "mean"]) element(name).checked = state[name];
  drawCurves();
  drawCloud();
}

function write() {
  const chosen = new URLSearchParams();
  const boxes = [...element("runs").querySelectorAll("input:checked")];
  if (boxes.length) chosen.set("runs", boxes.map((box) => box.value).join(","));
  chosen.set("curve", element("curve").value);
  if (element("against").value !== "epoch") chosen.set("against", element("against").value);
  if (!element("published").checked) chosen.set("published", "no");
  if (element("mean").checked) chosen.set("mean", "yes");
  if (element("size").value !== "parameters") chosen.set("size", element("size").value);
  if (!element("scale").value) chosen.set("scale", "all");
  location.hash = chosen.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
}

function firstCurve(ids) {
  const has = (name) => ids.some((id) => runs.get(id).seeds.some((seed) => seed[name]) || runs.get(id).published[name]);
  return Object.keys(CURVES).find(has) ?? "validation_accuracy";
}

/* Epochs that follow one another are given as the first of them. */
function epochsOf(given, values) {
  return Array.isArray(given) ? given : values.map((_, i) => given + i);
}

function across(run, seed, epochs) {
  if (state.against === "epoch") return epochs;
  if (state.against === "macs") return epochs.map((epoch) => 3 * epoch * (seed ?? run).images * run.macs / 1e15);
  let total = 0;
  const until = new Map(epochsOf(seed.epoch, seed.seconds ?? []).map((epoch, i) => [epoch, (total += seed.seconds?.[i] ?? 0) / 3600]));
  return epochs.map((epoch) => until.get(epoch) ?? null);
}

/* What a label says of the scale of some seeds: nothing of whole recipes. */
function scaleOf(seeds) {
  const scales = new Set(seeds.map((seed) => seed.scale));
  scales.delete("full");
  return [...scales].map((scale) => `, ${scale}`).join("");
}

function curvesOf(run, colour) {
  const found = [];
  const seeds = run.seeds.filter((seed) => seed[state.curve]);
  if (state.mean && seeds.length > 1) {
    const length = Math.min(...seeds.map((seed) => seed[state.curve].length));
    const mean = [...Array(length).keys()].map((i) => {
      const values = seeds.map((seed) => seed[state.curve][i]);
      return values.includes(null) ? null : values.reduce((a, b) => a + b) / values.length;
    });
    found.push({ label: `${run.id}, mean of ${seeds.length} seeds${scaleOf(seeds)}`, colour, x: across(run, seeds[0], epochsOf(seeds[0].epoch, mean).slice(0, length)), y: mean, width: 2 });
  } else {
    for (const seed of seeds) {
      found.push({ label: `${run.id}, seed ${seed.seed}${scaleOf([seed])}`, colour, x: across(run, seed, epochsOf(seed.epoch, seed[state.curve])), y: seed[state.curve], width: 1.5 });
    }
  }
  const points = state.published && state.against !== "seconds" ? run.published[state.curve] : null;
  if (points) {
    found.push({ label: `${run.id}, published`, colour, dash: [6, 4], x: across(run, null, epochsOf(points.x, points.y)), y: points.y, width: 1.5 });
  }
  return found;
}

function ink() {
  return getComputedStyle(document.body).color;
}

function axes(labelX, labelY, percent) {
  const line = getComputedStyle(document.documentElement).getPropertyValue("--line");
  const look = { stroke: ink(), grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return [
    { ...look, label: labelX },
    { ...look, label: labelY, size: 64, values: percent ? (_, ticks) => ticks.map((t) => `${+(100 * t).toFixed(6)} %`) : undefined },
  ];
}

function clear(name) {
  plots[name]?.destroy();
  plots[name] = undefined;
  element(name).replaceChildren();
}

function show(name, options, data) {
  clear(name);
  const room = element(name);
  plots[name] = new uPlot({ width: Math.max(280, room.clientWidth), height: HEIGHT, ...options }, data, room);
}

function drawCurves() {
  const chosen = state.runs.map((id) => runs.get(id));
  const lines = chosen.flatMap((run, i) => curvesOf(run, COLOURS[i % COLOURS.length]))
    .filter((line) => line.x.some((x) => x !== null));
  const none = chosen.length ? `None of the chosen runs has a curve of its ${CURVES[state.curve]}.` : "Choose runs from the list.";
  element("empty").textContent = lines.length ? "" : none;
  if (!lines.length) {
    clear("plot");
    return;
  }
  const percent = state.curve.endsWith("accuracy");
  const format = (_, value) => value == null ? "–" : percent ? `${(100 * value).toFixed(2)} %` : value.toPrecision(4);
  const series = lines.map((line) => ({ label: line.label, stroke: line.colour, width: line.width, dash: line.dash, spanGaps: true, value: format, points: { show: line.x.length <= 12 } }));
  show("plot", {
    scales: { x: { time: false }, y: { distr: state.curve === "learning_rate" ? 3 : 1 } },
    axes: axes(AGAINST[state.against], CURVES[state.curve], percent),
    series: [{ label: AGAINST[state.against] }, ...series],
  }, uPlot.join(lines.map((line) => [line.x, line.y])));
}

function drawCloud() {
  const studies = [...new Set([...runs.values()].map((run) => run.study))];
  const dots = [...runs.values()].filter((run) => run.accuracy !== null && (!state.scale || run.scale === "full"));
  const at = (study) => dots.filter((run) => run.study === study).sort((a, b) => a[state.size] - b[state.size]);
  const tables = studies.map(at).filter((found) => found.length);
  listDots(tables.flat());
  element("point").textContent = tables.length ? "Point at a dot to see its run." : "There is no replicate at this scale.";
  if (!tables.length) {
    clear("cloud");
    return;
  }
  const label = state.size === "macs" ? "multiply-adds an image" : "parameters";
  const series = tables.map((found) => ({
    label: found[0].by, stroke: COLOURS[studies.indexOf(found[0].study) % COLOURS.length], paths: () => null,
    points: { show: true, size: 8 }, value: (_, v) => v == null ? "" : `${(100 * v).toFixed(2)} %`,
  }));
  show("cloud", {
    scales: { x: { time: false, distr: 3 } },
    axes: axes(label, "leading accuracy", true),
    series: [{ label, value: (_, v) => v?.toLocaleString("en") }, ...series],
    hooks: { setCursor: [(plot) => tellPoint(plot, tables.flat())] },
  }, uPlot.join(tables.map(unique).map((found) => [found.map((run) => run[state.size]), found.map((run) => run.accuracy)])));
}

/* The dots for those who cannot point at them, and all that share a size. */
function listDots(dots) {
  element("dots").hidden = !dots.length;
  element("dot-size").textContent = state.size === "macs" ? "Multiply-adds an image" : "Parameters";
  element("dots").querySelector("tbody").replaceChildren(...dots.map((run) => {
    const row = document.createElement("tr");
    const head = Object.assign(document.createElement("th"), { scope: "row" });
    head.append(Object.assign(document.createElement("a"), { href: run.page, textContent: run.id }), ` ${run.title}`);
    const cells = [run[state.size].toLocaleString("en"), run.headline, `${(100 * run.accuracy).toFixed(2)} %`];
    row.append(head, ...cells.map((textContent, i) => Object.assign(document.createElement("td"), { textContent, className: i === 1 ? "" : "number" })));
    return row;
  }));
}

// Runs of one study and one size share an x; the best of them is drawn, all are told.
function unique(found) {
  const best = new Map();
  for (const run of found) {
    const other = best.get(run[state.size]);
    if (!other || run.accuracy > other.accuracy) best.set(run[state.size], run);
  }
  return [...best.values()];
}

function tellPoint(plot, dots) {
  const { left, top } = plot.cursor;
  if (left < 0) return;
  const far = (run) => Math.hypot(plot.valToPos(run[state.size], "x") - left, plot.valToPos(run.accuracy, "y") - top);
  const nearest = dots.reduce((a, b) => far(a) <= far(b) ? a : b);
  if (far(nearest) > 40) return;
  const same = dots.filter((run) => run.study === nearest.study && run[state.size] === nearest[state.size]);
  const link = Object.assign(document.createElement("a"), { href: nearest.page, textContent: `${nearest.id} ${nearest.title}` });
  const more = same.length > 1 ? `; ${same.length - 1} more of the same size` : "";
  element("point").replaceChildren(link, `: ${nearest.headline} ${(100 * nearest.accuracy).toFixed(2)} %${more}`);
}

function find() {
  const words = element("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const label of element("runs").querySelectorAll("label")) {
    const text = `${label.querySelector("input").value} ${label.textContent}`.toLowerCase();
    label.hidden = !words.every((word) => text.includes(word));
  }
}

fill(element("against"), AGAINST);
listRuns();
element("find").addEventListener("input", find);
element("runs").addEventListener("change", write);
for (const name of ["curve", "against", "published", "mean", "size", "scale"]) element(name).addEventListener("change", write);
element("clear").addEventListener("click", () => { for (const box of element("runs").querySelectorAll("input")) box.checked = false; write(); });
addEventListener("hashchange", read);
addEventListener("resize", () => { for (const [name, plot] of Object.entries(plots)) plot?.setSize({ width: Math.max(280, element(name).clientWidth), height: HEIGHT }); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", read);
read();
