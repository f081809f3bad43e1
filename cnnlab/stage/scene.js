// A Scene as it is sent, and which cells a term touches at a step.
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

// The grids that have a place, or are looked at through the lens.
function gridsSeen(scene) {
  const read = scene.lens === null ? [] : scene.phases.flatMap((phase) => (
    phase.parts.flatMap((part) => part.terms.map((term) => term.grid))));
  return [...scene.grids.values()].filter((grid) => grid.place || read.includes(grid.id));
}

// The shape in which a term's cells are drawn: rows × columns of its last two axes.
function termShape(term) {
  if (term.at) return [1, 1];
  const counts = term.axes.map((axis) => axis[2]);
  const columns = counts.at(-1);
  return [counts.reduce((a, b) => a * b, 1) / columns, columns];
}
