// Scenes with wires: grids in two rows, what belongs to a map below it, and arrows between maps.

const LANE = 26; // below all grids, for the wires that lead around them
const ASIDE_CELL = 0.8; // the cells of weights, of those of the maps
const WIRE_GAP = 30; // between columns: room for an arrow
const LIFT = 16; // between the rows, beside the names: room for an arrow
const CORNER = 8;

// The largest cells for which all columns and rows fit, and where the boxes then stand: four
// kernels in a row or two by two, whichever leaves more room. A phone shows what the phase is about.
function layoutWired(scene, trace, active, width, height, crops) {
  const phone = width < 560;
  const grids = [...scene.grids.values()].filter((grid) => grid.place
    && (!phone || isAbout(trace.phase, grid.id)));
  const around = scene.wires.some((wire) => wire.around);
  const numbers = [...new Set(grids.map((grid) => grid.place[0]))].sort((a, b) => a - b);
  const lines = [...new Set(grids.map((grid) => grid.place[1]))].sort((a, b) => a - b);
  const gap = phone ? 18 : numbers.length > 7 ? WIRE_GAP * 0.7 : WIRE_GAP;
  const place = { numbers, lines, gap, width, height, lane: around && !phone ? LANE : 0 };
  const fits = [4, 2].map((across) => fitWired(grids.map((grid) => {
    const items = planeItems(scene, grid, { trace, active, phone: false, crops, alone: false });
    if (items.length === 4) items.forEach((item, n) => Object.assign(item, { across, slot: n % across }));
    return { grid, items, small: grid.quantity === "weight" ? ASIDE_CELL : 1 };
  }), place));
  return boxesWired(fits[0].cell >= fits[1].cell ? fits[0] : fits[1], place);
}

function fitWired(seen, place) {
  let cell = LARGEST_CELL;
  let found = measureWired(seen, cell, place);
  while (cell > 8 && (found.wide > place.width || found.tall > place.height)) {
    cell *= 0.98;
    found = measureWired(seen, cell, place);
  }
  return found;
}

// How wide and tall everything is with cells of that size.
function measureWired(seen, cell, { numbers, lines, gap, lane }) {
  const sizes = new Map(seen.map((one) => [one, sizeOf(one, cell * one.small)]));
  const widths = numbers.map((n) => Math.max(...seen.filter((one) => one.grid.place[0] === n)
    .map((one) => Math.max(sizes.get(one).width, textWidth(one.grid.label)))));
  const rows = lines.map((n) => {
    const those = seen.filter((one) => one.grid.place[1] === n).map((one) => sizes.get(one));
    return { above: HEADER + Math.max(...those.map((size) => size.caption)),
      tall: Math.max(...those.map((size) => size.height)) };
  });
  const wide = widths.reduce((a, b) => a + b, 0) + gap * (numbers.length - 1) + 8;
  const tall = rows.reduce((sum, row) => sum + row.above + row.tall, 0)
    + LIFT * (rows.length - 1) + lane + 4;
  return { seen, cell, sizes, widths, rows, wide, tall };
}

// The planes of a grid side by side, in rows of ``across``, each under its own name.
function sizeOf({ grid, items }, cell) {
  const { across } = items[0];
  const caption = items[0].label ? CAPTION : 0;
  const down = Math.ceil(items.length / across);
  return {
    cell, caption,
    width: across * grid.columns * cell + (across - 1) * GAP,
    height: down * grid.rows * cell + (down - 1) * (GAP + caption),
  };
}

function boxesWired({ seen, sizes, widths, rows, wide, tall }, { numbers, lines, gap, width, height }) {
  const between = gap + Math.min(40, Math.max(0, width - wide) / Math.max(1, numbers.length));
  const used = wide + (between - gap) * (numbers.length - 1);
  const lefts = [];
  let x = 4 + Math.max(0, (width - used) / 2);
  for (const each of widths) { lefts.push(x); x += each + between; }
  const tops = [];
  let y = Math.max(0, (height - tall) / 2);
  for (const row of rows) { y += row.above; tops.push(y); y += row.tall + LIFT; }
  return seen.flatMap((one) => {
    const { cell, caption, height: high } = sizes.get(one);
    const column = numbers.indexOf(one.grid.place[0]);
    const row = lines.indexOf(one.grid.place[1]);
    const left = Math.round(lefts[column]);
    // Maps of the first row stand at one height, so that wires are straight.
    const drop = row === 0 ? (rows[row].tall - high) / 2 : 0;
    const room = widths[column] + between - 6;
    return one.items.map((item, n) => {
      const place = {
        x: Math.round(left + item.slot * (one.grid.columns * cell + GAP)),
        y: Math.round(tops[row] + drop
          + Math.floor(n / item.across) * (one.grid.rows * cell + GAP + caption)),
      };
      const outer = { ...place, width: item.columns * cell, height: item.rows * cell };
      return { ...item, caption, cell, ...place, outer, labelX: place.x, room };
    });
  });
}

// The frame around all planes of a grid; null where it is not on the picture.
function frameOf(boxes, id) {
  const own = boxes.filter((box) => box.kind === "grid" && box.grid.id === id);
  if (!own.length) return null;
  const left = Math.min(...own.map(({ outer }) => outer.x));
  const top = Math.min(...own.map(({ outer }) => outer.y));
  const right = Math.max(...own.map(({ outer }) => outer.x + outer.width));
  const bottom = Math.max(...own.map(({ outer }) => outer.y + outer.height));
  return { planes: own.length, left, top, right, bottom, x: (left + right) / 2, y: (top + bottom) / 2 };
}

// When numbers flow along a wire: in the phase that reads its one end and writes the other.
function stateOf(scene, wire, now) {
  const flows = scene.phases.filter(({ parts }) => (
    parts.some((part) => part.writes?.grid === wire.target)
    && parts.some((part) => part.terms.some((term) => term.grid === wire.source))));
  if (flows.includes(now)) return "now";
  return !flows.length || flows[0].first < now.first ? "done" : "ahead";
}

// The corners of a wire, from its source to its target.
function routeOf(wire, from, to, floor) {
  if (wire.around) {
    const lane = floor - LANE / 2 + 4;
    return [[from.x, from.bottom + 2], [from.x, lane], [to.x, lane], [to.x, to.bottom + 3]];
  }
  if (to.bottom < from.top && Math.abs(to.x - from.x) < (from.right - from.left) / 2) {
    const x = from.planes === 2 ? from.x : Math.min(from.right, to.right) - 5;
    return [[x, from.top - 2], [x, to.bottom + 3]];
  }
  const forward = to.left >= from.right;
  const y = from.top < to.bottom && to.top < from.bottom
    ? (Math.max(from.top, to.top) + Math.min(from.bottom, to.bottom)) / 2 : to.y;
  return forward ? [[from.right + 3, y], [to.left - 3, y]] : [[from.left - 3, y], [to.right + 3, y]];
}

const WIRE_LOOKS = { now: { line: 3, ink: "outline" }, done: { line: 1.8, ink: "muted" },
  ahead: { line: 1.5, ink: "hairline", dashed: true } };

function drawWires(painter) {
  const { boxes, scene, phase, theme } = painter.picture;
  const grids = boxes.filter((box) => box.kind === "grid");
  const floor = Math.max(...grids.map(({ outer }) => outer.y + outer.height)) + LANE;
  const order = ["ahead", "done", "now"];
  const wires = scene.wires.map((wire) => ({ wire, state: stateOf(scene, wire, phase) }))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  for (const { wire, state } of wires) {
    const from = frameOf(boxes, wire.source);
    const to = frameOf(boxes, wire.target);
    if (!from || !to) continue;
    const look = WIRE_LOOKS[state];
    const route = routeOf(wire, from, to, floor);
    arrow(painter.context, route, theme[look.ink], look);
    if (!wire.label) continue;
    const [[x0, y], [x1]] = wire.around ? route.slice(1, 3) : route;
    painter.context.font = `600 13px ${SANS}`;
    const wide = painter.context.measureText(wire.label).width + 12;
    painter.context.fillStyle = theme.background;
    painter.context.fillRect((x0 + x1 - wide) / 2, y - 9, wide, 18);
    painter.text(wire.label, (x0 + x1) / 2, y, {
      weight: 600, colour: state === "ahead" ? theme.muted : theme.ink, align: "center" });
  }
}

// A line around corners, with a head at its end.
function arrow(context, route, colour, { line, dashed }) {
  const [end, before] = [route.at(-1), route.at(-2)];
  const angle = Math.atan2(end[1] - before[1], end[0] - before[0]);
  const size = 6 + line;
  const stop = [end[0] - Math.cos(angle) * size * 0.8, end[1] - Math.sin(angle) * size * 0.8];
  context.save();
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = line;
  context.lineJoin = "round";
  if (dashed) context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(...route[0]);
  route.slice(1, -1).forEach((corner, n) => context.arcTo(...corner, ...(route[n + 2]), CORNER));
  context.lineTo(...stop);
  context.stroke();
  context.beginPath();
  context.moveTo(...end);
  for (const turn of [2.6, -2.6]) {
    context.lineTo(end[0] + Math.cos(angle + turn) * size * 1.15, end[1] + Math.sin(angle + turn) * size * 1.15);
  }
  context.fill();
  context.restore();
}
