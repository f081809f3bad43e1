// A stack of layers seen from the side: one row of cells a layer, each over what it stands on.

const SIDE_CELL = 46; // the largest cell; it is wider only where a step is worth more
const SIDE_NAME = 150; // for a layer's name and size, at the left
const SIDE_MARGIN = 7; // above the first row and below the last: thin rows have names taller than they
const SIDE_EDGED = 7; // rows at least this tall have an edge around each cell, others one around all
const SIDE_TEXT = 10; // the smallest number: rows are read from afar, and pointing tells the rest
const SIDE_LEVEL = 36; // rows at least this tall have room for two lines
const BEYOND = 0.25; // places beyond the edge that are drawn, at most, of the input's width

function isSide(scene) {
  return [...scene.grids.values()].some((grid) => grid.pitch && grid.place);
}

function layoutSide(scene, width, height) {
  const grids = [...scene.grids.values()].filter((grid) => grid.place)
    .sort((a, b) => a.place[1] - b.place[1]);
  const high = (height - 2 * SIDE_MARGIN) / grids.length;
  const above = width < 560 && high >= 44; // on a phone names stand above their rows
  const labels = above ? 0 : width < 560 ? 40 : SIDE_NAME;
  const [first, last] = breadth(grids);
  const unit = Math.min(64, (width - labels - 8) / (last - first));
  const origin = labels + 4 + (width - labels - 8 - unit * (last - first)) / 2 - first * unit;
  const every = Math.ceil(13 / high); // names thin out where rows are many
  return grids.map((grid, row) => {
    const [jump, centre] = grid.pitch;
    const pitch = jump * unit;
    const wide = Math.min(pitch * 0.9, Math.max(unit * 0.9, 40));
    const caption = above ? 18 : 0;
    const tall = Math.max(3, Math.min(SIDE_CELL, Math.max(26, unit * 1.2), (high - caption) * 0.56));
    const y = Math.round(SIDE_MARGIN + row * high + caption + (high - caption - tall) / 2);
    const x = origin + centre * unit - wide / 2;
    const across = (grid.columns - 1) * pitch + wide;
    return {
      kind: "grid", side: true, key: `${grid.id}:0`, grid, plane: 0, r0: 0, c0: 0, rows: 1,
      columns: grid.columns, cell: wide, wide, tall, pitch, x, y, weight: 1, caption,
      named: (grids.length - 1 - row) % every === 0, above, high, labels, room: width - labels,
      over: [0, 0, 0, 0], outer: { x, y, width: across, height: tall }, labelX: 4,
    };
  });
}

// From where to where the picture reaches, in cells of the input.
function breadth(grids) {
  const input = grids.at(-1).columns;
  const ends = grids.map(({ pitch: [jump, centre], columns, overhang }) => [
    centre - (overhang[3] + 0.5) * jump, centre + (columns - 0.5 + overhang[1]) * jump]);
  const most = Math.ceil(BEYOND * input) + 0.5;
  const low = Math.min(-0.5, ...ends.map(([left]) => left));
  const high = Math.max(input - 0.5, ...ends.map(([, right]) => right));
  return [Math.max(-most, low), Math.min(input - 1 + most, high)];
}

function sideRectangle(box, column) {
  return { x: box.x + column * box.pitch, y: box.y, width: box.wide, height: box.tall };
}

function sideColumn(box, x, y) {
  if (y < box.y - 2 || y > box.y + box.tall + 2) return null;
  const column = Math.round((x - box.x - box.wide / 2) / box.pitch);
  if (column < 0 || column >= box.columns) return null;
  // Narrow cells are hit in the gap beside them too.
  return Math.abs(x - box.x - box.wide / 2 - column * box.pitch) <= Math.max(box.wide / 2, 4) ? column : null;
}

// What of a row belongs to the chosen unit: from its first to its last cell or place.
function chosenSpan(box, marks) {
  const first = marks.indexOf(1);
  if (first < 0) return null;
  const [, right, , left] = box.grid.overhang;
  return [left > 0 ? -left : first, right > 0 ? box.columns - 1 + right : marks.lastIndexOf(1)];
}

function drawSide(painter) {
  const { boxes, scene, values, hover } = painter.picture;
  const { id } = chosenUnit(scene);
  const chosen = chosenCone(scene);
  const reached = boxes.map((box) => {
    const held = box.grid.id === id || values.get(box.grid.id).some((value) => value !== 0);
    return held ? chosenSpan(box, chosen.get(box.grid.id) ?? new Uint8Array(0)) : null;
  });
  slopes(painter, boxes, reached, hover ? 0.06 : 0.14);
  if (hover) {
    slopes(painter, boxes, boxes.map((box) => {
      const marks = hover.get(box.grid.id) ?? new Uint8Array(0);
      return marks.includes(1) ? [marks.indexOf(1), marks.lastIndexOf(1)] : null;
    }), 0.2);
  }
  boxes.forEach((box, row) => drawSideRow(painter, box, reached[row]));
}

// What a row stands on in the next one, as one slope on each side, filled between.
function slopes(painter, boxes, spans, alpha) {
  const { context } = painter;
  const { theme } = painter.picture;
  const ends = (box, [first, last]) => [box.x + first * box.pitch, box.x + last * box.pitch + box.wide];
  context.save();
  context.beginPath(); // what reaches far over the edge does not run into the names
  context.rect(boxes[0].labels, 0, painter.width - boxes[0].labels, painter.height);
  context.clip();
  context.strokeStyle = theme.accent;
  context.fillStyle = theme.accent;
  boxes.slice(0, -1).forEach((box, row) => {
    const below = boxes[row + 1];
    if (!spans[row] || !spans[row + 1]) return;
    const [left, right] = ends(box, spans[row]);
    const [lower, upper] = ends(below, spans[row + 1]);
    const top = box.y + box.tall + 1;
    context.beginPath();
    context.moveTo(left, top);
    context.lineTo(right, top);
    context.lineTo(upper, below.y - 1);
    context.lineTo(lower, below.y - 1);
    context.closePath();
    context.globalAlpha = alpha;
    context.fill();
    context.globalAlpha = Math.min(1, alpha * 4);
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(left, top);
    context.lineTo(lower, below.y - 1);
    context.moveTo(right, top);
    context.lineTo(upper, below.y - 1);
    context.stroke();
  });
  context.restore();
}

// Maps side by side: from the corners of what has been reached in one to those in the next.
function drawPlanes(painter) {
  const { context } = painter;
  const { values, theme, boxes } = painter.picture;
  const frames = boxes.filter((box) => box.kind === "grid").map((box) => {
    const held = values.get(box.grid.id);
    const cells = [...held.keys()].filter((cell) => held[cell] !== 0);
    if (!cells.length) return null;
    const rows = cells.map((cell) => Math.floor(cell / box.columns));
    const columns = cells.map((cell) => cell % box.columns);
    const at = (row, column) => [box.x + column * box.cell, box.y + row * box.cell];
    const [top, bottom] = [Math.min(...rows), Math.max(...rows) + 1];
    const [left, right] = [Math.min(...columns), Math.max(...columns) + 1];
    return { near: [at(top, right), at(bottom, right)], far: [at(top, left), at(bottom, left)] };
  });
  context.save();
  context.strokeStyle = theme.accent;
  context.lineWidth = 1.5;
  context.globalAlpha = 0.7;
  context.beginPath();
  frames.slice(0, -1).forEach((frame, n) => {
    const next = frames[n + 1];
    if (!frame || !next || boxes[n].y + boxes[n].outer.height < boxes[n + 1].outer.y) return;
    frame.near.forEach((corner, end) => {
      context.moveTo(...corner);
      context.lineTo(...next.far[end]);
    });
  });
  context.stroke();
  context.restore();
}

function drawSideRow(painter, box, span) {
  sideName(painter, box);
  const { context } = painter;
  const { theme, values, scene, hidden } = painter.picture;
  const numbers = values.get(box.grid.id);
  const fit = painter.fitOf(box.grid, box.wide);
  const size = Math.min(fit.size, box.tall * 0.62);
  const covered = hidden && scene.written.has(box.grid.id);
  const edged = box.wide > 2.5 && box.tall >= SIDE_EDGED;
  const [within, without] = [new Path2D(), new Path2D()]; // edges, drawn at once
  for (let column = 0; column < box.columns; column += 1) {
    const { x, y, width, height } = sideRectangle(box, column);
    const value = covered ? 0 : numbers[column];
    const inside = span && column >= span[0] && column <= span[1];
    const { quantity } = box.grid;
    const limit = scene.scales[quantity];
    const rgb = shade(value, limit, theme, quantity);
    context.fillStyle = `rgb(${(value ? tinted(rgb, value, limit, theme, quantity) : rgb).join(",")})`;
    context.fillRect(x, y, width, height);
    if (edged) {
      (inside && width > 6 ? within : without).rect(x + 0.5, y + 0.5, width - 1, height - 1);
    }
    if (size < SIDE_TEXT || !(inside || value)) continue;
    painter.text(covered ? "?" : fit.format(value), x + width / 2, y + height / 2 + size * 0.04,
      { size, colour: covered ? theme.muted : theme.cell_ink, align: "center", face: MONO });
  }
  context.lineWidth = box.wide > 10 ? 1 : 0.5;
  context.strokeStyle = theme.muted;
  context.stroke(within);
  context.strokeStyle = theme.hairline;
  context.stroke(without);
  if (!edged) {
    context.strokeRect(box.outer.x - 0.5, box.y - 0.5, box.outer.width + 1, box.tall + 1);
  }
  if (span) placesBeyond(painter, box, span);
}

// Places beyond the edge on which the chosen unit stands too: dashed and empty.
function placesBeyond(painter, box, [first, last]) {
  const { context } = painter;
  context.save();
  context.setLineDash(box.wide > 8 ? [3, 2.5] : [1.5, 1.5]);
  context.strokeStyle = painter.picture.theme.padding_line;
  const left = box.labels + 2;
  context.beginPath();
  for (let column = first; column <= last; column += 1) {
    if (column >= 0 && column < box.columns) continue;
    const { x, y, width, height } = sideRectangle(box, column);
    if (x < left || x + width > painter.width) continue;
    if (width > 4 && box.tall >= SIDE_EDGED) context.rect(x + 0.5, y + 0.5, width - 1, height - 1);
    else context.rect(x, y + height / 2 - 1, width, Math.min(height, 2));
  }
  context.stroke();
  context.restore();
}

function sideName(painter, { grid, x, y, tall, above, high, labels, named, room }) {
  const { theme } = painter.picture;
  if (!named) return;
  const middle = y + tall / 2;
  if (above) {
    painter.heading(grid.label, grid.note ?? "", 4, y - 10, room);
  } else if (labels < SIDE_NAME) {
    painter.text(initials(grid.label) || grid.label, 4, middle, { size: 11, weight: 600, colour: theme.muted });
  } else if (high >= SIDE_LEVEL) {
    painter.text(grid.label, 4, middle - 8, { size: 13, weight: 600, colour: theme.ink });
    painter.context.font = `400 11px ${SANS}`;
    painter.text(painter.cut(grid.note ?? "", labels - 8), 4, middle + 8, { size: 11, colour: theme.muted });
  } else {
    painter.text(`${initials(grid.label) || grid.label}`, 4, middle, { size: 11, weight: 600, colour: theme.ink });
    painter.context.font = `400 11px ${SANS}`;
    painter.text(painter.cut(grid.note ?? "", labels - 44), 40, middle, { size: 11, colour: theme.muted });
  }
}
