// Moving the picture in a grid by hand, by whole cells. The offset that is told is absolute: what
// the grid had when it was taken hold of, and the cells moved since.

const TELL_EVERY = 120; // milliseconds between two reports while a picture is being dragged
const STILL = 4; // pixels: a hand that moves less has only clicked
const UNANSWERED = 1500; // milliseconds after which an offset that the page did not take is dropped

class Dragging extends Picture {
  listenToDragging() {
    this.canvas.addEventListener("pointerdown", (event) => this.take(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    this.canvas.addEventListener("pointerup", (event) => this.release(event));
    this.canvas.addEventListener("pointercancel", (event) => this.release(event));
    // A finger that drags a picture does not scroll the page.
    this.canvas.addEventListener("touchmove", (event) => {
      if (this.held) event.preventDefault();
    }, { passive: false });
  }

  take(event) {
    this.moved = false;
    const at = this.hit(event);
    const draggable = at?.slot === undefined && at?.grid?.drag;
    if (!draggable || this.held || event.button > 0) return;
    const [rows, columns] = this.offset(at.grid);
    this.held = { pointer: event.pointerId, grid: at.grid.id, cell: at.size,
      x: event.clientX, y: event.clientY, from: [rows, columns], told: [rows, columns] };
    this.canvas.setPointerCapture(event.pointerId);
  }

  drag(event) {
    const { held } = this;
    if (held?.pointer !== event.pointerId) return;
    const [x, y] = [event.clientX - held.x, event.clientY - held.y];
    if (Math.max(Math.abs(x), Math.abs(y)) > STILL) this.moved = true;
    if (!this.moved) return;
    const [rows, columns] = [held.from[0] + Math.round(y / held.cell),
      held.from[1] + Math.round(x / held.cell)];
    this.wanted = { grid: held.grid, rows, columns };
    this.canvas.style.cursor = "grabbing";
    this.telling ??= setTimeout(() => this.tellOffset(), this.heldBack());
    this.wake();
  }

  // How long the next report has to wait.
  heldBack() {
    return Math.max(0, TELL_EVERY - (performance.now() - (this.toldAt ?? -Infinity)));
  }

  tellOffset() {
    clearTimeout(this.telling);
    this.telling = null;
    const { held, wanted } = this;
    if (!wanted || !held) return;
    const { rows, columns } = wanted;
    if (rows === held.told[0] && columns === held.told[1]) return;
    held.told = [rows, columns];
    this.toldAt = performance.now();
    this.send("drag", { grid: held.grid, rows, columns });
  }

  release(event) {
    if (this.held?.pointer !== event.pointerId) return;
    this.tellOffset();
    this.held = null;
    this.canvas.style.cursor = this.cursorOver(this.hover);
    setTimeout(() => this.letGo(), UNANSWERED);
  }

  letGo() {
    if (this.held || !this.wanted) return;
    this.wanted = null;
    this.wake();
  }

  // How far a grid's picture has been moved, as far as this hand knows.
  offset(grid) {
    const { wanted } = this;
    return wanted?.grid === grid.id ? [wanted.rows, wanted.columns] : grid.drag;
  }

  // Rows and columns by which the picture runs ahead of the page's answer, drawn at once.
  ahead(grid) {
    if (!grid.drag || this.wanted?.grid !== grid.id) return [0, 0];
    return [this.wanted.rows - grid.drag[0], this.wanted.columns - grid.drag[1]];
  }

  cursorOver(at) {
    if (!at) return "default";
    return at.slot === undefined && at.grid?.drag ? "grab" : "pointer";
  }
}
