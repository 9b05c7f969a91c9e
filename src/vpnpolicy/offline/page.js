"use strict";
const RECORD = JSON.parse(document.getElementById("record").textContent);
const at = (id) => document.getElementById(id);
const form = at("form");
class NotInRecord extends Error {}

// Numbers: { n, e } is n × 10^e, exact, and shown as the Python package shows it, rounded half up.

const tens = (power) => 10n ** BigInt(power);
const wholeDigits = ({ n, e }) => String(n).length + e;

function decimal(x) { // the shortest digits that read back as x
  const [digits, power = "0"] = String(x).split("e");
  const [whole, part = ""] = digits.split(".");
  return { n: BigInt(whole + part), e: Number(power) - part.length };
}

function product(price, a, b) { // price is "n" or "n/d"; the quotient has 30 digits or more
  const [n, d = "1"] = price.split("/");
  const over = BigInt(n) * a.n * b.n, more = 30 + d.length;
  return d === "1" ? { n: over, e: a.e + b.e } : { n: (2n * over * tens(more) / BigInt(d) + 1n) / 2n, e: a.e + b.e - more };
}

function number(value, digits = 4) {
  const drop = String(value.n).length - Math.max(digits, wholeDigits(value));
  const n = drop > 0 ? (value.n + 5n * tens(drop - 1)) / tens(drop) : value.n, e = value.e + Math.max(drop, 0);
  const text = e < 0 ? String(n).padStart(1 - e, "0") : String(n * tens(e));
  const whole = e < 0 ? text.slice(0, e) : text, part = e < 0 ? text.slice(e).replace(/0+$/, "") : "";
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part && "." + part);
}

function size(value, digits = 4) {
  for (const [power, word] of [[12, "trillion"], [9, "billion"], [6, "million"]])
    if (wholeDigits(value) > power) return `${number({ n: value.n, e: value.e - power }, digits)} ${word}`;
  return number(value, digits);
}

const plain = (x) => (x && x < 1e-4 ? x.toExponential().replace(/e-(\d)$/, "e-0$1") : String(x)); // as Python writes a float
const float = ({ n, e }) => Number(`${n}e${e}`);
const money = (value) => `USD ${size(value)}`;
const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (all, name) => parts[name] ?? all);

function span(low, high) { // "1.5 to 2 million", "1.5 million to 2 billion"
  const [a, b] = [size(low), size(high)], word = b.slice(b.indexOf(" "));
  return a === b ? a : `${a.includes(" ") && a.endsWith(word) ? a.slice(0, -word.length) : a} to ${b}`;
}

// Extra traffic under every interpretation of the quoted price.

function traffic({ reading, tbps, minutes }) {
  const flow = Number(tbps), time = Number(minutes), parts = { tbps: plain(flow), minutes: plain(time) };
  const rows = RECORD.readings.map((r) => ({
    label: r.label, tag: r.plausibility, tagText: r.assessment, unit: "USD", picked: r.id === reading,
    bounds: r.price.map((p) => product(p, decimal(flow), decimal(time))), sources: r.sources,
    words: { Working: fill(r.working, parts), Inputs: r.inputs, Assessment: `${r.assessment}: ${r.why}`, Mind: r.notes.join(" ") },
  }));
  const own = rows.find((r) => r.picked), others = rows.filter((r) => !r.picked);
  const ways = others.length ? `By the ${others.length} other interpretations, the same traffic costs ${between(others)}. ` : "";
  return {
    rows, none: [], headline: between([own]),
    question: `${number(decimal(flow), 17)} Tbps more for ${count(time, "minute")}, at ${own.label}`,
    remarks: [`Assessment: ${own.tagText}. ${ways}Not a fact: each interpretation takes the quoted words ` +
      "to mean something else, and none is averaged with another."],
  };
}

// A disruption under every published method.

const COSTS = {
  share: (gdp, days, share) => gdp / RECORD.days_of_a_year * days * share,
  elasticity: (gdp, days, elasticity) => elasticity * gdp / RECORD.days_of_a_year * days,
  people: (people, days, loss) => people * days * loss,
  rate: (_, time, rate) => rate * time,
  users: (users, hours) => users * hours,
};
const NAMES = { gdp: "GDP", people: "population", users: "internet users" };

function figureFor(of, event) {
  if (of === "users" && event.users !== null) return { value: event.users, words: "own count of users", sources: [] };
  const series = event.country[of], name = NAMES[of];
  const found = of === "users" ? nearest(series, event.start) : ofYear(series, event.year, name, event.country.name);
  if (!found) return null;
  const [about, value, n] = found, { vintage, sources } = RECORD.lots[n];
  return { value, about, sources, words: `${name} of ${about}${vintage && ` (vintage ${vintage})`}` };
}

function ofYear(series, year, what, place) {
  if (!series.length) return null;
  const yearOf = ([about]) => Number(about.slice(0, 4)), [first] = series[0], [last] = series.at(-1);
  if (year < yearOf([first])) throw new NotInRecord(`the record has ${what} of ${place} for ${first} to ${last}; found ${year}.`);
  return series.findLast((f) => yearOf(f) <= year);
}

function nearest(series, day) {
  const away = ([about]) => Math.abs(Date.parse(about.split("/")[0].padEnd(10, "-01")) - Date.parse(day));
  return [...series].sort((a, b) => away(a) - away(b) || (a[0] < b[0] ? -1 : 1))[0];
}

function costRow(method, p, event) {
  const figure = p.of ? figureFor(p.of, event) : { value: 1, words: "", sources: [] };
  if (!figure) return null;
  const time = event.days * p.time;
  const costs = p.bounds.map((b) => COSTS[p.kind](figure.value, time, b) * event.part * p.usd);
  const parts = { figure: figure.words, amount: number(decimal(figure.value / p.size), 5), time: number(decimal(time)) };
  const part = event.part === 1 ? "" : ` × ${number(decimal(event.part))} of the country`;
  return {
    label: p.label, tag: p.kind === "rate" ? "as published" : method.status, unit: p.unit,
    bounds: costs.map(decimal), about: p.of === "gdp" && figure.about, sources: [...new Set([...p.sources, ...figure.sources])],
    words: {
      Working: fill(p.working, parts) + part, Inputs: fill(p.inputs, parts), Form: method.form,
      "A day": event.days && p.unit === "USD" ? money(decimal(costs[1] / event.days)) : "", Mind: p.note,
    },
  };
}

function disruption(state) {
  const event = eventOf(state), place = event.country.name;
  const fits = (p) => p.scope === event.scope && (!p.iso3 || p.iso3 === event.country.iso3);
  const rowsOf = (method) => method.parameters.filter(fits).map((p) => costRow(method, p, event)).filter(Boolean);
  const found = RECORD.methods.map((method) => ({ ...method, rows: rowsOf(method) }));
  const rows = found.flatMap((m) => m.rows), paid = rows.filter((r) => r.unit === "USD");
  const none = found.filter((m) => !m.rows.length).map((m) => ({ ...m, why: fill(m.why[event.scope], { country: place }) }));
  const cut = form.elements.scope.selectedOptions[0].dataset.words, length = count(Number(state.duration), state.in.slice(0, -1));
  const share = event.part === 1 ? "" : `, for ${number(decimal(Number(state.share)), 17)} % of the country`;
  return {
    rows, none, question: `${length} ${cut} in ${place}, from ${longDate(state.start)}${share}`,
    headline: paid.length ? between(paid) : "No published method puts money on this", remarks: remarks(paid, event),
  };
}

function eventOf(state) {
  const hours = Number(state.duration) * (state.in === "days" ? 24 : 1);
  const country = RECORD.countries.find((c) => c.iso3 === state.country), users = state.users ? Number(state.users) : null;
  const year = Number(state.start.slice(0, 4)), part = Number(state.share) / 100;
  return { country, scope: state.scope, start: state.start, year, days: hours / 24, part, users };
}

function remarks(paid, event) {
  const ends = paid.flatMap((r) => r.bounds.map(float)), apart = Math.max(...ends) / Math.min(...ends);
  const far = apart > 1 ? `, ${number(decimal(apart), 3)} times apart from lowest to highest` : "";
  const many = paid.length > 1 ? `${paid.length} numbers side by side${far}` : "One method alone gives a number";
  const old = paid.find((r) => r.about && Number(r.about.slice(0, 4)) < event.year);
  return [
    paid.length ? `${many}. Not a fact: each method measures something else, and none is averaged with another.` : "",
    old ? `The record has no GDP of ${event.year} for ${event.country.name}; that of ${old.about} is used.` : "",
  ];
}

const count = (n, noun) => `${number(decimal(n), 17)} ${noun}${n === 1 ? "" : "s"}`;
const longDate = (day) => new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));

function between(rows) {
  const ends = rows.flatMap((r) => r.bounds).sort((a, b) => float(a) - float(b));
  return `USD ${span(ends[0], ends.at(-1))}`;
}

// The page.

const filled = (element, children) => { element.append(...children); return element; };
const make = (tag, props = {}, ...children) => filled(Object.assign(document.createElement(tag), props), children);
const draw = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return filled(element, children);
};

function scaleOf(rows) { // whole powers of ten round all that is above zero
  const costs = rows.filter((r) => r.unit === "USD").flatMap((r) => r.bounds.map(float));
  const logs = costs.filter((v) => v > 0).map(Math.log10);
  if (!logs.length) return null;
  const low = Math.floor(Math.min(...logs)), high = Math.max(low + 1, Math.ceil(Math.max(...logs)));
  const powers = Array.from({ length: high - low + 1 }, (_, n) => low + n);
  return { powers, x: (log) => `${((log - low) / (high - low)) * 100}%` };
}

function axis({ powers, x }) {
  const step = Math.ceil((powers.length - 1) / 3), last = powers.at(-1);
  const label = (power) => make("span", { className: power === last ? "end" : "" }, size({ n: 1n, e: power }));
  return powers.filter((_, n) => n % step === 0).map((p) => { const mark = label(p); mark.style.left = x(p); return mark; });
}

function bar(row, { powers, x }) {
  const [low, central, high] = row.bounds.map((b) => Math.log10(float(b)));
  const marks = powers.map((p) => draw("line", { class: "grid", x1: x(p), x2: x(p), y1: "0", y2: "100%" }));
  if (Number.isFinite(central)) {
    marks.push(draw("line", { class: "range", x1: x(low), x2: x(high), y1: "50%", y2: "50%" }));
    marks.push(draw("circle", { cx: x(central), cy: "50%", r: "4.5" }));
  }
  return draw("svg", { "aria-hidden": "true", class: row.tag === "as published" ? "bar published" : "bar" }, ...marks);
}

const kind = (name) => name.toLowerCase().replace(" ", "-");
const tag = (word, text = word) => make("span", { className: `tag ${kind(word)}` }, text);
const links = (ids) => ids.flatMap((id) => [make("a", { href: `#${id}` }, id), " "]);

function chartRow(row, n, scale) {
  const [low, central, high] = row.bounds, paid = row.unit === "USD", range = size(low) === size(high) ? "" : span(low, high);
  const label = make("p", { className: "label" }, make("a", { href: `#m${n}` }, row.label), " ", tag(row.tag, row.tagText));
  if (row.picked) label.append(tag("your choice"));
  const picture = paid && scale ? bar(row, scale) : make("p", { className: "aside" }, paid ? "" : "not money, so not on this scale");
  const value = make("p", { className: "value" }, make("b", {}, paid ? money(central) : size(central)));
  value.append(make("span", { className: "range" }, paid ? range : `${range} ${row.unit}s`));
  return make("li", { className: row.picked ? "picked" : "" }, label, picture, value);
}

function card(row, n) {
  const [low, , high] = row.bounds, total = row.unit === "USD" ? `USD ${span(low, high)}` : `${span(low, high)} ${row.unit}s`;
  const words = { ...row.words, Working: `${row.words.Working} = ${total}` };
  const term = (name, ...text) => make("div", { className: kind(name) }, make("dt", {}, name), make("dd", {}, ...text));
  const terms = Object.entries(words).filter(([, text]) => text).map(([name, text]) => term(name, text));
  const heading = make("h3", {}, row.label, " ", tag(row.tag, row.tagText));
  return make("article", { id: `m${n}`, tabIndex: -1 }, heading, make("dl", {}, ...terms, term("Sources", ...links(row.sources))));
}

function silent(method) { // why there is no number
  const why = method.why[0].toUpperCase() + method.why.slice(1);
  const more = method.status === "closed" && method.note ? `; ${method.note}` : "";
  const ids = make("span", { className: "ids" }, ...links(method.sources));
  return make("li", {}, make("b", {}, method.label), ` (${method.publisher}). ${why}${more}. `, ids);
}

function citation(id) {
  const { publisher, title, date, standing, url } = RECORD.sources[id];
  const name = /^https?:/.test(url) ? make("a", { href: url, rel: "noreferrer" }, title) : title;
  return make("li", { id, tabIndex: -1 }, make("b", {}, id), ` ${publisher}, `, name, `, ${date} `, make("span", {}, `(${standing})`));
}

function show({ rows, none, question, headline, remarks }) {
  const scale = scaleOf(rows), ids = new Set([...rows, ...none].flatMap((r) => r.sources));
  at("question").textContent = question;
  at("headline").textContent = headline;
  document.title = `${question}: ${headline}`;
  at("remarks").replaceChildren(...remarks.filter(Boolean).map((text) => make("p", {}, text)));
  at("axis").replaceChildren(...(scale ? axis(scale) : []));
  at("rows").replaceChildren(...rows.map((row, n) => chartRow(row, n, scale)));
  at("cards").replaceChildren(...rows.map(card));
  at("closed").replaceChildren(...none.filter((m) => m.status === "closed").map(silent));
  at("others").replaceChildren(...none.filter((m) => m.status !== "closed").map(silent));
  at("sources").replaceChildren(...[...ids].sort().map(citation));
  for (const [part, list] of [["side-by-side", "rows"], ["workings", "cards"], ["closed-part", "closed"], ["others-part", "others"]])
    at(part).hidden = !at(list).childElementCount;
}

function update() {
  const what = form.elements.what.value, { limits } = RECORD;
  for (const id of ["traffic", "disruption"]) at(id).hidden = at(id).disabled = at(`tags-${id}`).hidden = id !== what;
  at("duration").max = form.elements.in.value === "days" ? limits.hours / 24 : limits.hours;
  const state = Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
  const wrong = [...form.elements].find((e) => e.willValidate && !e.validity.valid);
  let fault = wrong && complaint(wrong);
  try {
    if (!wrong) show(what === "traffic" ? traffic(state) : disruption(state));
  } catch (error) {
    if (!(error instanceof NotInRecord)) throw error;
    fault = { at: "start", text: error.message };
  }
  tell(fault);
  if (!fault) history.replaceState(null, "", `#${new URLSearchParams(state)}`);
}

function complaint(control) {
  const name = control.labels[0].textContent;
  const wanted = control.type === "date" ? "write a day" : `write a number from 0 to ${number(decimal(Number(control.max)), 17)}`;
  return { at: control.id, text: `${name}: ${wanted}.` };
}

function tell(fault) {
  at("fault").textContent = fault ? fault.text : "";
  at("result").hidden = Boolean(fault);
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  if (!fault) return;
  at(fault.at).setAttribute("aria-invalid", "true");
  at("more").open ||= at("more").contains(at(fault.at));
}

function restore() { // choices out of the address; what is not there, or not known, stays as it is
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const control = form.elements.namedItem(name), before = control && control.value;
    if (!control) continue;
    control.value = value;
    if (control.type === "select-one" && control.selectedIndex < 0) control.value = before;
  }
  at("more").open ||= at("share").value !== "100" || at("users").value !== "";
  update();
}

at("as-of").textContent = RECORD.as_of;
at("reading").append(...RECORD.readings.map((r) => new Option(r.label, r.id)));
at("country").append(...RECORD.countries.map((c) => new Option(c.name, c.iso3, c.iso3 === "PAK", c.iso3 === "PAK")));
for (const id of ["tbps", "minutes", "users"]) at(id).max = RECORD.limits[id];
form.addEventListener("input", update);
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", () => location.hash.includes("=") && restore());
addEventListener("click", (event) => { // links inside the page move the reader, not the address, which holds the choices
  const link = event.target.closest('a[href^="#"]'), target = link && at(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  target.focus();
});
restore();
