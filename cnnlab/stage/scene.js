// Plays a Scene: which cells a step reads and writes, and what every grid shows at a position.
// The rules are those of cnnlab/scenes/scene.py; cnnlab/scenes/replay.py is the same in Python.

function decodeValues(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return Float64Array.from(new Float32Array(bytes.buffer));
}

function decodeScene(data) {
  const scene = { ...data, grids: new Map(), steps: 0 };
  for (const sent of data.grids) {
    const size = sent.shape.reduce((a, b) => a * b, 1);
    const rows = sent.shape.at(-2);
    const columns = sent.shape.at(-1);
    const strides = sent.shape.map((_, axis) =>
      sent.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const values = sent.values === null ? null : decodeValues(sent.values);
    scene.grids.set(sent.id, {
      ...sent, size, rows, columns, strides, values, planeCount: size / (rows * columns),
    });
  }
  scene.phases = data.phases.map((sent) => {
    const phase = { ...sent, first: scene.steps, count: sent.over.reduce((a, b) => a * b, 1) };
    scene.steps += phase.count;
    return phase;
  });
  scene.written = new Map(); // id → true where the writes are added to what is there
  for (const phase of scene.phases) {
    for (const part of phase.parts) {
      if (part.writes) scene.written.set(part.writes.grid, part.scatter);
    }
  }
  return scene;
}

function phaseAt(scene, step) {
  return scene.phases.findLast((phase) => phase.first <= step);
}

function loopIndex(phase, step) {
  let rest = step - phase.first;
  const index = new Array(phase.over.length);
  for (let axis = phase.over.length - 1; axis >= 0; axis -= 1) {
    index[axis] = rest % phase.over[axis];
    rest = Math.floor(rest / phase.over[axis]);
  }
  return index;
}

// The flat cells of a term at a loop index, row-major over its counts; −1 where off the grid.
function termCells(scene, term, phase, index) {
  if (term.at) return [term.at[index.reduce((flat, i, axis) => flat * phase.over[axis] + i, 0)]];
  const grid = scene.grids.get(term.grid);
  let cells = [0];
  term.axes.forEach(([base, coefficients, count, apart], axis) => {
    const start = coefficients.reduce((sum, c, loop) => sum + c * index[loop], base);
    const next = [];
    for (const cell of cells) {
      for (let u = 0; u < count; u += 1) {
        const at = start + apart * u;
        const off = cell < 0 || at < 0 || at >= grid.shape[axis];
        next.push(off ? -1 : cell + at * grid.strides[axis]);
      }
    }
    cells = next;
  });
  return cells;
}

// One of them, at a position in that order.
function cellAt(scene, term, phase, index, position) {
  if (term.at) return termCells(scene, term, phase, index)[0];
  const grid = scene.grids.get(term.grid);
  let rest = position;
  let cell = 0;
  for (let axis = term.axes.length - 1; axis >= 0; axis -= 1) {
    const [base, coefficients, count, apart] = term.axes[axis];
    let at = base + apart * (rest % count);
    for (let loop = 0; loop < index.length; loop += 1) at += coefficients[loop] * index[loop];
    if (at < 0 || at >= grid.shape[axis]) return -1;
    cell += at * grid.strides[axis];
    rest = Math.floor(rest / count);
  }
  return cell;
}

// The position of a cell in a term at a loop index, or −1: the inverse of termCells.
function positionIn(scene, term, phase, index, cell) {
  if (term.at) return termCells(scene, term, phase, index)[0] === cell ? 0 : -1;
  const grid = scene.grids.get(term.grid);
  let position = 0;
  for (let axis = 0; axis < term.axes.length; axis += 1) {
    const [base, coefficients, count, apart] = term.axes[axis];
    const at = Math.floor(cell / grid.strides[axis]) % grid.shape[axis];
    let start = base;
    for (let loop = 0; loop < index.length; loop += 1) start += coefficients[loop] * index[loop];
    const u = apart === 0 && at === start ? 0 : (at - start) / apart;
    if (!Number.isInteger(u) || u < 0 || u >= count) return -1;
    position = position * count + u;
  }
  return position;
}

// The shape in which a term's cells are drawn: rows × columns of its last two axes.
function termShape(term) {
  if (term.at) return [1, 1];
  const counts = term.axes.map((axis) => axis[2]);
  const columns = counts.at(-1);
  return [counts.reduce((a, b) => a * b, 1) / columns, columns];
}

function freshValues(scene) {
  const values = new Map();
  for (const [id, grid] of scene.grids) {
    if (!scene.written.has(id)) values.set(id, grid.values);
    else values.set(id, new Float64Array(grid.size).fill(scene.written.get(id) ? 0 : NaN));
  }
  return values;
}

// One step, part by part: cells, live positions, every move's value, subtotals and writes.
// ``values`` are the grids before the step; they are not changed.
function traceStep(scene, step, values) {
  const phase = phaseAt(scene, step);
  const index = loopIndex(phase, step);
  const parts = [];
  const pending = new Map(); // what this step has already put into a grid
  const look = (grid, cell) => pending.get(grid)?.get(cell) ?? values.get(grid)[cell];
  let total = 0;
  let moves = 0;
  let group = 0;
  for (const part of phase.parts) {
    const cells = part.terms.map((term) => termCells(scene, term, phase, index));
    const target = part.writes ? termCells(scene, part.writes, phase, index) : null;
    const trace = { part, cells, target, group, before: total, live: [], factors: [], partial: [] };
    runPart(part, trace, look);
    if (trace.result !== null) total += trace.result;
    trace.first = moves;
    moves += trace.live.length;
    trace.last = moves;
    trace.total = total;
    trace.writes = target ? writesOf(part, trace, total, look) : [];
    for (const { cell, after } of trace.writes) {
      if (!pending.has(part.writes.grid)) pending.set(part.writes.grid, new Map());
      pending.get(part.writes.grid).set(cell, after);
    }
    if (target) { total = 0; group += 1; }
    parts.push(trace);
  }
  return { phase, index, parts, moves };
}

function runPart(part, trace, look) {
  const [first, second] = trace.cells;
  const value = (term, k) => look(part.terms[term].grid, trace.cells[term][k]);
  const push = (k, factors, partial) => {
    trace.live.push(k);
    trace.factors.push(factors);
    trace.partial.push(partial);
  };
  let sum = 0;
  if (part.op === "dot") {
    first.forEach((cell, k) => {
      if (cell < 0 || second[k] < 0) return;
      const factors = [value(0, k), value(1, k)];
      sum += factors[0] * factors[1];
      push(k, factors, sum);
    });
    trace.result = sum;
  } else if (part.op === "add" || part.op === "mean") {
    let position = 0;
    trace.cells.forEach((cells, term) => cells.forEach((cell, k) => {
      if (cell >= 0) {
        const factor = value(term, k);
        sum += factor;
        push(position, [factor], sum);
      }
      position += 1;
    }));
    trace.result = part.op === "mean" ? sum / trace.live.length : sum;
  } else if (part.op === "max") {
    let best = -Infinity;
    first.forEach((cell, k) => {
      if (cell < 0) return;
      const factor = value(0, k);
      best = Math.max(best, factor);
      push(k, [factor], best);
    });
    trace.result = best;
  } else if (part.op === "relu") {
    trace.result = Math.max(0, value(0, 0));
    push(0, [value(0, 0)], trace.result);
  } else if (part.op === "affine") {
    const factors = [value(0, 0), value(1, 0), value(2, 0)];
    trace.result = factors[0] * factors[1] + factors[2];
    push(0, factors, trace.result);
  } else { // scale and copy hand each of their cells on
    const scale = part.op === "scale";
    const cells = scale ? second : first;
    cells.forEach((cell, k) => {
      if (cell < 0 || trace.target[k] < 0 || (scale && first[0] < 0)) return;
      const factors = scale ? [value(0, 0), value(1, k)] : [value(0, k)];
      push(k, factors, factors.reduce((a, b) => a * b, 1));
    });
    trace.result = null;
  }
}

function writesOf(part, trace, total, look) {
  const put = (cell, number, move) => {
    const before = part.scatter ? look(part.writes.grid, cell) : 0;
    return { cell, before, after: before + number, move };
  };
  if (trace.result === null) {
    return trace.live.map((k, i) => put(trace.target[k], trace.partial[i], trace.first + i + 1));
  }
  return trace.target.filter((cell) => cell >= 0).map((cell) => put(cell, total, trace.last));
}

// Grids after all of ``step``; a finished cell that is not scattered shows the engine's number.
function commit(scene, values, trace) {
  for (const { part, writes } of trace.parts) {
    if (!part.writes) continue;
    const grid = scene.grids.get(part.writes.grid);
    const target = values.get(part.writes.grid);
    for (const { cell, after } of writes) {
      target[cell] = grid.values && !part.scatter ? grid.values[cell] : after;
    }
  }
}

// Keeps the grids as they are before some step, and moves to any other step.
class Tape {
  constructor(scene) {
    this.scene = scene;
    this.rewind();
  }

  rewind() {
    this.values = freshValues(this.scene);
    this.step = 0;
  }

  seek(step) {
    if (step < this.step) this.rewind();
    while (this.step < step) {
      this.skip(phaseAt(this.scene, this.step)) || commit(
        this.scene, this.values, traceStep(this.scene, this.step, this.values));
      this.step += 1;
    }
    return traceStep(this.scene, step, this.values);
  }

  // A step whose only writes are finished numbers needs no arithmetic to be passed over.
  skip(phase) {
    for (const part of phase.parts) {
      if (part.writes && (part.scatter || !this.scene.grids.get(part.writes.grid).values)) return false;
    }
    const index = loopIndex(phase, this.step);
    for (const part of phase.parts) {
      if (!part.writes) continue;
      const { values } = this.scene.grids.get(part.writes.grid);
      const target = this.values.get(part.writes.grid);
      for (const cell of termCells(this.scene, part.writes, phase, index)) {
        if (cell >= 0) target[cell] = values[cell];
      }
    }
    return true;
  }

  // What every grid shows once ``move`` moves of the step are made.
  view(trace, move) {
    const shown = new Map(this.values);
    for (const { part, writes } of trace.parts) {
      const made = writes.filter((write) => write.move <= move);
      if (!made.length) continue;
      const id = part.writes.grid;
      if (shown.get(id) === this.values.get(id)) shown.set(id, Float64Array.from(this.values.get(id)));
      const finished = part.scatter ? null : this.scene.grids.get(id).values;
      for (const { cell, after } of made) shown.get(id)[cell] = finished ? finished[cell] : after;
    }
    return shown;
  }
}

// ---- Hover: cnnlab/scenes/hover.py says the same ---------------------------------------------

// Each phase's parts up to and including one that writes: what together makes one result.
function groupsOf(phase) {
  const groups = [[]];
  for (const part of phase.parts) {
    groups.at(-1).push(part);
    if (part.writes) groups.push([]);
  }
  return groups.filter((group) => group.length);
}

// The live moves of a part: the cells that each reads, and for scale and copy the cell it writes.
function movesOf(scene, phase, part, index) {
  const read = part.terms.map((term) => termCells(scene, term, phase, index)
    .map((cell) => [term.grid, cell]));
  if (part.op === "add") return read.flat().filter(([, cell]) => cell >= 0).map((one) => ({ reads: [one] }));
  const handsOn = part.op === "scale" || part.op === "copy";
  const target = handsOn ? termCells(scene, part.writes, phase, index) : null;
  if (part.op === "scale") read[0] = read[1].map(() => read[0][0]);
  return read[0].map((_, k) => ({ reads: read.map((cells) => cells[k]), write: target?.[k] }))
    .filter(({ reads, write }) => reads.every(([, cell]) => cell >= 0) && !(write < 0));
}

// The live moves of a part at which its term t stands at position k: one, as a rule.
function movesAt(scene, phase, part, index, t, k) {
  if (part.op === "add" || (part.op === "scale" && t === 0)) {
    const { grid } = part.terms[t];
    const cell = cellAt(scene, part.terms[t], phase, index, k);
    return movesOf(scene, phase, part, index)
      .filter(({ reads }) => reads.some(([id, at]) => id === grid && at === cell));
  }
  const places = part.terms.map((_, term) => (part.op === "scale" && term === 0 ? 0 : k));
  const reads = part.terms.map((term, n) => [term.grid, cellAt(scene, term, phase, index, places[n])]);
  const handsOn = part.op === "scale" || part.op === "copy";
  const write = handsOn ? cellAt(scene, part.writes, phase, index, k) : undefined;
  return reads.every(([, cell]) => cell >= 0) && !(write < 0) ? [{ reads, write }] : [];
}

// Calls visit(phase, index, group, move) for every move that reads the cell.
function eachMoveReading(scene, id, cell, visit) {
  for (const phase of scene.phases) {
    for (const group of groupsOf(phase)) {
      for (const part of group) {
        part.terms.forEach((term, t) => {
          if (term.grid !== id) return;
          for (let step = phase.first; step < phase.first + phase.count; step += 1) {
            const index = loopIndex(phase, step);
            const k = positionIn(scene, term, phase, index, cell);
            if (k < 0) continue;
            for (const move of movesAt(scene, phase, part, index, t, k)) visit(phase, index, group, move);
          }
        });
      }
    }
  }
}

function targetsOf(scene, phase, index, group, move) {
  const { writes } = group.at(-1);
  const cells = move.write === undefined ? termCells(scene, writes, phase, index) : [move.write];
  return cells.filter((cell) => cell >= 0).map((cell) => [writes.grid, cell]);
}

class CellSet {
  constructor() { this.found = new Map(); }

  add(pairs) {
    for (const [grid, cell] of pairs) this.found.set(`${grid}:${cell}`, [grid, cell]);
  }

  list() { return [...this.found.values()]; }
}

// The cells that are worked out from this one directly: input → outputs, weight → outputs.
function readersOf(scene, id, cell) {
  const found = new CellSet();
  eachMoveReading(scene, id, cell, (phase, index, group, move) => (
    found.add(targetsOf(scene, phase, index, group, move))));
  return found.list();
}

// The cells that are multiplied with this one in some step: weight → every input it meets.
function partnersOf(scene, id, cell) {
  const found = new CellSet();
  eachMoveReading(scene, id, cell, (phase, index, group, move) => (
    found.add(move.reads.filter(([grid, at]) => grid !== id || at !== cell))));
  return found.list();
}

// The cells that this one is worked out from directly: output → its window and its weights.
function sourcesOf(scene, id, cell) {
  const found = new CellSet();
  for (const phase of scene.phases) {
    for (const group of groupsOf(phase).filter((one) => one.at(-1).writes?.grid === id)) {
      for (let step = phase.first; step < phase.first + phase.count; step += 1) {
        const index = loopIndex(phase, step);
        if (positionIn(scene, group.at(-1).writes, phase, index, cell) < 0) continue;
        for (const part of group) {
          for (const move of movesOf(scene, phase, part, index)) {
            const hits = targetsOf(scene, phase, index, group, move);
            if (hits.some(([, at]) => at === cell)) found.add(move.reads);
          }
        }
      }
    }
  }
  return found.list();
}

// The step that writes (or, for a scatter, is about) a cell of a grid; null where none does.
function stepOf(scene, grid, cell) {
  for (const phase of scene.phases) {
    const terms = [phase.subject, ...phase.parts.map((part) => part.writes).filter(Boolean)];
    for (const term of terms.filter((candidate) => candidate.grid === grid)) {
      for (let step = phase.first; step < phase.first + phase.count; step += 1) {
        if (positionIn(scene, term, phase, loopIndex(phase, step), cell) >= 0) return step;
      }
    }
  }
  return null;
}
