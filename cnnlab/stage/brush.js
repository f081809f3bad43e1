// What a canvas is drawn with: words, one cell, and the outlines for "here, now".

const MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
const SANS = "system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";

class Brush {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    const wide = Math.round(width * ratio);
    const tall = Math.round(height * ratio);
    if (this.canvas.width !== wide || this.canvas.height !== tall) {
      this.canvas.width = wide;
      this.canvas.height = tall;
      this.canvas.style.height = `${height}px`;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.width = width;
    this.height = height;
  }

  text(text, x, y, { size = 13, weight = 400, colour, align = "left", face = SANS }) {
    const { context } = this;
    context.font = `${weight} ${size}px ${face}`;
    context.fillStyle = colour;
    context.textAlign = align;
    context.textBaseline = "middle";
    context.fillText(text, x, y);
  }

  // The name in bold and the note in grey, if there is room for it; ``part`` (which rows of a
  // long grid these are) always. Nothing runs out of the picture.
  heading(name, note, x, y, room, part = "") {
    const { theme } = this.picture;
    this.context.font = `400 12px ${SANS}`;
    const whole = [note, part].filter(Boolean).join(" ");
    const wide = this.context.measureText(whole).width;
    this.context.font = `600 13px ${SANS}`;
    const named = this.cut(name, room);
    const used = this.context.measureText(named).width + 6;
    const said = used + wide <= room ? whole : part;
    this.context.font = `400 12px ${SANS}`;
    const left = Math.min(x, this.width - used - this.context.measureText(said).width - 2);
    this.text(named, left, y, { weight: 600, colour: theme.ink });
    if (said) this.text(said, left + used, y, { size: 12, colour: theme.muted });
  }

  // A name that would run into its neighbour's ends in "…"; it is whole in what pointing says.
  cut(name, room) {
    let text = name;
    while (text.length > 1 && this.context.measureText(text).width > room) {
      text = `${text.replace(/…$/, "").slice(0, -1).trimEnd()}…`;
    }
    return text;
  }

  cell(x, y, size, value, fit, look) {
    const { context } = this;
    const { theme, scene } = this.picture;
    const pad = size > 16 ? 1 : size > 10 ? 0.5 : 0;
    const inner = size - 2 * pad;
    const empty = Number.isNaN(value) || look.hidden;
    let rgb = parseColour(look.blank ? theme.background : theme.empty);
    // −∞ is on no scale, wherever it stands: copied into a row, it is still what padding is.
    const filler = !Number.isFinite(value) || (look.padding && value === 0);
    if (!empty && filler) rgb = parseColour(theme.padding);
    else if (!empty) rgb = shade(value, scene.scales[look.quantity], theme, look.quantity);
    if (look.tint) rgb = tinted(rgb, value, scene.scales[look.quantity], theme, look.quantity);
    if (!empty && !filler && look.padding) rgb = greyed(rgb, theme);
    context.fillStyle = `rgb(${rgb.join(",")})`;
    // Small cells meet on whole pixels, so that no seam shows between them.
    const [left, top] = pad ? [x + pad, y + pad] : [Math.round(x), Math.round(y)];
    context.fillRect(left, top, pad ? inner : Math.round(x + size) - left,
      pad ? inner : Math.round(y + size) - top);
    if (!look.padding && !look.blank && size > 10) this.edge(x + pad, y + pad, inner);
    if (look.padding && size > 6) this.dashes(x + pad, y + pad, inner);
    if (look.unread) this.hatch(x + pad, y + pad, inner);
    if (look.hidden && size >= 16) this.number("?", x, y, size, size * 0.45, theme.muted);
    if (empty || look.bare || fit.size < SMALLEST_TEXT) return;
    const ink = filler ? theme.padding_ink : theme.cell_ink;
    this.number(fit.format(value), x, y, size, fit.size, ink, look.unread ? rgb : null);
  }

  number(text, x, y, cell, size, colour, behind = null) {
    const { context } = this;
    if (behind) { // a number on hatching stands on a patch of its own
      context.fillStyle = `rgb(${behind.join(",")})`;
      context.fillRect(x + cell * 0.2, y + cell * 0.25, cell * 0.6, cell * 0.5);
    }
    this.text(text, x + cell / 2, y + cell / 2 + size * 0.04,
      { size, colour, align: "center", face: MONO });
  }

  edge(x, y, size) {
    const { context } = this;
    context.lineWidth = 1;
    context.strokeStyle = this.picture.theme.hairline;
    context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  }

  dashes(x, y, size) {
    const { context } = this;
    context.save();
    context.setLineDash([3, 2]);
    context.lineWidth = 1;
    context.strokeStyle = this.picture.theme.padding_line;
    context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
    context.restore();
  }

  hatch(x, y, size) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(x, y, size, size);
    context.clip();
    context.lineWidth = 1;
    context.strokeStyle = this.picture.theme.hatch;
    context.beginPath();
    for (let d = -size; d < size; d += Math.max(4, size / 5)) {
      context.moveTo(x + d, y + size);
      context.lineTo(x + d + size, y);
    }
    context.stroke();
    context.restore();
  }

  place(x, y, size) {
    const { context } = this;
    const pad = size > 16 ? 2 : 1;
    context.save();
    context.setLineDash([1.5, 2.5]);
    context.lineWidth = 1;
    context.strokeStyle = this.picture.theme.padding_line;
    context.strokeRect(x + pad + 0.5, y + pad + 0.5, size - 2 * pad - 1, size - 2 * pad - 1);
    context.restore();
  }

  // How far the input itself goes inside its padding: one thin line, which is not "here, now".
  extent(x, y, width, height, cell) {
    const { context } = this;
    context.lineWidth = cell > 16 ? 2 : 1;
    context.strokeStyle = this.picture.theme.muted;
    context.strokeRect(x, y, width, height);
  }

  // A maximum's best so far, and at last its winner: a flag in the corner and a ring inside the
  // cell, in ink with a halo. Neither is a colour of the scale, nor the window's outline.
  flag({ x, y, width }) {
    const { context } = this;
    const { theme } = this.picture;
    const line = width > 24 ? 3 : 2;
    const inset = width > 16 ? 2 + line / 2 : 1;
    const size = Math.max(5, width * 0.28);
    context.save();
    context.lineJoin = "miter";
    for (const [colour, more] of [[theme.halo, 2], [theme.outline, 0]]) {
      context.strokeStyle = colour;
      context.fillStyle = colour;
      context.lineWidth = line + more;
      context.strokeRect(x + inset, y + inset, width - 2 * inset, width - 2 * inset);
      context.beginPath();
      context.moveTo(x + inset, y + inset);
      context.lineTo(x + inset + size + more, y + inset);
      context.lineTo(x + inset, y + inset + size + more);
      context.fill();
    }
    context.restore();
  }

  // "Here, now": ink with a thin halo, so that it is seen on every colour of the scale.
  outline({ x, y, width, height, weight = 3, dashed = false, accent = false, fill = false }) {
    const { context } = this;
    const { theme } = this.picture;
    context.save();
    if (fill) {
      context.globalAlpha = 0.28;
      context.fillStyle = theme.accent;
      context.fillRect(x, y, width, height);
      context.globalAlpha = 1;
    }
    if (weight === 0) { context.restore(); return; }
    context.lineJoin = "round";
    context.strokeStyle = theme.halo;
    context.lineWidth = weight + 2;
    context.strokeRect(x, y, width, height);
    if (dashed) context.setLineDash([5, 3]);
    context.strokeStyle = accent ? theme.accent : theme.outline;
    context.lineWidth = weight;
    context.strokeRect(x, y, width, height);
    context.restore();
  }

  tip({ text, x, y }) {
    const { context } = this;
    const { theme } = this.picture;
    context.font = `500 13px ${SANS}`;
    const width = context.measureText(text).width + 16;
    const left = Math.max(2, Math.min(this.width - width - 2, x - width / 2));
    const top = y < 34 ? y + 22 : y - 34;
    context.fillStyle = theme.ink;
    context.beginPath();
    context.roundRect(left, top, width, 26, 5);
    context.fill();
    this.text(text, left + 8, top + 14, { weight: 500, colour: theme.background });
  }
}
