// All the way down and up: what a unit sees, and what it reaches. cnnlab/scenes/hover.py is the same.
// Parts of such scenes are copies along straight lines: what lies between and beyond the cells that
// a part moves is linked in the same way.

// The cells of one axis that are linked with one of the axis ``from``.
function alongLine(from, to, at) {
  const [base, , count, apart] = from;
  const [first, , many, step] = to;
  if (apart === 0) { // one cell for all the others
    return at === base ? Array.from({ length: many }, (_, k) => first + step * k) : [];
  }
  if (step === 0) return at >= base && at < base + apart * count && (at - base) % apart === 0 ? [first] : [];
  const there = first + ((at - base) * step) / apart;
  return Number.isInteger(there) ? [there] : [];
}

// Adds to the marks of one grid those that a part leads to from the marks of another.
function spread(scene, part, down, marks) {
  const [term] = part.terms;
  const [from, to] = down ? [term, part.writes] : [part.writes, term];
  const start = marks.get(from.grid);
  if (!start) return;
  const source = scene.grids.get(from.grid);
  const target = scene.grids.get(to.grid);
  const lines = target.shape.map((size, axis) => Array.from({ length: source.shape[axis] }, (_, at) => (
    alongLine(from.axes[axis], to.axes[axis], at).filter((cell) => cell >= 0 && cell < size))));
  const found = marks.get(to.grid) ?? new Uint8Array(target.size);
  marks.set(to.grid, found);
  for (let cell = start.indexOf(1); cell >= 0; cell = start.indexOf(1, cell + 1)) {
    for (const r of lines[0][Math.floor(cell / source.columns)]) {
      for (const c of lines[1][cell % source.columns]) found[r * target.columns + c] = 1;
    }
  }
}

// Grid id → a mark for each cell, for all grids that the cone of this cell goes through.
function coneOf(scene, id, cell) {
  const parts = scene.phases.flatMap((phase) => phase.parts);
  const all = new Map();
  for (const down of [true, false]) {
    const marks = new Map([[id, new Uint8Array(scene.grids.get(id).size)]]);
    marks.get(id)[cell] = 1;
    for (const part of down ? parts : [...parts].reverse()) spread(scene, part, down, marks);
    for (const [grid, found] of marks) if (found.includes(1)) all.set(grid, found);
  }
  return all;
}

// The cells next to each other that are marked, row by row: [row, first, last].
function runsOf(grid, marks) {
  const runs = [];
  for (let row = 0; row < grid.rows; row += 1) {
    for (let column = 0; column < grid.columns; column += 1) {
      if (!marks[row * grid.columns + column]) continue;
      const run = runs.at(-1);
      if (run && run[0] === row && run[2] === column - 1) run[2] = column;
      else runs.push([row, column, column]);
    }
  }
  return runs;
}

// The unit that the scene is about: the one that holds something from the start.
function chosenUnit(scene) {
  const id = scene.phases[0].parts[0].terms[0].grid;
  return { id, cell: scene.grids.get(id).values.findIndex((value) => value !== 0) };
}

const chosenCones = new WeakMap();

function chosenCone(scene) {
  if (!chosenCones.has(scene)) {
    const { id, cell } = chosenUnit(scene);
    chosenCones.set(scene, coneOf(scene, id, cell));
  }
  return chosenCones.get(scene);
}

// What a cell is to the chosen unit: nothing is said of what leads nowhere, or is not known yet.
function waysWords(player, at, cell, known) {
  const { say } = player;
  const chosen = chosenUnit(player.scene);
  const n = player.shown.get(at.grid.id)[at.cell];
  if (chosen.id === at.grid.id && chosen.cell === at.cell) return fill(say.chosen, { cell });
  if (!known || !n) return cell;
  return fill(say[n === 1 ? "one way" : "many ways"], { cell, n: formatNumber(n) });
}

// How much of the input a unit sees; of an input cell, how many of the last layer's units it reaches.
function coneWords(player, at, told) {
  const { scene, say } = player;
  const input = scene.phases.at(-1).parts.at(-1).writes;
  const from = at.grid.id === input.grid;
  const grid = scene.grids.get(from ? chosenUnit(scene).id : input.grid);
  const n = (coneAt(player, at).get(grid.id) ?? []).reduce((sum, mark) => sum + mark, 0);
  const word = `${from ? "reaches" : "sees"}${n === 1 ? " one" : ""}`;
  return fill(say[word], { told, n: formatNumber(n), grid: grid.label });
}

// An outline that does not bury a thin row.
function weightOf(player, id) {
  const tall = boxOf(player, id, 0)?.tall ?? Infinity;
  return tall < 8 ? 1 : tall < 14 ? 2 : 3;
}

// Here, now: the unit, what hands down, and what it is handed to.
function coneMarks(player) {
  const { trace, position, scene } = player;
  const { id, cell } = chosenUnit(scene);
  const own = cellRectangle(player, id, cell);
  const marks = own ? [{ ...own, weight: weightOf(player, id), key: "unit" }] : [];
  const touched = new Map();
  for (const part of trace.parts) {
    const last = position.move > 0 || part === trace.parts[0];
    const ends = [[part.part.terms[0].grid, part.cells[0]], [part.part.writes.grid, last ? part.target : []]];
    for (const [grid, cells] of ends) touched.set(grid, [...(touched.get(grid) ?? []), ...cells]);
  }
  if (position.move === 0) touched.delete(trace.parts.at(-1).part.writes.grid);
  for (const [grid, cells] of touched) {
    surround(player, grid, cells).forEach((around, n) => {
      marks.push({ ...around, weight: weightOf(player, grid), key: `cone:${grid}:${n}` });
    });
  }
  if (position.move > 0 && position.move < trace.moves) marks.push(...moveMarks(player));
  return marks;
}

// What a cell that is pointed at sees and reaches: its cells filled, a frame around each map's.
function coneHover(player, at) {
  const own = cellRectangle(player, at.grid.id, at.cell);
  const marks = own ? [{ ...own, weight: 2.5, accent: true }] : [];
  for (const [id, found] of coneAt(player, at)) {
    const box = boxOf(player, id, 0);
    if (!box) continue;
    const { grid } = box;
    const runs = runsOf(grid, found);
    for (const [row, first, last] of runs) {
      const from = cellRectangle(player, id, row * grid.columns + first);
      const to = cellRectangle(player, id, row * grid.columns + last);
      if (from && to) marks.push({ ...from, width: to.x + to.width - from.x, weight: 0, accent: true, fill: true });
    }
    if (id === at.grid.id) continue;
    const [left, right] = [Math.min(...runs.map((run) => run[1])), Math.max(...runs.map((run) => run[2]))];
    const cells = [runs[0][0] * grid.columns + left, runs.at(-1)[0] * grid.columns + right];
    marks.push(...surround(player, id, cells).map((one) => ({ ...one, weight: 1.5, accent: true })));
  }
  return marks;
}

// The cone of what is pointed at, worked out once for each cell.
function coneAt(player, at) {
  const key = `${at.grid.id}:${at.cell}`;
  if (player.coneKey !== key || player.coneScene !== player.scene) {
    player.coneKey = key;
    player.coneScene = player.scene;
    player.coneCells = coneOf(player.scene, at.grid.id, at.cell);
  }
  return player.coneCells;
}
