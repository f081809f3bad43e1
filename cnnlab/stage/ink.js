// Colours and numbers of cells: the shade of a value, and how it is written so that it fits.

const SMALLEST_TEXT = 6.5;
const LEAST_IN_FULL = 9; // px, the least size for numbers in full; else they are shortened
const LEAST_IN_LINE = 11; // the same where maps stand beside each other
const PADDING_SHARE = 0.35; // of a value's colour in the padding, as in cnnlab/theme.py
const TINT = 0.16; // of the accent, in a cell that a cone goes through

const parsed = new Map(); // thousands of cells share a dozen colours

function parseColour(text) {
  if (!parsed.has(text)) {
    parsed.set(text, [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  }
  return parsed.get(text);
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// How far a value is on its way from zero to the end of its scale, 0 to 1. Ways grow by a factor
// from layer to layer, so theirs is logarithmic: else only the last map would have a colour.
function shareOf(value, limit, quantity) {
  const size = Math.abs(value);
  return Math.min(1, quantity === "ways" ? Math.log1p(size) / Math.log1p(limit) : size / limit);
}

// The same rule as cnnlab/theme.py: linear between zero and the end colour by that share.
function shade(value, limit, theme, quantity) {
  const end = parseColour(value < 0 ? theme.negative : theme.positive);
  const zero = parseColour(theme.zero);
  const t = shareOf(value, limit, quantity);
  return zero.map((c, i) => Math.round(c + (end[i] - c) * t));
}

// What stands in the padding is no input, and looks it: nearer to the padding's grey than to the
// colour of its value.
function greyed(rgb, theme) {
  const grey = parseColour(theme.padding);
  return rgb.map((c, i) => Math.round(grey[i] + (c - grey[i]) * PADDING_SHARE));
}

// What a cone goes through is seen even where its number is next to nothing on the scale.
function tinted(rgb, value, limit, theme, quantity) {
  const share = TINT * (1 - shareOf(value, limit, quantity));
  const accent = parseColour(theme.accent);
  return rgb.map((c, i) => Math.round(c + (accent[i] - c) * share));
}

function isPadding(grid, row, column) {
  const [top, right, bottom, left] = grid.padding;
  return row < top || row >= grid.rows - bottom || column < left || column >= grid.columns - right;
}

// Whether the padding of a plane holds more than zeros or −∞: nothing tells these from the input
// but their look.
function paddingHolds(grid, plane, numbers) {
  if (grid.padding.every((size) => size === 0)) return false;
  const first = plane * grid.rows * grid.columns;
  for (let cell = 0; cell < grid.rows * grid.columns; cell += 1) {
    const value = numbers[first + cell];
    if (!value || !Number.isFinite(value)) continue;
    if (isPadding(grid, Math.floor(cell / grid.columns), cell % grid.columns)) return true;
  }
  return false;
}

// The most exact way of writing a grid's numbers that fits the cell in a readable size: in full,
// else one place after the point, or two digits that count with no zero before the point. Where neither fits, no number is drawn.
function fitNumbers(values, cell, least = LEAST_IN_FULL) {
  const formats = [formatNumber, least === LEAST_IN_LINE ? inLine : shorter];
  const size = (format) => {
    let longest = 1;
    for (const value of values) longest = Math.max(longest, format(value).length);
    return Math.min(cell * 0.5, 26, (cell * 0.86) / (0.61 * longest));
  };
  const digits = size(formatNumber) >= Math.min(least, cell * 0.36) ? 0 : 1;
  return { digits, format: formats[digits], size: size(formats[digits]) };
}

// Two places after the point at most: "≈0" for what they would make 0.
function inLine(value) {
  if (!Number.isFinite(value) || Number.isInteger(value) || Math.abs(value) >= 1) return shorter(value);
  const rounded = Number(value.toFixed(2));
  return rounded === 0 ? "≈0" : formatNumber(rounded).replace(/^(−?)0\./, "$1.");
}

// ".11" for 0.1111: never another whole number, and never 0 for what is not 0.
function shorter(value) {
  if (!Number.isFinite(value) || Number.isInteger(value)) return formatNumber(value);
  const size = Math.abs(value);
  const rounded = Number(size >= 1 ? value.toFixed(1) : value.toPrecision(2));
  return formatNumber(rounded).replace(/^(−?)0\./, "$1.");
}
