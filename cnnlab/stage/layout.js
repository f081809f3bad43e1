// Where everything stands: columns of grids, and the lens with its window, weights and products.
// Every result is a plain list of boxes in CSS pixels, so that drawing and hovering share it.

const HEADER = 24; // height of a grid's name
const CAPTION = 14; // height of the name above a plane
const GAP = 14; // between grids of one column
const COLUMN_GAP = 34;
const LARGEST_CELL = 60;
const CROP_OVER = 60; // a grid with more rows or columns than this shows a part of itself
const CROPPED = { rows: 18, columns: 14 };
const SUM_WIDTH = 84;
const GLYPH_WIDTH = 26;
const ASIDE = 0.62; // the size of a channel that is not the active one
const LENS_FLOOR = 310; // the lens gives up no width below this while others can

// What a layout depends on: while it stays the same, nothing has to be placed anew.
function layoutKey(scene, trace, active, width, height, crops) {
  const planes = trace.parts[active].part.terms.map((term, t) => {
    const grid = scene.grids.get(term.grid);
    const cell = trace.parts[active].cells[t].find((at) => at >= 0) ?? 0;
    return Math.floor(cell / (grid.rows * grid.columns));
  });
  const seen = [...scene.grids.values()]
    .filter((grid) => grid.rows > CROP_OVER || grid.columns > CROP_OVER)
    .map((grid) => { const { r0, c0 } = cropOf(grid, trace, crops); return `${r0}:${c0}`; });
  return [width, height, active, trace.phase.first, planes, seen].join("|");
}

function layoutScene(scene, trace, active, width, height, crops) {
  if (isSide(scene)) return layoutSide(scene, width, height);
  if (scene.wires.length) return layoutWired(scene, trace, active, width, height, crops);
  const phone = width < 560;
  const narrow = phone && scene.lens === null;
  const placed = [...scene.grids.values()].filter((grid) => grid.place);
  const table = narrow && isTable(placed);
  const cone = scene.reach === "cone";
  const row = narrow && (cone || scene.phases.length === 1) && isLongRow(placed);
  // Else a phone shows only what the phase is about.
  const grids = placed.filter((grid) => table || row || cone || !narrow || isAbout(trace.phase, grid.id));
  const numbers = [...new Set(grids.map((grid) => grid.place[0]))];
  const columns = numbers.map((number) => ({
    number,
    items: grids.filter((grid) => grid.place[0] === number)
      .sort((a, b) => a.place[1] - b.place[1])
      .flatMap((grid, _, all) => (
        planeItems(scene, grid, { trace, active, phone, crops, alone: all.length === 1 }))),
  }));
  const lens = scene.lens === null ? null
    : { number: scene.lens, lens: true, items: lensItems(scene, trace, active, phone) };
  if (phone && lens) {
    const half = Math.round(height * 0.54);
    return [
      ...place(columns.sort(byNumber), width, half, 0),
      ...place([lens], width, height - half - 8, half + 8),
    ];
  }
  if (table) return placePhone(columns.sort(byNumber), width, height);
  if (row) return placeHalves(columns.sort(byNumber), width, height);
  if (narrow && columns.length > 1) {
    const [last, ...others] = columns.sort(byNumber).reverse();
    const half = Math.round(height / 2);
    return [...place(others.reverse(), width, half, 0), ...place([last], width, half - 8, half + 8)];
  }
  if (!lens) return place(columns.sort(byNumber), width, height, 0);
  const inLine = place([...columns, lens].sort(byNumber), width, height, 0);
  const stacked = columns.length === 2 ? placeStacked(columns.sort(byNumber), lens, width, height) : null;
  return stacked && readability(stacked) > readability(inLine) + 0.15 ? stacked : inLine;
}

// A picture of many cells stands alone at full height; the lens and the result share the rest.
function placeStacked([input, output], lens, width, height) {
  const centred = place([input], width * 0.5, height, 0);
  const margin = Math.min(...centred.map((box) => box.labelX)) - 4;
  const left = centred.map((box) => shifted(box, -Math.round(margin)));
  const edge = Math.max(...left.map((box) => box.outer.x + box.outer.width)) + COLUMN_GAP;
  const rest = width - edge;
  const wanted = lens.items.reduce((sum, item) => sum + item.rows * item.weight * 40 + GAP, HEADER);
  const upper = Math.min(height * 0.5, wanted);
  reflow(output, rest, height - upper - GAP);
  const right = [
    ...place([lens], rest, upper, 0),
    ...place([output], rest, height - upper - GAP, upper + GAP),
  ];
  return [...left, ...right.map((box) => shifted(box, Math.round(edge)))];
}

// Puts the planes of a column's only grid in as many rows as show them largest.
function reflow(column, width, height) {
  const { items } = column;
  if (items.length < 2 || items.some((item) => item.grid !== items[0].grid)) return;
  const cellOf = (across) => {
    items.forEach((item, n) => Object.assign(item, { across, slot: n % across }));
    measure(column, height);
    return Math.min(column.cell, (width - 8 - column.labels - (across - 1) * GAP)
      / (across * columnsOf(items[0])));
  };
  const choices = items.map((_, n) => n + 1);
  const best = choices.reduce((a, b) => (cellOf(b) > cellOf(a) ? b : a));
  cellOf(best);
}

function shifted(box, by) {
  const slots = box.slots?.map((slot) => ({ ...slot, x: slot.x + by, glyphX: slot.glyphX + by }));
  const outer = box.outer && { ...box.outer, x: box.outer.x + by };
  return { ...box, outer, x: box.x + by, labelX: box.labelX + by, sumX: box.sumX + by, slots };
}

// How much of each part of a layout can be read from the back row, at most 1 each.
function readability(boxes) {
  const best = { grid: {}, lens: 0 };
  for (const box of boxes) {
    if (box.kind === "lens") best.lens = Math.max(best.lens, Math.min(1, box.cell / 30));
    else best.grid[box.grid.id] = Math.max(best.grid[box.grid.id] ?? 0, Math.min(1, box.cell / 15));
  }
  return best.lens + Object.values(best.grid).reduce((a, b) => a + b, 0);
}

function isAbout(phase, id) {
  return phase.parts.some((part) => part.writes?.grid === id
    || part.terms.some((term) => term.grid === id));
}

// Whether the grids are few columns, at least two of which have grids above grids.
function isTable(grids) {
  const columns = (some) => new Set(some.map((grid) => grid.place[0])).size;
  return columns(grids) <= WIDEST && columns(grids.filter((grid) => grid.place[1] > 0)) > 1;
}

// Whether the grids stand in one row that is too long for a phone.
function isLongRow(grids) {
  return grids.length > WIDEST && grids.every((grid) => grid.place[1] === 0)
    && new Set(grids.map((grid) => grid.place[0])).size === grids.length;
}

function byNumber(a, b) {
  return a.number - b.number;
}

// The planes of a grid, one item each. Few planes that are read stand in bands, the active one
// larger; where other grids stand below, side by side; many stand in a square.
function planeItems(scene, grid, { trace, active, phone, crops, alone }) {
  const read = trace.parts[active]?.part.terms.findIndex((term) => term.grid === grid.id) ?? -1;
  const cell = read >= 0 ? trace.parts[active].cells[read].find((at) => at >= 0) : undefined;
  const plane = cell === undefined ? 0 : Math.floor(cell / (grid.rows * grid.columns));
  const banded = alone && grid.planeCount <= 3 && !scene.written.has(grid.id);
  const crop = cropOf(grid, trace, crops);
  const whole = crop.rows === grid.rows && crop.columns === grid.columns;
  const square = Math.ceil(Math.sqrt(grid.planeCount));
  const few = alone ? 1 : Math.min(4, grid.planeCount);
  const across = banded || grid.planeCount <= (alone ? 2 : 4) ? few : square;
  const items = [];
  for (let p = 0; p < grid.planeCount; p += 1) {
    if (phone && banded && p !== plane) continue;
    items.push({
      kind: "grid", key: `${grid.id}:${p}`, grid, plane: p, ...crop,
      over: whole ? grid.overhang : [0, 0, 0, 0],
      weight: banded && grid.planeCount > 1 && p !== plane ? ASIDE : 1,
      slot: phone && banded ? 0 : p % across, across: phone && banded ? 1 : across,
      header: items.length === 0, label: grid.planeCount > 1 ? grid.planes[p] ?? `${p + 1}` : "",
    });
  }
  return items;
}

// The part of a long grid that is in sight: it moves only when the active cell leaves it.
function cropOf(grid, trace, crops) {
  const rows = grid.rows > CROP_OVER ? CROPPED.rows : grid.rows;
  const columns = grid.columns > CROP_OVER ? CROPPED.columns : grid.columns;
  const kept = crops.get(grid.id) ?? { r0: 0, c0: 0 };
  const cell = activeCell(grid.id, trace);
  if (cell !== null) {
    kept.r0 = keepInSight(kept.r0, rows, grid.rows, Math.floor(cell / grid.columns) % grid.rows);
    kept.c0 = keepInSight(kept.c0, columns, grid.columns, cell % grid.columns);
  }
  kept.r0 = Math.max(0, Math.min(kept.r0, grid.rows - rows));
  kept.c0 = Math.max(0, Math.min(kept.c0, grid.columns - columns));
  crops.set(grid.id, kept);
  return { ...kept, rows, columns };
}

function keepInSight(start, shown, size, at) {
  if (at >= start && at < start + shown) return start;
  return Math.max(0, Math.min(size - shown, at - Math.floor(shown / 2)));
}

function activeCell(id, trace) {
  for (const { part, cells, target } of trace.parts) {
    for (let t = 0; t < part.terms.length; t += 1) {
      if (part.terms[t].grid === id) return cells[t].find((cell) => cell >= 0) ?? null;
    }
    if (part.writes?.grid === id) return target.find((cell) => cell >= 0) ?? null;
  }
  return null;
}

// The lens: a row for each part that has more than one number to show.
function lensItems(scene, trace, active, phone) {
  const rows = lensParts(trace.phase);
  const shown = rows.includes(active) ? active : rows[0];
  return rows.filter((p) => !phone || p === shown).map((p, row) => {
    const { op, terms, label } = trace.phase.parts[p];
    const slots = terms.map((term, t) => ({ term: t, shape: termShape(term) }));
    if (op === "dot" || op === "scale") slots.push({ term: -1, shape: slots.at(-1).shape });
    return {
      kind: "lens", key: `lens:${p}`, part: p, op, slots,
      header: row === 0 || op === "scale",
      label: rows.length > 1 ? label : "",
      rows: Math.max(...slots.map((slot) => slot.shape[0])),
      columns: slots.reduce((sum, slot) => sum + slot.shape[1], 0),
      weight: p === shown || rows.length === 1 ? 1 : ASIDE, slot: 0, across: 1,
    };
  });
}

function lensParts(phase) {
  const all = phase.parts.map((_, p) => p);
  const wide = all.filter((p) => phase.parts[p].terms.some((term) => term.at
    || term.axes.some((axis) => axis[2] > 1)));
  return wide.length ? wide : all.slice(0, 1);
}

function lensExtra(item) {
  return GLYPH_WIDTH * (item.slots.length - 1) + SUM_WIDTH;
}
