// What a hand can do: buttons, keys, pointing, clicking, typing into a cell.

const SPEEDS = [0.25, 0.5, 1, 2, 4];

class Hands extends Dragging {
  listen() {
    const b = this.buttons;
    b.first.onclick = () => { this.pause(); this.go(0, 0); };
    b.back.onclick = () => { this.pause(); this.back(); };
    b.play.onclick = () => (this.playing ? this.pause() : this.play());
    b.next.onclick = () => { this.pause(); this.next(); };
    b.last.onclick = () => { this.pause(); this.go(this.scene.steps - 1); };
    b.loop.onclick = () => { this.looping = !this.looping; this.showButtons(); };
    b.hide.onclick = () => this.toggleHidden();
    b.detail.onclick = () => this.cycleDetail();
    b.speed.onclick = () => {
      this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length];
      this.showButtons();
    };
    b.full.onclick = () => this.toggleFull();
    this.scrub.oninput = () => { this.pause(); this.go(Number(this.scrub.value) - 1); };
    this.root.onkeydown = (event) => this.key(event);
    this.canvas.onpointermove = (event) => {
      if (!this.held && event.pointerType !== "touch") this.point(this.hit(event));
    };
    this.canvas.onpointerleave = (event) => {
      if (event.pointerType !== "touch") this.point(null);
    };
    this.canvas.onpointerdown = () => { this.lastHover = this.hover; };
    this.canvas.onclick = (event) => { if (!this.moved) this.click(event); };
    this.listenToDragging();
    this.canvas.ondblclick = (event) => this.startEdit(this.hit(event));
    this.edit.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Enter") this.finishEdit(true);
      if (event.key === "Escape") this.finishEdit(false);
    };
    this.edit.onblur = () => this.finishEdit(true);
    this.onResize = () => { this.settled = false; this.measure(); this.arrange(); };
    this.sizes = new ResizeObserver(this.onResize);
    this.sizes.observe(this.root);
    window.addEventListener("resize", this.onResize);
    // The theme's switch changes CSS variables, of which nobody is told.
    this.watch = setInterval(() => { if (!this.frame && this.boxes) this.wake(); }, 700);
  }

  close() {
    this.sizes.disconnect();
    window.removeEventListener("resize", this.onResize);
    clearInterval(this.watch);
    clearTimeout(this.telling);
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.root.remove();
  }

  key(event) {
    const onButton = event.target.tagName === "BUTTON";
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === this.scrub && event.key.startsWith("Arrow")) return;
    const actions = {
      " ": () => (this.playing ? this.pause() : this.play()),
      ArrowRight: () => { this.pause(); this.next(event.shiftKey ? "cell" : this.level); },
      ArrowLeft: () => { this.pause(); this.back(event.shiftKey ? "cell" : this.level); },
      Home: () => { this.pause(); this.go(0, 0); },
      End: () => { this.pause(); this.go(this.scene.steps - 1); },
      d: () => this.cycleDetail(),
      h: () => this.toggleHidden(),
      Escape: () => { this.pinned = null; this.point(null); this.wake(); },
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || (onButton && event.key === " ")) return;
    event.preventDefault();
    event.stopPropagation(); // the page has keys of its own
    action();
  }

  cycleDetail() {
    this.level = LEVELS[(LEVELS.indexOf(this.level) + 1) % LEVELS.length];
    this.showButtons();
  }

  toggleHidden() {
    this.hidden = !this.hidden;
    this.showButtons();
    this.tell();
    this.wake();
  }

  async toggleFull() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (this.root.requestFullscreen) await this.root.requestFullscreen();
    else this.root.classList.toggle("full"); // phones that give no element the whole screen
    this.onResize();
  }

  point(at) {
    const same = (a, b) => a?.key === b?.key && a?.cell === b?.cell && a?.k === b?.k && a?.slot === b?.slot;
    if (same(at, this.hover)) return;
    this.hover = at;
    this.canvas.style.cursor = this.cursorOver(at);
    this.wake();
  }

  // A click goes to the cell that is written and pins it; a finger's first tap only points.
  click(event) {
    const at = this.hit(event);
    const touched = event.pointerType === "touch";
    const again = at && this.lastHover && at.key === this.lastHover.key
      && at.cell === this.lastHover.cell && at.k === this.lastHover.k;
    this.point(at);
    this.root.focus({ preventScroll: true });
    if (!at || (touched && !again)) { if (!at) this.pinned = null; return; }
    this.pinned = at;
    const goes = at.grid && at.slot === undefined && this.scene.reach !== "cone";
    const step = goes ? stepOf(this.scene, at.grid.id, at.cell) : null;
    if (step !== null && this.scene.written.has(at.grid.id)) {
      this.pause();
      this.go(step);
    }
    this.wake();
  }

  hit(event) {
    const frame = this.canvas.getBoundingClientRect();
    return hitBox(this, event.clientX - frame.left, event.clientY - frame.top);
  }

  startEdit(at) {
    if (!at?.grid?.editable || at.cell < 0) return;
    const row = Math.floor(at.cell / at.grid.columns) % at.grid.rows;
    if (isPadding(at.grid, row, at.cell % at.grid.columns)) return;
    this.editing = at;
    this.edit.hidden = false;
    this.edit.value = plainNumber(at.grid.values[at.cell]);
    this.edit.setAttribute("aria-label", cellWords(this.scene, this.say, at.grid.id, at.cell));
    const size = Math.max(44, at.size);
    Object.assign(this.edit.style, {
      left: `${at.left + (at.size - size) / 2}px`, top: `${at.top}px`,
      width: `${size}px`, height: `${Math.max(28, at.size)}px`,
    });
    this.edit.focus();
    this.edit.select();
  }

  finishEdit(keep) {
    if (!this.editing) return;
    const { grid, cell } = this.editing;
    this.editing = null;
    this.edit.hidden = true;
    this.root.focus({ preventScroll: true });
    const text = this.edit.value.trim();
    const before = plainNumber(grid.values[cell]);
    if (!keep || text === before) return;
    const index = grid.strides.map((stride, axis) => Math.floor(cell / stride) % grid.shape[axis]);
    const axes = index.length;
    index[axes - 2] -= grid.padding[0];
    index[axes - 1] -= grid.padding[3];
    this.send("edit", { grid: grid.id, cell: index, text });
  }
}
