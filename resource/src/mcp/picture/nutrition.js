"use strict";
// MCP Apps 2026-01-26: the view's side of JSON-RPC over postMessage. Names of foods are untrusted: text, never markup.

const DAILY = DAILY_VALUES;
const view = document.getElementById("view");
let locale = "en";
let nextId = 1;
const waiting = new Map();
let shown = null;

const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
const notify = (method, params) => post({ method, params });

function request(method, params) {
  const id = nextId++;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    post({ id, method, params });
  });
}

window.addEventListener("message", (event) => {
  const message = event.data;
  if (event.source !== window.parent || typeof message !== "object" || message?.jsonrpc !== "2.0") return;
  if (typeof message.method === "string") received(message);
  else answered(message);
});

function answered({ id, result, error }) {
  const question = waiting.get(id);
  if (!question) return;
  waiting.delete(id);
  if (error) question.reject(error);
  else question.resolve(result);
}

function received({ id, method, params }) {
  switch (method) {
    case "ui/notifications/tool-result": show(params); break;
    case "ui/notifications/tool-cancelled": say("The call was cancelled."); break;
    case "ui/notifications/host-context-changed": adopt(params); break;
    case "ping":
    case "ui/resource-teardown": if (id !== undefined) post({ id, result: {} }); return;
  }
  if (id !== undefined) post({ id, error: { code: -32601, message: "Method not found" } });
}

// What the host says of itself: its theme, its colors and fonts, its language.
function adopt(context) {
  if (!context || typeof context !== "object") return;
  const root = document.documentElement;
  if (context.theme === "light" || context.theme === "dark") root.style.colorScheme = context.theme;
  for (const [name, value] of Object.entries(context.styles?.variables ?? {})) {
    if (/^--[a-z0-9-]+$/.test(name) && typeof value === "string") root.style.setProperty(name, value);
  }
  const edges = context.safeAreaInsets;
  if (edges) {
    const edge = (name) => `${12 + Math.max(0, Number(edges[name]) || 0)}px`;
    document.body.style.padding = ["top", "right", "bottom", "left"].map(edge).join(" ");
  }
  if (typeof context.locale === "string" && context.locale !== locale) {
    locale = supported(context.locale) ? context.locale : "en";
    if (shown) show(shown);
  }
}

function supported(name) {
  try {
    return Intl.NumberFormat.supportedLocalesOf(name).length > 0;
  } catch {
    return false;
  }
}

// Rounded so that it is not taken for nothing: 0.04 mg of copper is 4% of the Daily Value.
const number = (value, digits = 1) =>
  value.toLocaleString(locale, Math.abs(value) < 1 && digits > 0 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: digits });

function make(name, properties, ...children) {
  const { class: className, ...attributes } = properties ?? {};
  const element = document.createElement(name);
  if (className) element.className = className;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function say(text) {
  view.replaceChildren(make("p", { class: "about", role: "status" }, text));
  view.setAttribute("aria-busy", "false");
}

function show(result) {
  shown = result;
  const facts = result?.structuredContent;
  if (result?.isError || typeof facts?.code === "string") say(facts?.message ?? "The figures could not be found.");
  else if (facts?.nutrients && facts.food) view.replaceChildren(...ofFood(facts));
  else if (facts?.totals && Array.isArray(facts.items)) view.replaceChildren(...ofMeal(facts));
  else say("There is nothing to draw in this answer.");
  view.setAttribute("aria-busy", "false");
}

function ofFood(facts) {
  const brand = facts.food.brand ? ` (${facts.food.brand})` : "";
  return [
    head(facts.food.name + brand, facts.food.category),
    label(facts.nutrients, facts.servingDescription, {}),
    side(ratio(facts.macroRatio, facts.nutrients), notes(facts.warnings), source(facts.attribution)),
  ];
}

function ofMeal(facts) {
  const counted = facts.items.filter((item) => !item.error);
  const all = facts.items.length;
  const told = [...(facts.warnings ?? [])];
  for (const item of facts.items) {
    const name = item.food?.name ?? `Food ${item.index + 1}`;
    for (const text of [item.error?.message, ...(item.warnings ?? [])]) if (text) told.push(`${name}: ${text}`);
  }
  const perServing = facts.perServing;
  const serving = perServing ? "One serving" : `Whole meal, ${all === 1 ? "1 food" : `${all} foods`}`;
  return [
    head("Meal", perServing ? `Whole meal: ${energyOf(facts.totals)}` : ""),
    label(perServing ?? facts.totals, serving, facts.nutrientCoverage ?? {}),
    side(
      ratio(facts.macroRatio, perServing ?? facts.totals),
      items(counted),
      notes(told),
      ...[...new Set(counted.map((item) => item.attribution))].map(source),
    ),
  ];
}

function head(title, below) {
  return make("div", { class: "about" }, make("h1", {}, title), below ? make("p", { class: "soft" }, below) : null);
}

const side = (...parts) => make("div", { class: "side" }, ...parts);

const energyOf = (nutrients) => {
  const value = nutrients.calories?.value;
  return typeof value === "number" ? `${number(value, 0)} kcal` : "energy unknown";
};

// The order and the indents of a label in the United States; everything else follows below.
const ROWS = [
  ["total_fat_g", "Total fat", "main"],
  ["saturated_fat_g", "Saturated fat", "part"],
  ["trans_fat_g", "Trans fat", "part"],
  ["unsaturated_fat_g", "Unsaturated fat", "part"],
  ["cholesterol_mg", "Cholesterol", "main"],
  ["sodium_mg", "Sodium", "main"],
  ["total_carbs_g", "Total carbohydrate", "main"],
  ["fiber_g", "Dietary fiber", "part"],
  ["sugar_g", "Total sugars", "part"],
  ["added_sugar_g", "Added sugars", "deep"],
  ["protein_g", "Protein", "main thick"],
  ["vitamin_d_mcg", "Vitamin D", ""],
  ["calcium_mg", "Calcium", ""],
  ["iron_mg", "Iron", ""],
  ["potassium_mg", "Potassium", ""],
  ["vitamin_a_mcg", "Vitamin A", ""],
  ["vitamin_c_mg", "Vitamin C", ""],
];

function label(nutrients, serving, coverage) {
  const known = new Set(["calories", ...ROWS.map(([key]) => key)]);
  const rows = ROWS.filter(([key]) => nutrients[key]).map((row) => nutrient(row, nutrients, coverage));
  const others = Object.keys(nutrients).filter((key) => !known.has(key)).sort();
  const more = others.map((key) => nutrient([key, named(key), ""], nutrients, coverage));
  return make(
    "section",
    { class: "label", "aria-labelledby": "facts" },
    make("h2", { id: "facts" }, "Nutrition Facts"),
    make("p", { class: "serving" }, serving),
    energy(nutrients.calories, coverage.calories),
    table("Nutrients in this amount", rows),
    more.length ? make("details", {}, make("summary", {}, `${more.length} more nutrients`), table("More nutrients", more)) : null,
    make("p", { class: "small soft" }, "% of the Daily Value of an adult. A dash is a value that no source tells: it is unknown, not zero."),
  );
}

function energy(calories, coverage) {
  const value = calories?.value;
  const shownValue = typeof value === "number" ? [atLeast(coverage), number(value, 0)] : [unknown()];
  return make("p", { class: "energy" }, make("span", {}, "Calories"), make("strong", {}, ...shownValue));
}

function table(caption, rows) {
  const header = make(
    "tr",
    {},
    make("th", { scope: "col" }, make("span", { class: "unseen" }, "Nutrient")),
    make("th", { scope: "col", class: "number" }, make("span", { class: "unseen" }, "Amount")),
    make("th", { scope: "col", class: "number" }, make("span", { class: "over" }, "% Daily Value")),
  );
  return make("table", {}, make("caption", { class: "unseen" }, caption), make("thead", {}, header), make("tbody", {}, ...rows));
}

function nutrient([key, name, kind], nutrients, coverage) {
  const { value, unit, percentDV } = nutrients[key];
  const amount = typeof value === "number" ? [atLeast(coverage[key]), `${number(value)} ${unit}`] : [unknown()];
  const percent = typeof percentDV === "number" ? percentDV : ofDaily(key, value);
  return make(
    "tr",
    { class: kind },
    make("th", { scope: "row" }, name),
    make("td", { class: "number" }, ...amount),
    make("td", { class: "number percent" }, percent === null ? "" : `${number(percent, 0)}%`),
  );
}

const ofDaily = (key, value) => (typeof value === "number" && DAILY[key] ? (value / DAILY[key]) * 100 : null);

const unknown = () =>
  make("span", {}, make("span", { "aria-hidden": "true" }, "–"), make("span", { class: "unseen" }, "unknown"));

// Some foods of a meal do not tell the nutrient, so the sum is too low.
function atLeast(coverage) {
  if (coverage !== "partial") return null;
  return make("span", {}, make("span", { "aria-hidden": "true" }, "≥ "), make("span", { class: "unseen" }, "at least "));
}

// "vitamin_b12_mcg" is "Vitamin b12".
function named(key) {
  const words = key.split("_").slice(0, -1).join(" ") || key;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const SHARES = [
  ["protein", "Protein", "proteinPercent"],
  ["carbs", "Carbohydrate", "carbsPercent"],
  ["fat", "Fat", "fatPercent"],
  ["alcohol", "Alcohol", "alcoholPercent"],
];

function ratio(shares, nutrients) {
  if (!shares) return null;
  const parts = SHARES.map(([kind, name, key]) => ({ kind, name, percent: shares[key] ?? 0 }));
  const there = parts.filter(({ percent }) => percent > 0);
  if (!there.length) return null;
  const legend = there.map(({ kind, name, percent }) =>
    make("li", {}, make("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), name, make("b", {}, `${number(percent, 0)}%`)),
  );
  return make(
    "section",
    { "aria-labelledby": "energy" },
    make("h2", { id: "energy" }, "Where the energy comes from"),
    make("div", { class: "ratio" }, ring(there, nutrients), make("ul", {}, ...legend)),
  );
}

function ring(parts, nutrients) {
  const total = parts.reduce((sum, { percent }) => sum + percent, 0);
  const gap = parts.length > 1 ? 1 : 0;
  const words = parts.map(({ name, percent }) => `${name} ${number(percent, 0)} percent`).join(", ");
  const picture = drawn("svg", { viewBox: "0 0 132 132", role: "img", "aria-label": `Energy: ${words}` });
  let start = 0;
  for (const { kind, percent } of parts) {
    const share = (percent / total) * 100;
    const dash = `${Math.max(share - gap, 0.5)} 100`;
    const arc = { class: kind, cx: 66, cy: 66, r: 52, fill: "none", "stroke-width": 20, pathLength: 100 };
    picture.append(drawn("circle", { ...arc, "stroke-dasharray": dash, "stroke-dashoffset": -start, transform: "rotate(-90 66 66)" }));
    start += share;
  }
  const value = nutrients.calories?.value;
  if (typeof value === "number") {
    picture.append(lettering("", 70, number(value, 0)), lettering("unit", 86, "kcal"));
  }
  return picture;
}

function drawn(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function lettering(kind, y, text) {
  const element = drawn("text", { class: kind, x: 66, y });
  element.textContent = text;
  return element;
}

function items(counted) {
  if (!counted.length) return null;
  const row = (item) => {
    const energy = item.nutrients?.calories;
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, item.food?.name ?? "", make("div", { class: "small soft" }, item.servingDescription ?? "")),
      make("td", { class: "number" }, typeof energy === "number" ? number(energy, 0) : unknown()),
    );
  };
  const header = make("tr", {}, make("th", { scope: "col" }, "Food"), make("th", { scope: "col", class: "number" }, "kcal"));
  return make(
    "section",
    { "aria-labelledby": "foods" },
    make("h2", { id: "foods" }, "What is in it"),
    make("table", { "aria-labelledby": "foods" }, make("thead", {}, header), make("tbody", {}, ...counted.map(row))),
  );
}

function notes(texts) {
  if (!texts?.length) return null;
  const list = [...new Set(texts)].map((text) => make("li", {}, text));
  return make("section", { class: "note", "aria-labelledby": "notes" }, make("h2", { id: "notes" }, "Good to know"), make("ul", {}, ...list));
}

const source = (text) => (text ? make("p", { class: "small soft" }, `Source: ${text}`) : null);

const measured = new ResizeObserver(() => {
  const { width, height } = document.documentElement.getBoundingClientRect();
  notify("ui/notifications/size-changed", { width: Math.ceil(width), height: Math.ceil(height) });
});

async function begin() {
  const welcome = await request("ui/initialize", {
    appInfo: { name: "food-nutrition", title: "Nutrition facts", version: "VERSION" },
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
    protocolVersion: "2026-01-26",
  });
  adopt(welcome?.hostContext);
  notify("ui/notifications/initialized", {});
  measured.observe(document.documentElement);
}

begin().catch(() => say("The program that shows this did not answer."));
