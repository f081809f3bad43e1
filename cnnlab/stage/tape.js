// Plays steps: what a step computes, and what every grid shows before, in and after it.

function freshValues(scene) {
  const values = new Map();
  for (const [id, grid] of scene.grids) {
    if (!scene.written.has(id)) values.set(id, grid.values ?? new Float64Array(grid.size).fill(NaN));
    else values.set(id, new Float64Array(grid.size).fill(scene.written.get(id) ? 0 : NaN));
  }
  return values;
}

// Whether a grid that is added to is still untouched: its zeros are where sums will start, and are
// not shown as numbers before the phase that first writes it.
function isUntouched(scene, id, phase) {
  if (scene.reach === "cone" || !scene.written.get(id)) return false;
  const first = scene.phases.find(({ parts }) => parts.some(({ writes }) => writes?.grid === id));
  return first.first > phase.first;
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
    const trace = { part, cells, target, group, before: total, live: [], factors: [], partial: [],
      best: [] }; // of a maximum: the position that holds it after each move
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
  return { phase, index, parts, moves, before: values };
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
    trace.result = part.op === "mean" ? sum / Math.max(1, trace.live.length) : sum;
  } else if (part.op === "max") {
    let best = -Infinity;
    let holder = -1;
    first.forEach((cell, k) => {
      if (cell < 0) return;
      const factor = value(0, k);
      if (!trace.best.length || factor > best) holder = k;
      best = Math.max(best, factor);
      trace.best.push(holder);
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

// The parts of a step that are maxima, and the position that holds each of them after some moves.
function bestCells(trace, move) {
  return trace.parts.map((part, p) => {
    const made = Math.min(move - part.first, part.live.length);
    return { part, p, k: part.part.op === "max" && made > 0 ? part.best[made - 1] : null };
  }).filter(({ k }) => k !== null);
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
