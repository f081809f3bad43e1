// The two lines under the picture: words, then numbers. cnnlab/scenes/sentence.py and
// arithmetic.py say the same, and a browser test holds the two together.

const LONGEST = 12; // as many products as fit one line that is read from the back row

// A space that a template leaves for Latin names, between two Chinese characters.
const STRAY = /([\u4e00-\u9fff]) (?=[\u4e00-\u9fff])/g;

function fill(template, fields) {
  return template.replace(/\{(\w+)\}/g, (_, name) => String(fields[name]));
}

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

// A number as the stage writes it: short, a true minus, nothing where none is known yet.
function formatNumber(x) {
  if (Number.isNaN(x)) return "";
  const text = Number.isFinite(x) ? formatSize(Math.abs(x)) : "∞";
  return x < 0 && text !== "0" ? `−${text}` : text;
}

// Five digits and more are set in groups of three; beyond six a power of ten is read sooner.
function formatSize(x) {
  if (x < 1e6 && Number.isInteger(x)) return grouped(String(x));
  if (x >= 1e6 || x < 0.0005) {
    const [digits, power] = x.toExponential(1).split("e");
    return `${digits}·10${power.replace("+", "").replace(/./g, (sign) => RAISED[sign])}`;
  }
  const fixed = x.toFixed(x >= 100 ? 1 : x >= 1 ? 2 : 3);
  return grouped(fixed.replace(/0+$/, "").replace(/\.$/, ""));
}

function grouped(digits) {
  const [whole, rest] = digits.split(".");
  const set = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? set : `${set}.${rest}`;
}

// A number as it is typed: with nothing in it that cannot be read back.
function plainNumber(x) {
  const size = Math.abs(x);
  const text = formatNumber(x).replace("−", "-").replaceAll(",", "");
  return size >= 1e6 || (size > 0 && size < 0.0005) ? x.toExponential(1) : text;
}

function inParentheses(x) {
  const text = formatNumber(x);
  return text.startsWith("−") ? `(${text})` : text;
}

// One cell in words, rows and columns counted from 1 without the padding.
function cellWords(scene, words, id, cell) {
  const grid = scene.grids.get(id);
  const plane = Math.floor(cell / (grid.rows * grid.columns));
  const kind = grid.planeCount === 1 ? "cell" : "cell in plane";
  return fill(words[grid.pitch ? "cell in row" : kind], {
    grid: grid.label,
    plane: grid.planes.length ? grid.planes[plane] : plane + 1,
    row: (Math.floor(cell / grid.columns) % grid.rows) - grid.padding[0] + 1,
    column: (cell % grid.columns) - grid.padding[3] + 1,
  }).replace(STRAY, "$1");
}

function termWords(scene, words, term, cells) {
  const first = cells.find((cell) => cell >= 0);
  return first === undefined ? scene.grids.get(term.grid).label
    : cellWords(scene, words, term.grid, first);
}

function currentPart(trace, move) {
  return Math.max(0, trace.parts.findIndex((part) => move <= part.last && part.last > 0));
}

function sentenceAt(scene, words, trace, move) {
  return [wordsLine(scene, words, trace, move), numbersLine(scene, words, trace, move)];
}

function wordsLine(scene, words, trace, move) {
  const { phase, index, parts } = trace;
  const cell = termWords(scene, words, phase.subject, termCells(scene, phase.subject, phase, index));
  const n = parts.reduce((sum, { part, live }) =>
    sum + (part.terms[0].role === "read" ? live.length : 0), 0);
  if (move === 0) return fill(words[phase.look], { cell, n });
  if (move === trace.moves) {
    const last = index.every((i, axis) => i === phase.over[axis] - 1);
    return last && phase.finale !== null ? phase.finale : fill(words[phase.done], { cell, n });
  }
  const now = parts[currentPart(trace, move)];
  const count = now.live.length;
  const part = now.part.label;
  if (move === now.last && count > 1) return fill(words["part done"], { cell, part });
  let key = { dot: "product", max: "compare" }[now.part.op] ?? "gather";
  if (key === "product" && standsAlone(parts)) key = "product alone";
  return fill(words[key], { cell, part, i: move - now.first, n: count });
}

function standsAlone(parts) {
  const dots = parts.filter(({ part }) => part.op === "dot");
  return dots.length === 1
    && parts.every(({ part, live }) => part.op === "dot" || live.length <= 1);
}

function numbersLine(scene, words, trace, move) {
  const talk = new Arithmetic(scene, words, trace);
  const p = currentPart(trace, move);
  const group = trace.parts.filter((part) => part.group === trace.parts[p].group);
  const now = trace.parts[p];
  if (move === 0) return talk.announced(group);
  if (scene.reach === "cone" && move === trace.moves) return talk.ways();
  if (move === group.at(-1).last) return talk.settled(group);
  if (handsOn(now)) return talk.handed(now, move - now.first);
  if (move === now.last) return talk.soFar(group.filter((part) => part.last <= now.last), talk.main(group));
  return talk.running(now, move - now.first);
}

function handsOn({ part }) {
  return part.op === "scale" || part.op === "copy";
}

function totalOf(parts) {
  return parts.reduce((sum, { result }) => sum + result, 0);
}

// Nothing to work out: the result is one number that is there already.
function isKnown(parts) {
  return parts.every(({ part, live }) => part.op === "add" && live.length === 1);
}

function productText(numbers, first) {
  const [lead, ...others] = numbers;
  return [first ? formatNumber(lead) : inParentheses(lead), ...others.map(inParentheses)].join("·");
}

class Arithmetic {
  constructor(scene, words, trace) {
    Object.assign(this, { scene, words, trace });
  }

  // The numbers to which a step of a cone has come, from the first to the last that is not 0.
  ways() {
    const { grid } = this.trace.parts.at(-1).part.writes;
    const held = Array.from(this.trace.before.get(grid));
    for (const { part, writes } of this.trace.parts) {
      if (part.writes.grid !== grid) continue;
      for (const { cell, after } of writes) held[cell] = after;
    }
    const first = Math.max(0, held.findIndex((x) => x !== 0));
    const span = held.slice(first, Math.max(first, held.findLastIndex((x) => x !== 0)) + 1);
    if (span.length > LONGEST) {
      return fill(this.words["ways at most"], { most: formatNumber(Math.max(...held)) });
    }
    return fill(this.words.ways, { values: span.map(formatNumber).join(", ") });
  }

  announced(group) {
    const writer = group.at(-1);
    if (handsOn(writer)) return this.summary(writer);
    if (writer.part.scatter) {
      return this.scattered(writer, isKnown(group) ? inParentheses(totalOf(group)) : "?", "?");
    }
    return this.equation(group, "?", false);
  }

  settled(group) {
    const writer = group.at(-1);
    if (handsOn(writer)) return writer.live.length === 1 ? this.handed(writer, 1) : this.summary(writer);
    const outcome = formatNumber(this.written(writer));
    if (writer.part.scatter) return this.scattered(writer, inParentheses(totalOf(group)), outcome);
    return this.equation(group, outcome, true);
  }

  scattered(writer, value, after) {
    const before = formatNumber(writer.writes[0]?.before ?? NaN);
    return `${writer.part.label}: ${before} + ${value} = ${after}`;
  }

  // The number that now stands in the cell: the engine's, where it was sent.
  written(writer) {
    const write = writer.writes[0];
    if (!write) return NaN;
    const { values } = this.scene.grids.get(writer.part.writes.grid);
    return values && !writer.part.scatter ? values[write.cell] : write.after;
  }

  // The part that is spelled out: the only dot part of its group, or its only part.
  main(group) {
    const dots = group.filter(({ part }) => part.op === "dot");
    if (dots.length === 1) return dots[0];
    return group.length === 1 ? group[0] : null;
  }

  equation(parts, outcome, told) {
    const main = this.main(parts);
    const { op } = parts[0].part;
    if (main && parts.length === 1 && (op === "max" || op === "mean")) {
      const text = this.listed(main, outcome);
      return told && op === "max" ? this.contest(main, text) : text;
    }
    return `${this.sum(parts, main, told)} = ${outcome}`;
  }

  listed({ part, factors }, outcome) {
    const values = factors.map(([x]) => formatNumber(x));
    return values.length > LONGEST
      ? fill(this.words[`${part.op} of`], { n: values.length, result: outcome })
      : fill(this.words[part.op], { values: values.join(", "), result: outcome });
  }

  // How clearly a maximum won. Padding that is −∞ can never win, so it is no rival.
  contest({ factors }, equation) {
    const ranked = factors.map(([x]) => x).filter((x) => x > -Infinity).sort((a, b) => b - a);
    if (ranked.length < 2) return equation;
    const [first, second] = ranked;
    if (first === second) {
      return fill(this.words.tie, { equation, n: ranked.filter((x) => x === first).length });
    }
    return fill(this.words["runner-up"],
      { equation, second: formatNumber(second), margin: formatNumber(first - second) });
  }

  sum(parts, main, told) {
    return parts.map((trace, place) => {
      if (trace === main) return this.spelled(trace, place === 0);
      const outcome = told || isKnown([trace]) ? formatNumber(totalOf([trace])) : "?";
      return `${trace.part.label} ${outcome}`;
    }).join(" + ");
  }

  spelled(trace, first) {
    const { part, factors } = trace;
    if (factors.length > LONGEST) {
      const key = part.op === "dot" ? "sum of" : "sum of numbers";
      return fill(this.words[key], { label: part.label, n: factors.length });
    }
    if (!factors.length) return "0";
    const [x, scale, shift] = factors[0];
    if (part.op === "relu") return `max(0, ${formatNumber(x)})`;
    if (part.op === "affine") {
      return `${productText([x, scale], first)} + ${inParentheses(shift)}`;
    }
    return factors.map((numbers, k) => productText(numbers, first && k === 0)).join(" + ");
  }

  soFar(parts, main) {
    return main && parts.includes(main)
      ? `${this.sum(parts, main, true)} = ${formatNumber(totalOf(parts))}`
      : this.sum(parts, null, true);
  }

  running(trace, i) {
    const { part, factors, partial } = trace;
    if (part.op === "max") {
      const value = formatNumber(factors[i - 1][0]);
      return i === 1 ? fill(this.words["best first"], { value })
        : fill(this.words.best, { best: formatNumber(partial[i - 2]), value });
    }
    const after = formatNumber(partial[i - 1]);
    const text = productText(factors[i - 1], i === 1);
    if (i === 1) return part.op === "dot" ? `${text} = ${after}` : text;
    return `${formatNumber(partial[i - 2])} + ${text} = ${after}`;
  }

  handed(trace, i) {
    const { part, factors, writes } = trace;
    const { cell, before, after } = writes[i - 1];
    let value = productText(factors[i - 1], !part.scatter);
    if (part.scatter) value = `${formatNumber(before)} + ${value} = ${formatNumber(after)}`;
    return fill(this.words.to, { value, cell: cellWords(this.scene, this.words, part.writes.grid, cell) });
  }

  summary(trace) {
    const { part, factors } = trace;
    let values = factors.length > LONGEST || !factors.length ? fill(this.words.numbers, { n: factors.length })
      : factors.map((numbers) => formatNumber(numbers.at(-1))).join(", ");
    if (part.op === "scale" && factors.length) values = `${formatNumber(factors[0][0])}·(${values})`;
    return fill(this.words.to, { value: values, cell: this.scene.grids.get(part.writes.grid).label });
  }
}
