// What is outlined: the cells of the current step, and whatever the pointer asks about.

function boxOf(player, id, cell) {
  const grid = player.scene.grids.get(id);
  const plane = Math.floor(cell / (grid.rows * grid.columns));
  return player.boxes.find((box) => box.kind === "grid" && box.grid.id === id && box.plane === plane);
}

// The rectangle of one cell, or null where it is out of sight.
function cellRectangle(player, id, cell) {
  const box = boxOf(player, id, cell);
  if (!box) return null;
  if (box.side) return sideRectangle(box, cell);
  const row = (Math.floor(cell / box.grid.columns) % box.grid.rows) - box.r0;
  const column = (cell % box.grid.columns) - box.c0;
  if (row < 0 || column < 0 || row >= box.rows || column >= box.columns) return null;
  return { x: box.x + column * box.cell, y: box.y + row * box.cell, width: box.cell, height: box.cell };
}

// One rectangle around each plane's share of some cells.
function surround(player, id, cells) {
  const around = new Map();
  for (const cell of cells) {
    if (cell < 0) continue;
    const one = cellRectangle(player, id, cell);
    if (!one) continue;
    const box = boxOf(player, id, cell);
    const all = around.get(box.key) ?? { x: one.x, y: one.y, right: one.x, bottom: one.y };
    around.set(box.key, {
      x: Math.min(all.x, one.x), y: Math.min(all.y, one.y),
      right: Math.max(all.right, one.x + one.width), bottom: Math.max(all.bottom, one.y + one.height),
    });
  }
  return [...around.values()].map(({ x, y, right, bottom }) => (
    { x, y, width: right - x, height: bottom - y }));
}

// Around all of a term's window, also where it hangs over the grid's edge.
function windowOf(player, trace, term, cells) {
  const grid = player.scene.grids.get(term.grid);
  const boxes = player.boxes.filter((box) => box.kind === "grid" && box.grid.id === term.grid);
  if (!term.axes || !boxes.some((box) => box.over.some((size) => size > 0))) {
    return surround(player, term.grid, cells);
  }
  const spans = term.axes.map(([base, coefficients, count, apart]) => {
    const first = coefficients.reduce((sum, c, loop) => sum + c * trace.index[loop], base);
    return [Math.min(first, first + (count - 1) * apart), Math.max(first, first + (count - 1) * apart)];
  });
  const [rows, columns] = spans.slice(-2);
  return boxes.filter((box) => isOnPlane(grid, box.plane, spans)).map((box) => {
    const [top, right, bottom, left] = box.over;
    const r0 = Math.max(rows[0], -top);
    const c0 = Math.max(columns[0], -left);
    const r1 = Math.min(rows[1], box.rows - 1 + bottom);
    const c1 = Math.min(columns[1], box.columns - 1 + right);
    return { x: box.x + c0 * box.cell, y: box.y + r0 * box.cell,
      width: (c1 - c0 + 1) * box.cell, height: (r1 - r0 + 1) * box.cell };
  }).filter((around) => around.width > 0 && around.height > 0);
}

function isOnPlane(grid, plane, spans) {
  const inside = plane * grid.rows * grid.columns;
  return spans.slice(0, -2).every(([low, high], axis) => {
    const at = Math.floor(inside / grid.strides[axis]) % grid.shape[axis];
    return at >= low && at <= high;
  });
}

// What a maximum holds so far, and at last its winner: in its grid and in the lens.
function bestMarks(player, { trace, move }) {
  if (player.hidden) return [];
  return bestCells(trace, move).flatMap(({ part, p, k }) => {
    const box = player.boxes.find((one) => one.kind === "lens" && one.part === p);
    const own = cellRectangle(player, part.part.terms[0].grid, part.cells[0][k]);
    return [own, box && slotRectangle(box, box.slots[0], k)].filter(Boolean);
  });
}

function slotRectangle(box, slot, k) {
  const columns = slot.shape[1];
  return {
    x: slot.x + (k % columns) * box.cell, y: slot.y + Math.floor(k / columns) * box.cell,
    width: box.cell, height: box.cell,
  };
}

// Here, now: the window on every plane, the cell that is written, the pair being multiplied.
function marksOf(player) {
  const { trace, position } = player;
  if (player.scene.reach === "cone") return coneMarks(player);
  const marks = [];
  trace.parts.forEach((part, p) => {
    part.part.terms.forEach((term, t) => {
      const weight = p === player.active || trace.parts.length === 1 ? 3 : 2;
      windowOf(player, trace, term, part.cells[t]).forEach((around, n) => {
        marks.push({ ...around, weight, key: `read:${p}:${t}:${n}` });
      });
      if (term.axes?.some((axis) => axis[3] > 1 && axis[2] > 1)) {
        marks.push(...part.cells[t].map((cell) => (cell < 0 ? null
          : cellRectangle(player, term.grid, cell))).filter(Boolean)
          .map((one) => ({ ...one, weight: 1 })));
      }
    });
    if (part.part.writes) {
      surround(player, part.part.writes.grid, part.target).forEach((around, n) => {
        marks.push({ ...around, weight: 3, key: `write:${p}:${n}` });
      });
    }
  });
  if (position.move > 0 && position.move < trace.moves) marks.push(...moveMarks(player));
  return marks;
}

function moveMarks(player) {
  const { trace, position } = player;
  const p = currentPart(trace, position.move);
  const part = trace.parts[p];
  const k = part.live[position.move - part.first - 1];
  if (k === undefined) return [];
  const box = player.boxes.find((one) => one.kind === "lens" && one.part === p);
  const marks = [];
  part.part.terms.forEach((term, t) => {
    const cell = part.cells[t][k];
    const one = cell === undefined || cell < 0 ? null : cellRectangle(player, term.grid, cell);
    if (one) marks.push({ ...one, weight: 2, accent: true, fill: true });
  });
  for (const slot of box?.slots ?? []) {
    if (k < slot.shape[0] * slot.shape[1]) {
      marks.push({ ...slotRectangle(box, slot, k), weight: 3, key: `pair:${slot.term}` });
    }
  }
  return marks;
}

// What stands under a point of the picture.
function hitBox(player, x, y) {
  for (const box of player.boxes ?? []) {
    if (box.side) {
      const column = sideColumn(box, x, y);
      if (column === null) continue;
      return { key: box.key, grid: box.grid, cell: column, x, y: tipHeight(box.outer, y),
        left: box.x + column * box.pitch, top: box.y, size: box.wide };
    }
    if (box.kind === "grid") {
      const row = Math.floor((y - box.y) / box.cell);
      const column = Math.floor((x - box.x) / box.cell);
      if (row < 0 || column < 0 || row >= box.rows || column >= box.columns) continue;
      const { grid } = box;
      const cell = (box.plane * grid.rows + row + box.r0) * grid.columns + column + box.c0;
      return { key: box.key, grid, cell, x, y: tipHeight(box.outer, y), left: box.x + column * box.cell,
        top: box.y + row * box.cell, size: box.cell };
    }
    for (const slot of box.slots) {
      const row = Math.floor((y - slot.y) / box.cell);
      const column = Math.floor((x - slot.x) / box.cell);
      if (row < 0 || column < 0 || row >= slot.shape[0] || column >= slot.shape[1]) continue;
      const k = row * slot.shape[1] + column;
      const part = player.trace.parts[box.part];
      const term = slot.term < 0 ? null : part.part.terms[slot.term];
      return { key: box.key, part: box.part, slot: slot.term, k, x, y: tipHeight(slot, y),
        grid: term ? player.scene.grids.get(term.grid) : null,
        cell: term ? part.cells[slot.term][k] : -1,
        left: slot.x + column * box.cell, top: slot.y + row * box.cell, size: box.cell };
    }
  }
  return null;
}

// A remark stands above a small grid, so that it hides none of its cells.
function tipHeight(box, y) {
  return box.height <= 240 ? box.y + 6 : y;
}

// output → its window; input → all that read it; weight → all inputs it touches.
function hoverMarks(player) {
  const at = player.hover ?? player.pinned;
  if (!at) return [];
  const marks = at.slot === undefined ? [] : pairMarks(player, at);
  if (!at.grid || at.cell < 0) return marks;
  if (player.scene.reach === "cone") return coneHover(player, at);
  const own = cellRectangle(player, at.grid.id, at.cell);
  if (own) marks.push({ ...own, weight: 2, accent: true });
  const { sources, others } = related(player, at);
  for (const [id, cells] of sources) {
    marks.push(...surround(player, id, cells)
      .map((around) => ({ ...around, weight: 2, accent: true, dashed: true })));
  }
  marks.push(...others.map(([id, cell]) => cellRectangle(player, id, cell)).filter(Boolean)
    .map((one) => ({ ...one, weight: 1.5, accent: true, fill: true })));
  return marks;
}

// What a cell has to do with, worked out once for each cell that is pointed at.
function related(player, at) {
  const key = `${at.grid.id}:${at.cell}:${at.slot}`;
  if (player.relatedKey === key) return player.relatedCells;
  const { scene } = player;
  const sources = new Map();
  for (const [id, cell] of scene.written.has(at.grid.id) ? sourcesOf(scene, at.grid.id, at.cell) : []) {
    sources.set(id, [...(sources.get(id) ?? []), cell]);
  }
  const readers = readersOf(scene, at.grid.id, at.cell);
  const tap = at.slot !== undefined && at.slot >= 0
    && player.trace.parts[at.part].part.terms[at.slot].role === "tap";
  const others = tap ? partnersOf(scene, at.grid.id, at.cell) : readers;
  player.relatedKey = key;
  player.relatedCells = { sources, others, times: readers.length };
  return player.relatedCells;
}

// The same place in the window, the weights and the products.
function pairMarks(player, { part, k }) {
  const box = player.boxes.find((one) => one.kind === "lens" && one.part === part);
  return box.slots.filter((slot) => k < slot.shape[0] * slot.shape[1])
    .map((slot) => ({ ...slotRectangle(box, slot, k), weight: 2, accent: true }));
}

function tipText(player, at) {
  const { scene, say, shown, trace, hidden } = player;
  if (at.slot !== undefined && at.slot < 0) {
    const part = trace.parts[at.part];
    const live = part.live.indexOf(at.k);
    if (live < 0) return null;
    const product = part.factors[live].reduce((a, b) => a * b, 1);
    return `${productText(part.factors[live], true)} = ${formatNumber(product)}`;
  }
  if (!at.grid || at.cell < 0) return null;
  const value = isUntouched(scene, at.grid.id, trace.phase) ? NaN : shown.get(at.grid.id)[at.cell];
  const row = Math.floor(at.cell / at.grid.columns) % at.grid.rows;
  const name = isPadding(at.grid, row, at.cell % at.grid.columns) ? say.padding
    : cellWords(scene, say, at.grid.id, at.cell);
  const covered = hidden && scene.written.has(at.grid.id);
  const told = Number.isNaN(value) || covered ? name : `${name}: ${formatNumber(value)}`;
  if (scene.reach === "cone") return coneWords(player, at, waysWords(player, at, name, !covered));
  const { times } = related(player, at);
  return at.grid.quantity === "input" && !scene.written.has(at.grid.id)
    ? `${told} · ${fill(say["read by"], { n: times })}` : told;
}
