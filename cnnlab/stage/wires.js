// Scenes with wires: grids in two rows, what belongs to a map below it, and arrows between maps.

const LANE = 26; // below all grids, for the wires that lead around them
const ASIDE_CELL = 0.8; // the cells of weights, of those of the maps
const WIRE_GAP = 34; // between columns: room for an arrow, or for two that turn
const MARGIN = 16; // left and right of all grids, for the wires that go around them there
const LIFT = 14; // between the rows
const NOTE = 15; // height of a line of notes under a name
const TURN = 13; // how far from a grid's side a wire turns up or down
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
  const gap = phone ? 18 : WIRE_GAP;
  const place = { numbers, lines, gap, width, height, lane: around && !phone ? LANE : 0 };
  const fits = [4, 2].map((across) => fitWired(grids.map((grid) => {
    const items = planeItems(scene, grid, { trace, active, phone: false, crops, alone: false });
    if (items.length === 4) items.forEach((item, n) => Object.assign(item, { across, slot: n % across }));
    return { grid, items, small: grid.quantity === "weight" ? ASIDE_CELL : 1 };
  }), place));
  const boxes = boxesWired(fits[0].cell >= fits[1].cell ? fits[0] : fits[1], place);
  const later = notYet(scene, trace.phase);
  return boxes.filter((box) => !later.has(box.grid.id));
}

// The grids that a wire around the others will lead to, and what it is multiplied with on the
// way: they keep their place, but are not drawn before the phase in which they are filled.
function notYet(scene, now) {
  const later = new Set();
  for (const wire of scene.wires.filter(({ around }) => around)) {
    if (stateOf(scene, wire, now) !== "ahead") continue;
    later.add(wire.target);
    for (const { parts } of flowsOf(scene, wire)) {
      for (const { terms } of parts) {
        terms.filter(({ role }) => role === "tap").forEach(({ grid }) => later.add(grid));
      }
    }
  }
  return later;
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
    .map((one) => Math.max(sizes.get(one).width, 1.1 * textWidth(one.grid.label)))));
  for (const one of seen) {
    const size = sizes.get(one);
    size.lines = linesOf(one.grid, widths[numbers.indexOf(one.grid.place[0])]);
    size.notes = (size.lines.length - 1) * NOTE;
  }
  const rows = lines.map((n) => {
    const those = seen.filter((one) => one.grid.place[1] === n).map((one) => sizes.get(one));
    return { above: HEADER + Math.max(...those.map((size) => size.caption + size.notes)),
      tall: Math.max(...those.map((size) => size.height)) };
  });
  const wide = widths.reduce((a, b) => a + b, 0) + gap * (numbers.length - 1) + 2 * MARGIN;
  const tall = rows.reduce((sum, row) => sum + row.above + row.tall, 0)
    + LIFT * (rows.length - 1) + lane + 4;
  return { seen, cell, sizes, widths, rows, wide, tall };
}

// A grid's note in lines: what fits stands beside the name, the rest below it.
function linesOf(grid, room) {
  const lines = [""];
  let left = room - 1.1 * textWidth(grid.label) - 6;
  for (const said of (grid.note ?? "").split(" · ")) {
    const wide = 0.88 * textWidth(lines.at(-1) ? ` · ${said}` : said);
    if (wide <= left) lines.push([lines.pop(), said].filter(Boolean).join(" · "));
    else { lines.push(said); left = room; }
    left -= wide;
  }
  return lines;
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
  let x = MARGIN + Math.max(0, (width - used) / 2);
  for (const each of widths) { lefts.push(x); x += each + between; }
  const tops = [];
  let y = Math.max(0, (height - tall) / 2);
  for (const row of rows) { y += row.above; tops.push(y); y += row.tall + LIFT; }
  return seen.flatMap((one) => {
    const { cell, caption, lines: notes, height: high } = sizes.get(one);
    const column = numbers.indexOf(one.grid.place[0]);
    const row = lines.indexOf(one.grid.place[1]);
    const left = Math.round(lefts[column]);
    // Maps of the first row stand at one height, so that wires are straight.
    const drop = row === 0 ? (rows[row].tall - high) / 2 : 0;
    const room = widths[column] + (row === 0 ? between - 6 : 2); // wires turn between the columns below
    return one.items.map((item, n) => {
      const place = {
        x: Math.round(left + item.slot * (one.grid.columns * cell + GAP)),
        y: Math.round(tops[row] + drop
          + Math.floor(n / item.across) * (one.grid.rows * cell + GAP + caption)),
      };
      const outer = { ...place, width: item.columns * cell, height: item.rows * cell };
      return { ...item, caption, notes, cell, ...place, outer, labelX: place.x, room };
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

// The phases that read a wire's one end and write the other.
function flowsOf(scene, wire) {
  return scene.phases.filter(({ parts }) => (
    parts.some((part) => part.writes?.grid === wire.target)
    && parts.some((part) => part.terms.some((term) => term.grid === wire.source))));
}

function stateOf(scene, wire, now) {
  const flows = flowsOf(scene, wire);
  if (flows.includes(now)) return "now";
  return flows.length && flows[0].first < now.first ? "done" : "ahead";
}

// All wires whose ends are on the picture, with their corners from source to target.
function routesOf(scene, boxes) {
  const grids = boxes.filter((box) => box.kind === "grid");
  const floor = Math.max(...grids.map(({ outer }) => outer.y + outer.height)) + LANE / 2 + 4;
  const column = (id) => scene.grids.get(id).place[0];
  const plain = scene.wires.filter((wire) => !wire.around);
  // Which way numbers flow: to the right, or on their way back to the left.
  const flow = Math.sign(plain.reduce((sum, { source, target }) => (
    sum + column(target) - column(source)), 0)) || 1;
  return scene.wires.flatMap((wire) => {
    const [from, to] = [frameOf(boxes, wire.source), frameOf(boxes, wire.target)];
    if (!from || !to) return [];
    const below = grids.filter(({ grid }) => grid.place[0] === column(wire.source)
      && grid.place[1] > scene.grids.get(wire.source).place[1]);
    const route = wire.around ? routeAround(from, to, { floor, flow, below })
      : column(wire.source) === column(wire.target) ? routeUpright(from, to, flow)
        : routeAcross(from, to);
    return [{ wire, from, to, route }];
  });
}

// Below all grids; where something stands below its source, out of that one's outer side.
function routeAround(from, to, { floor, flow, below }) {
  const end = [[to.x, floor], [to.x, to.bottom + 3]];
  if (!below.length) return [[from.x, from.bottom + 2], [from.x, floor], ...end];
  const side = flow > 0 ? from.left : from.right;
  const y = from.bottom - (from.bottom - from.top) * 0.15;
  const x = flow > 0 ? Math.min(side, ...below.map(({ outer }) => outer.x)) - TURN
    : Math.max(side, ...below.map(({ outer }) => outer.x + outer.width)) + TURN;
  return [[side - 2 * flow, y], [x, y], [x, floor], ...end];
}

// Between a grid and the one above or below it, beside their names.
function routeUpright(from, to, flow) {
  const sides = flow > 0 ? [from.right, to.right] : [from.left, to.left];
  const x = flow > 0 ? Math.max(...sides) + TURN : Math.min(...sides) - TURN;
  const y = to.top > from.bottom ? to.top + (to.bottom - to.top) * 0.2
    : to.bottom - (to.bottom - to.top) * 0.2;
  return [[sides[0] + 2 * flow, from.y], [x, from.y], [x, y], [sides[1] + 3 * flow, y]];
}

// From column to column: straight, or up or down between the two.
function routeAcross(from, to) {
  const flow = to.x > from.x ? 1 : -1;
  const [out, into] = flow > 0 ? [from.right + 3, to.left - 3] : [from.left - 3, to.right + 3];
  const high = Math.max(from.top, to.top);
  const low = Math.min(from.bottom, to.bottom);
  if (high < low) return [[out, (high + low) / 2], [into, (high + low) / 2]];
  const y = from.y > to.y ? from.bottom - (from.bottom - from.top) * 0.2 : from.y;
  const x = flow > 0 ? to.left - TURN - 1 : from.left - TURN;
  return [[out, y], [x, y], [x, to.y], [into, to.y]];
}

const WIRE_LOOKS = { now: { line: 3, ink: "outline" }, done: { line: 1.8, ink: "muted" },
  ahead: { line: 1.5, ink: "hairline", dashed: true } };

function drawWires(painter) {
  const { boxes, scene, phase, theme } = painter.picture;
  const order = ["ahead", "done", "now"];
  const wires = routesOf(scene, boxes)
    .map((one) => ({ ...one, state: stateOf(scene, one.wire, phase) }))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  for (const { wire, route, state } of wires) {
    const look = WIRE_LOOKS[state];
    arrow(painter.context, route, theme[look.ink], look);
    if (!wire.label) continue;
    const [[x0, y], [x1]] = wire.around ? route.slice(-3, -1) : route;
    painter.context.font = `600 13px ${SANS}`;
    const wide = painter.context.measureText(wire.label).width + 12;
    painter.context.fillStyle = theme.background;
    painter.context.fillRect((x0 + x1 - wide) / 2, y - 9, wide, 18);
    painter.text(wire.label, (x0 + x1) / 2, y, {
      weight: 600, colour: state === "ahead" ? theme.muted : theme.ink, align: "center" });
  }
}

// What stands for a result that cannot be: no numbers, and nothing that writes any.
function crossOut(painter, boxes) {
  const { scene, theme } = painter.picture;
  const { context } = painter;
  for (const { grid, outer } of boxes.filter(({ grid }) => grid && !grid.values && !scene.written.has(grid.id))) {
    const [left, top, right, bottom] = [outer.x, outer.y, outer.x + outer.width, outer.y + outer.height];
    context.save();
    context.strokeStyle = theme.outline;
    context.lineWidth = 3;
    context.beginPath();
    for (const [y0, y1] of [[top, bottom], [bottom, top]]) {
      context.moveTo(left, y0);
      context.lineTo(right, y1);
    }
    context.stroke();
    context.restore();
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
