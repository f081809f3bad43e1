// Columns side by side: how large the cells of each can be, and where its boxes stand.

// Chooses each column's cell size, the largest cells giving way first, and sets the boxes.
function place(columns, width, height, top) {
  for (const column of columns) measure(column, height);
  measureTable(columns, height);
  const gap = width < 560 ? 12 : columns.length > 4 ? COLUMN_GAP / 2 : COLUMN_GAP;
  const room = width - gap * (columns.length - 1) - 8;
  limitNames(columns, room);
  for (let turn = 0; turn < 600 && total(columns) > room; turn += 1) {
    // Where a name is wider than its grid, smaller cells would win nothing.
    const able = columns.filter((column) => cellsWidth(column) >= namesWidth(column));
    const willing = able.filter((column) => column.cell > lowest(column));
    const giving = willing.length ? willing : able;
    if (!giving.length) break;
    giving.reduce((a, b) => (b.cell > a.cell ? b : a)).cell *= 0.98;
  }
  const spare = Math.max(0, room - total(columns));
  const between = gap + Math.min(56, spare / Math.max(1, columns.length));
  let x = 4 + Math.max(0, (width - 8 - total(columns) - between * (columns.length - 1)) / 2);
  const boxes = [];
  for (const column of columns) {
    const placed = (column.table ? placeTableColumn : placeColumn)(column, x, top, height);
    for (const box of placed) box.room = columnWidth(column) - column.labels + between - 6;
    boxes.push(...placed);
    x += columnWidth(column) + between;
  }
  return boxes;
}

// Names stand beside planes that are in one column, above those that are side by side.
function measure(column, height) {
  const beside = column.items.every((item) => item.across === 1);
  for (const item of column.items) item.caption = item.label && !beside ? CAPTION : 0;
  column.labels = beside ? Math.max(0, ...column.items.map((item) => (
    item.label ? 10 + textWidth(item.label) : 0))) : 0;
  column.cell = Math.min(LARGEST_CELL, tallestFit(column, height));
}

function lowest(column) {
  return column.lens ? Math.min(44, LENS_FLOOR / column.items[0].columns) : 7;
}

// The rows and columns that an item takes up: its cells, and the places that hang over its edges.
function rowsOf(item) {
  return item.rows + (item.over ? item.over[0] + item.over[2] : 0);
}

function columnsOf(item) {
  return item.columns + (item.over ? item.over[1] + item.over[3] : 0);
}

function total(columns) {
  return columns.reduce((sum, column) => sum + columnWidth(column), 0);
}

function columnWidth(column) {
  return column.labels + Math.max(cellsWidth(column), namesWidth(column));
}

// Where names alone would fill the room, each column's has its share of it, and is cut.
function limitNames(columns, room) {
  for (const column of columns) column.share = Infinity;
  const least = columns.reduce((sum, column) => (
    sum + column.labels + Math.max(cellsWidth(column, lowest(column)), namesWidth(column))), 0);
  if (least > room) for (const column of columns) column.share = room / columns.length;
}

function cellsWidth(column, cell = column.cell) {
  const widths = column.items.map((item) => item.across * columnsOf(item) * cell
    + (item.across - 1) * GAP + (item.kind === "lens" ? lensExtra(item) : 0));
  return Math.max(...widths);
}

function namesWidth(column) {
  const names = column.items.map((item) => (
    item.header && item.kind === "grid" ? 1.1 * textWidth(item.grid.label) : 0));
  return Math.min(column.share, Math.max(...names));
}

// Items of a column stand under each other, those of one grid in rows of ``across``.
function bands(column) {
  const found = [];
  for (const item of column.items) {
    if (item.slot === 0 || !found.length) found.push([item]);
    else found.at(-1).push(item);
  }
  return found;
}

// What stands above a band: its grid's name, and the names of its planes.
function aboveOf(band) {
  return (band[0].header ? HEADER : 0) + band[0].caption;
}

function tallestFit(column, height) {
  const rows = bands(column);
  const fixed = rows.reduce((sum, band) => sum + aboveOf(band), 0)
    + GAP * (rows.length - 1) + 8;
  const units = rows.reduce((sum, band) => sum + rowsOf(band[0]) * band[0].weight, 0);
  return (height - fixed) / units;
}

function placeColumn(column, x, top, height) {
  const rows = bands(column);
  const headers = rows.reduce((sum, band) => sum + aboveOf(band), 0);
  const units = rows.reduce((sum, band) => sum + band[0].weight, 0);
  // Bands share the height in proportion, so that the rows of neighbouring columns line up.
  const tall = rows.length > 1 && rows.every((band) => band[0].kind === "lens"
    || !band[0].header || band === rows[0]);
  const used = rows.reduce((sum, band) => sum + rowsOf(band[0]) * band[0].weight * column.cell, 0)
    + GAP * (rows.length - 1);
  const room = height - headers - 8;
  const spread = tall ? room : Math.min(room, used);
  let y = top;
  const lead = tall ? 0 : Math.max(0, (room - used) / 2);
  const boxes = [];
  rows.forEach((band, number) => {
    const share = tall ? (spread - GAP * (rows.length - 1)) * band[0].weight / units
      : rowsOf(band[0]) * band[0].weight * column.cell;
    if (number === 0) y += lead;
    y += aboveOf(band);
    for (const item of band) {
      const cell = Math.min(column.cell * item.weight, share / rowsOf(item));
      const offset = y + Math.max(0, (share - rowsOf(item) * cell) / 2);
      boxes.push(setBox(item, column, x, offset, cell));
    }
    y += share + GAP;
  });
  return boxes;
}

// Smaller rows stand centred under the larger one, so that the columns of the lens line up.
function setBox(item, column, x, top, cell) {
  const y = Math.round(top); // whole pixels: a picture that is moved by half of one is blurred
  const box = { ...item, cell, y, labelX: x, x: Math.round(x + column.labels) };
  if (item.kind === "grid") {
    const wide = columnsOf(item) * cell;
    box.x += Math.round(item.across === 1 ? Math.max(0, (columnsOf(item) * column.cell - wide) / 2)
      : item.slot * (wide + GAP));
    box.outer = { x: box.x, y: box.y, width: wide, height: rowsOf(item) * cell };
    box.x += Math.round(item.over[3] * cell); // a box begins at its first cell
    box.y += Math.round(item.over[0] * cell);
    return box;
  }
  let left = box.x;
  box.slots = item.slots.map((slot) => {
    const whole = slot.shape[1] * column.cell;
    const placed = {
      ...slot, x: left + (whole - slot.shape[1] * cell) / 2,
      y: y + ((item.rows - slot.shape[0]) * cell) / 2,
      width: slot.shape[1] * cell, height: slot.shape[0] * cell,
    };
    placed.glyphX = left - GLYPH_WIDTH / 2;
    left += whole + GLYPH_WIDTH;
    return placed;
  });
  box.sumX = left - GLYPH_WIDTH + 10;
  return box;
}

// About how wide a label is at 12 px, bold: Chinese characters are twice as wide as Latin ones.
function textWidth(text) {
  return [...text].reduce((sum, character) => sum + (character > "\u2e7f" ? 13 : 7.5), 0);
}
