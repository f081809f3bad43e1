// Draws the boxes of a layout: grids with their cells, the lens with its products and sums.

class Painter extends Brush {
  constructor(canvas) {
    super(canvas);
    this.fits = new Map();
    this.layers = new Map();
  }

  // Another scene: other numbers, other sizes of type. What is drawn already may still serve.
  forget() {
    this.fits.clear();
  }

  paint(picture) {
    this.picture = picture;
    this.context.clearRect(0, 0, this.width, this.height);
    if (picture.scene.wires.length) drawWires(this);
    if (isSide(picture.scene)) drawSide(this);
    else for (const box of picture.boxes) {
      if (box.kind === "grid") this.grid(box);
      else this.lens(box);
    }
    if (picture.scene.reach === "cone" && !isSide(picture.scene)) drawPlanes(this);
    if (picture.scene.wires.length) crossOut(this, picture.boxes);
    for (const mark of picture.marks) this.outline(mark);
    for (const mark of picture.best) this.flag(mark);
    if (picture.tip) this.tip(picture.tip);
  }

  grid(box) {
    const { theme } = this.picture;
    const { grid, cell } = box;
    if (box.header) {
      const cropped = [
        box.rows < grid.rows ? `↓ ${box.r0 + 1}–${box.r0 + box.rows}` : "",
        box.columns < grid.columns ? `→ ${box.c0 + 1}–${box.c0 + box.columns}` : "",
      ].filter(Boolean).join(" ");
      const [note, ...below] = box.notes ?? [grid.note ?? ""];
      const y = box.outer.y - 13 - box.caption;
      this.heading(grid.label, note, box.outer.x, y - below.length * 15, box.room, cropped);
      below.forEach((line, n) => this.text(line, box.outer.x, y - (below.length - 1 - n) * 15,
        { size: 12, colour: theme.muted }));
    }
    if (box.label && box.caption) {
      this.context.font = `600 11px ${SANS}`;
      const fits = this.context.measureText(box.label).width <= box.columns * cell + 8;
      this.text(fits ? box.label : initials(box.label), box.outer.x, box.outer.y - 8,
        { size: 11, weight: 600, colour: theme.muted });
    } else if (box.label) {
      this.text(box.label, box.labelX, box.y + (box.rows * cell) / 2,
        { size: 12, weight: 600, colour: theme.muted });
    }
    if (cell <= 10) {
      this.context.strokeStyle = theme.hairline;
      this.context.lineWidth = 1;
      this.context.strokeRect(box.x - 0.5, box.y - 0.5, box.columns * cell + 1, box.rows * cell + 1);
    }
    this.places(box);
    const { canvas, width, height } = this.layer(box);
    const [down, right] = this.picture.ahead(grid);
    if (down || right) this.moved(box, down, right);
    else this.context.drawImage(canvas, box.x, box.y, width, height);
    if (paddingHolds(grid, box.plane, this.picture.values.get(grid.id))) this.real(box);
  }

  // The line around the real input, as far as it is in sight.
  real({ grid, cell, x, y, r0, c0, rows, columns }) {
    const { context } = this;
    const [top, right, bottom, left] = grid.padding;
    context.save();
    context.beginPath();
    context.rect(x - 1, y - 1, columns * cell + 2, rows * cell + 2);
    context.clip();
    this.extent(x + (left - c0) * cell, y + (top - r0) * cell,
      (grid.columns - left - right) * cell, (grid.rows - top - bottom) * cell, cell);
    context.restore();
  }

  // A picture that a hand has moved further than the page knows: what comes in is not known yet.
  moved(box, down, right) {
    const { context } = this;
    const { canvas, width, height } = this.layer(box);
    context.save();
    context.beginPath();
    context.rect(box.x, box.y, box.columns * box.cell, box.rows * box.cell);
    context.clip();
    context.fillStyle = this.picture.theme.empty;
    context.fillRect(box.x, box.y, width, height);
    context.drawImage(canvas, box.x + right * box.cell, box.y + down * box.cell, width, height);
    context.restore();
  }

  // Places outside the grid over which windows hang: dotted and empty, for they are no cells.
  places(box) {
    const [top, right, bottom, left] = box.over;
    if (!(top || right || bottom || left)) return;
    for (let r = -top; r < box.rows + bottom; r += 1) {
      for (let c = -left; c < box.columns + right; c += 1) {
        if (r >= 0 && c >= 0 && r < box.rows && c < box.columns) continue;
        this.place(box.x + c * box.cell, box.y + r * box.cell, box.cell);
      }
    }
  }

  // The cells of a plane, kept from frame to frame: only those that changed are drawn again.
  layer(box) {
    const { theme, values, hidden, scene } = this.picture;
    const { grid, cell } = box;
    const ratio = window.devicePixelRatio || 1;
    const fit = this.fitOf(grid, cell);
    const signature = [cell, box.r0, box.c0, box.rows, box.columns, theme.background, hidden, ratio,
      scene.scales[grid.quantity], fit.size, fit.digits, grid.padding, "|", grid.unread_rows, "|",
      grid.unread_columns].join();
    let layer = this.layers.get(box.key);
    if (!layer || layer.signature !== signature) {
      const width = Math.ceil(box.columns * cell);
      const height = Math.ceil(box.rows * cell);
      layer = { signature, width, height, canvas: document.createElement("canvas"),
        drawn: new Array(box.rows * box.columns) };
      layer.canvas.width = Math.ceil(width * ratio);
      layer.canvas.height = Math.ceil(height * ratio);
      layer.width = layer.canvas.width / ratio;
      layer.height = layer.canvas.height / ratio;
      layer.context = layer.canvas.getContext("2d");
      layer.context.scale(ratio, ratio);
      this.layers.set(box.key, layer);
    }
    const untouched = isUntouched(scene, grid.id, this.picture.phase);
    const numbers = values.get(grid.id);
    const written = scene.written.has(grid.id);
    const whole = this.context;
    this.context = layer.context;
    for (let r = 0, n = 0; r < box.rows; r += 1) {
      for (let c = 0; c < box.columns; c += 1, n += 1) {
        const row = box.r0 + r;
        const column = box.c0 + c;
        const value = untouched ? NaN
          : numbers[(box.plane * grid.rows + row) * grid.columns + column];
        if (Object.is(layer.drawn[n], value)) continue;
        layer.drawn[n] = value;
        this.context.clearRect(c * cell, r * cell, cell, cell);
        this.cell(c * cell, r * cell, cell, value, fit, {
          quantity: grid.quantity, padding: isPadding(grid, row, column),
          bare: scene.reach === "cone" && value === 0,
          tint: scene.reach === "cone" && value !== 0 && !hidden,
          unread: grid.unread_rows.includes(row) || grid.unread_columns.includes(column),
          hidden: hidden && written && !Number.isNaN(value),
        });
      }
    }
    this.context = whole;
    return layer;
  }

  lens(box) {
    const { theme, trace, scene } = this.picture;
    const part = trace.parts[box.part];
    if (box.label) {
      this.text(box.label, box.labelX, box.y + (box.rows * box.cell) / 2,
        { size: 12, weight: 600, colour: theme.muted });
    }
    box.slots.forEach((slot, number) => {
      const last = number === box.slots.length - 1;
      if (number > 0) {
        const plus = box.op === "add" || (box.op === "affine" && number === 2);
        const glyph = last && slot.term < 0 ? "=" : plus ? "+" : "×";
        this.text(glyph, slot.glyphX, box.y + (box.rows * box.cell) / 2,
          { size: 16, colour: theme.muted, align: "center" });
      }
      if (box.header) {
        this.heading(this.slotName(box, slot, part), "", slot.x, slot.y - 13, Infinity);
      }
      this.slot(box, slot, part, scene);
    });
    this.sum(box, part);
  }

  // A single number is called by its grid's name, several by what they are to the reader.
  slotName(box, slot, { part }) {
    const { scene, words } = this.picture;
    if (slot.term < 0) return words.products;
    const term = part.terms[slot.term];
    const single = slot.shape[0] * slot.shape[1] === 1 && box.op !== "dot";
    if (single) return scene.grids.get(term.grid).label;
    return term.role === "tap" ? words.weights : words.window;
  }

  slot(box, slot, part, scene) {
    const { values, move, theme } = this.picture;
    const term = slot.term < 0 ? null : part.part.terms[slot.term];
    const grid = term ? scene.grids.get(term.grid) : null;
    const count = slot.shape[0] * slot.shape[1];
    const fit = grid ? this.fitOf(grid, box.cell) : this.productFit(part.part, box.cell);
    for (let k = 0; k < count; k += 1) {
      const x = slot.x + (k % slot.shape[1]) * box.cell;
      const y = slot.y + Math.floor(k / slot.shape[1]) * box.cell;
      if (term) {
        const cell = part.cells[slot.term][k];
        const row = Math.floor(cell / grid.columns) % grid.rows;
        const value = cell < 0 ? NaN : values.get(grid.id)[cell];
        if (cell < 0 && grid.overhang.some((size) => size > 0)) this.place(x, y, box.cell);
        else this.cell(x, y, box.cell, value, fit, {
          quantity: grid.quantity, padding: cell >= 0 && isPadding(grid, row, cell % grid.columns),
          blank: cell < 0,
        });
      } else {
        const at = part.live.indexOf(k);
        const made = at >= 0 && part.first + at < move;
        const value = made ? part.factors[at].reduce((a, b) => a * b, 1) : NaN;
        this.cell(x, y, box.cell, value, fit, { quantity: this.picture.result });
      }
    }
  }

  // "= 9" at the end of a lens row, once its part is worked out; the bias stands under the last.
  sum(box, trace) {
    const { theme, move, hidden, phase } = this.picture;
    if (trace.result === null) return;
    const y = box.y + (box.rows * box.cell) / 2;
    const done = move >= trace.last && move > 0;
    const single = phase.parts.length === 1;
    const shown = done && !(hidden && single);
    this.text(shown ? `= ${formatNumber(trace.result)}` : "= ?", box.sumX, y, {
      size: box.weight < 1 ? 15 : 19, weight: 700, face: MONO,
      colour: shown ? theme.ink : theme.muted,
    });
  }

  // One size of type for a whole grid, from its longest number, so that nothing jumps.
  fitOf(grid, cell) {
    const { scene, finished } = this.picture;
    // Maps that numbers flow between are read beside each other: in one size and notation.
    const whole = scene.wires.length > 0 && grid.place;
    const key = `${whole ? grid.quantity : grid.id}:${Math.round(cell)}`;
    if (!this.fits.has(key)) {
      const alike = whole ? [...scene.grids.values()].filter((one) => one.place
        && one.quantity === grid.quantity) : [grid];
      const known = alike.flatMap((one) => [...(one.values ?? finished.get(one.id) ?? [])]);
      this.fits.set(key, fitNumbers(known, cell, whole ? LEAST_IN_LINE : LEAST_IN_FULL));
    }
    return this.fits.get(key);
  }

  productFit({ terms }, cell) {
    const { scene } = this.picture;
    const kinds = terms.map((term) => scene.grids.get(term.grid).quantity);
    const key = `products:${kinds}:${Math.round(cell)}`;
    if (!this.fits.has(key)) {
      const bound = kinds.reduce((product, kind) => product * scene.scales[kind], 1);
      const whole = [...scene.grids.values()].every((grid) => !grid.values
        || grid.values.every((value) => Number.isInteger(value) || !Number.isFinite(value)));
      this.fits.set(key, fitNumbers([-bound, whole ? -bound : -Math.floor(bound) - 0.25], cell));
    }
    return this.fits.get(key);
  }
}

// "filter 2, R" → "2R": what tells planes apart where there is no room for their names.
function initials(label) {
  return (label.match(/\d+|[A-Z](?![a-z])/g) ?? []).join("");
}
