// Grids above grids: columns that stand side by side in the same rows, like a table.

const ALIKE = 1.3; // cells of one kind that differ by less get one size, so that grids compare
const WORTH = 0.85; // rows line up only where no column's cells shrink to less than this for it
const BESIDE = 1.6; // a grid beside a table has cells at most so many times as large
const WIDEST = 4; // columns of a table that a phone shows whole

// Finds the columns of a table and gives them the largest cells for which their rows line up.
function measureTable(columns, height) {
  for (const column of columns) column.table = null;
  const table = columns.filter((column) => !column.lens && bands(column).length > 1
    && bands(column).every((band) => band[0].header));
  if (table.length < 2) return;
  const rows = tableRows(table);
  const wanted = rows.reduce((sum, row) => sum + row.units, 0);
  const room = height - tableFrame(rows);
  const cells = table.map((column) => Math.min(LARGEST_CELL, ...bands(column).map((band, r) => (
    (room * rows[r].units) / wanted / rowsOf(band[0])))));
  if (table.some((column, n) => cells[n] < WORTH * column.cell)) return;
  const kind = (column) => column.items[0].grid.quantity;
  table.forEach((column, n) => {
    const smallest = Math.min(...cells.filter((_, m) => kind(table[m]) === kind(column)));
    column.table = table;
    column.cell = cells[n] < ALIKE * smallest ? smallest : cells[n];
  });
  const most = BESIDE * Math.max(...table.map((column) => column.cell));
  for (const column of columns) {
    if (!column.lens && !column.table) column.cell = Math.min(column.cell, most);
  }
}

// Of each row: how many cells its tallest grid has, how tall it is, and what stands above it.
function tableRows(table) {
  const rows = [];
  for (const column of table) {
    bands(column).forEach((band, r) => {
      rows[r] ??= { units: 0, tall: 0, above: 0 };
      rows[r].units = Math.max(rows[r].units, rowsOf(band[0]));
      rows[r].tall = Math.max(rows[r].tall, rowsOf(band[0]) * column.cell);
      rows[r].above = Math.max(rows[r].above, aboveOf(band));
    });
  }
  return rows;
}

// What is taken up by names and gaps.
function tableFrame(rows) {
  return rows.reduce((sum, row) => sum + row.above, 0) + GAP * (rows.length - 1) + 8;
}

function placeTableColumn(column, x, top, height) {
  const rows = tableRows(column.table);
  const used = rows.reduce((sum, row) => sum + row.tall, 0);
  let y = top + Math.max(0, (height - tableFrame(rows) - used) / 2);
  return bands(column).flatMap((band, r) => {
    y += rows[r].above;
    const boxes = band.map((item) => setBox(item, column, x, y, column.cell));
    y += rows[r].tall + GAP;
    return boxes;
  });
}

// On a phone the second half of a long row stands below the first.
function placeHalves(columns, width, height) {
  const middle = Math.ceil(columns.length / 2);
  const half = Math.round(height / 2);
  return [
    ...place(columns.slice(0, middle), width, half, 0),
    ...place(columns.slice(middle), width, height - half - 8, half + 8),
  ];
}

// On a phone a table stands above or below the columns of one grid each, in the larger part.
function placePhone(columns, width, height) {
  const table = columns.filter((column) => bands(column).length > 1);
  const others = columns.filter((column) => !table.includes(column));
  if (!others.length) return place(table, width, height, 0);
  const first = columns[0] === table[0] ? table : others;
  const second = first === table ? others : table;
  const upper = Math.round(height * (first === table ? 0.62 : 0.42));
  return [...place(first, width, upper, 0), ...place(second, width, height - upper - 8, upper + 8)];
}
