// What is to be seen: words, layout, outlines, legend, colours.

class Picture extends Clock {
  refresh() {
    this.stale = false;
    this.tell();
    this.arrange();
  }

  tell() {
    const { step, move } = this.position;
    const [words] = sentenceAt(this.scene, this.say, this.trace, this.hidden ? 0 : move);
    const numbers = numbersLine(this.scene, this.say, this.trace, this.hidden ? 0 : move);
    this.words.textContent = words;
    this.numbers.textContent = numbers;
    const fitting = (this.width - 24) / (0.61 * Math.max(1, numbers.length));
    this.numbers.style.fontSize = this.width < 560 ? "" // there it has two lines
      : `${Math.max(11, Math.min(16, fitting))}px`;
    const parts = this.trace.parts.length;
    const part = currentPart(this.trace, move) + 1;
    const plain = this.scene.reach === "cone" ? "counter layer" : "counter";
    this.counter.textContent = fill(this.say[parts > 1 && move > 0 && plain === "counter" ? "counter part" : plain],
      { cell: step + 1, cells: this.scene.steps, part, parts });
    this.nameDetail();
    this.scrub.value = step + 1;
    this.root.dataset.step = step + 1;
    this.root.dataset.move = move;
    this.root.dataset.moves = this.trace.moves;
  }

  arrange() {
    if (!this.scene || !this.width) return;
    this.painter.resize(this.width, this.height);
    const { width, height } = this;
    const key = layoutKey(this.scene, this.trace, this.active, width, height, this.crops);
    if (key !== this.layoutKey) {
      this.layoutKey = key;
      this.boxes = layoutScene(this.scene, this.trace, this.active, width, height, this.crops);
      this.showTabs(width);
    }
    this.marks = marksOf(this);
    this.wake();
  }

  // The room there is: asked for when it may have changed, not in every frame.
  measure() {
    if (!this.root.isConnected) return;
    this.width = this.canvas.parentElement.clientWidth;
    this.height = this.pictureHeight(this.width);
  }

  // All of the lesson is to be seen without scrolling: what the page leaves is the picture's.
  pictureHeight(width) {
    const full = document.fullscreenElement || this.root.classList.contains("full");
    if (full) {
      const around = [this.legend, this.tabs, this.sentence, this.bar]
        .reduce((sum, part) => sum + part.offsetHeight, 0);
      return Math.max(200, window.innerHeight - around - 60); // 60: the margins between them
    }
    if (width < 560) return Math.round(Math.min(460, Math.max(320, window.innerHeight * 0.52)));
    const host = this.root.getRootNode().host ?? this.root;
    const page = host.closest("[data-testid='stMain']");
    const top = host.getBoundingClientRect().top + (page ? page.scrollTop : window.scrollY);
    // Of a legend and a bar beyond their first.
    const lines = Math.max(0, this.legend.offsetHeight - 18) + Math.max(0, this.bar.offsetHeight - 34);
    const room = Math.max(230, window.innerHeight - top - 178 - lines);
    return Math.round(Math.min(this.tallest, room));
  }

  theme() {
    const colour = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const probe = this.painter.context;
    probe.fillStyle = "#ffffff";
    if (colour) probe.fillStyle = colour;
    const dark = luminance(parseColour(probe.fillStyle)) < 0.2;
    if (this.dark !== dark) {
      this.dark = dark;
      this.colours = this.themes[dark ? "dark" : "light"];
      for (const [name, value] of Object.entries(this.colours)) {
        this.root.style.setProperty(`--${name.replaceAll("_", "-")}`, value);
      }
      this.showLegend();
      const before = this.height;
      this.measure(); // the legend may have another line now
      if (this.height !== before) this.arrange();
    }
    return this.colours;
  }

  draw(elapsed) {
    if (!this.boxes) return false;
    const theme = this.theme();
    const snap = this.still.matches || !this.settled;
    const keep = snap ? 0 : Math.exp(-elapsed / 55);
    let moving = false;
    const ease = (key, target, names) => {
      const from = this.drawn.get(key);
      const eased = { ...target };
      if (from) {
        for (const name of names) {
          const rest = (from[name] - target[name]) * keep;
          if (Math.abs(rest) > 0.4) { eased[name] = target[name] + rest; moving = true; }
        }
      }
      this.drawn.set(key, eased);
      return eased;
    };
    const boxes = this.boxes;
    const marks = this.marks.map((mark) => (
      mark.key ? ease(mark.key, mark, ["x", "y", "width", "height"]) : mark));
    const seen = this.preview() ?? { trace: this.trace, move: this.position.move };
    const at = this.hover ?? this.pinned;
    const cone = this.scene.reach === "cone" && at?.grid ? coneAt(this, at) : null;
    this.painter.paint({
      hover: cone,
      scene: this.scene, theme, boxes, ahead: (grid) => this.ahead(grid), trace: seen.trace, phase: seen.trace.phase, move: seen.move,
      values: this.shown, finished: this.finished, hidden: this.hidden, words: this.say,
      marks: cone ? [...hoverMarks(this), ...marks] : [...marks, ...hoverMarks(this)], best: bestMarks(this, seen), tip: this.tipOf(), result: this.resultQuantity(),
    });
    this.settled = true;
    return moving;
  }

  // Pointing at a result shows its window and weights in the lens, as far as they are worked out.
  preview() {
    const at = this.hover ?? this.pinned;
    const { phase } = this.trace;
    if (this.playing || !at?.grid || at.slot !== undefined || !this.scene.written.has(at.grid.id)
      || phase.parts.some((part) => part.scatter)) return null;
    const step = stepOf(this.scene, at.grid.id, at.cell);
    if (step === null || step === this.position.step || phaseAt(this.scene, step) !== phase) return null;
    const trace = traceStep(this.scene, step, this.tape.values);
    return { trace, move: step < this.position.step ? trace.moves : 0 };
  }

  // The products of a phase are coloured on the scale of what they add up to.
  resultQuantity() {
    const writer = this.trace.phase.parts.find((part) => part.writes);
    return this.scene.grids.get(writer.writes.grid).quantity;
  }

  showLegend() {
    const scene = this.scene;
    const theme = this.colours;
    this.legend.replaceChildren();
    if ([...scene.grids.values()].some((grid) => grid.editable)) {
      this.legend.append(element("span", { class: "hint" }, this.say["edit hint"]));
    }
    const seen = gridsSeen(scene);
    const kinds = [...new Set(seen.map((grid) => grid.quantity))];
    for (const kind of kinds) {
      const limit = scene.scales[kind];
      const low = seen.some((grid) => grid.quantity === kind && (grid.values
        ?? this.finished.get(grid.id)).some((value) => value < 0 && Number.isFinite(value)));
      const bar = element("i", { class: "scale" });
      const stops = low ? [theme.negative, theme.zero, theme.positive] : [theme.zero, theme.positive];
      bar.style.background = `linear-gradient(90deg, ${stops.join(",")})`;
      this.legend.append(element("span", {}, `${this.say[`quantity ${kind}`]} `,
        low ? formatNumber(-limit) : "0", bar, formatNumber(limit)));
    }
    const grids = [...scene.grids.values()];
    const maps = scene.phases.length + 1;
    const placed = grids.filter((grid) => grid.place).length;
    if (scene.reach === "cone" && placed < maps) {
      this.legend.prepend(element("span", {}, fill(this.say["maps shown"], { n: placed, maps })));
    }
    if (grids.some((grid) => grid.padding.some((size) => size > 0))) {
      this.legend.append(element("span", {}, element("i", { class: "swatch padded" }), this.say.padding));
    }
    if (grids.some((grid) => grid.unread_rows.length || grid.unread_columns.length)) {
      this.legend.append(element("span", {}, element("i", { class: "swatch unread" }), this.say.unread));
    }
  }

  // On a phone one channel stands at a time, chosen by its tab.
  showTabs(width) {
    const rows = lensParts(this.trace.phase);
    this.tabs.hidden = width >= 560 || rows.length < 2 || this.scene.lens === null;
    if (this.tabs.hidden) return;
    this.tabs.replaceChildren(...rows.map((p) => {
      const tab = element("button", { type: "button", "aria-pressed": p === this.active },
        this.trace.phase.parts[p].label);
      tab.onclick = () => { this.active = p; this.arrange(); };
      return tab;
    }));
  }

  tipOf() {
    const at = this.hover ?? this.pinned;
    if (!at) return null;
    const text = tipText(this, at);
    return text ? { text, x: at.x, y: at.y } : null;
  }
}
