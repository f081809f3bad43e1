// Who reads a cell, what it was made from, what a weight meets: cnnlab/scenes/hover.py is the same.

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
  // A step of 0 puts one cell at several positions.
  const again = part.terms[t].axes?.some(([, , count, apart]) => apart === 0 && count > 1);
  if (part.op === "add" || (part.op === "scale" && t === 0) || again) {
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
