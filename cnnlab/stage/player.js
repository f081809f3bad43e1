// The player: one position in a scene, the clock that moves it, and everything a hand can do.

const LEVELS = ["cell", "part", "move"];
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const PASS = 12000; // a whole pass lasts at most this many milliseconds, however many cells
const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11l9.5-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  loop: "M8 3a5 5 0 0 1 4.6 3l-1.5.6A3.4 3.4 0 0 0 5 6.5h2V8H2.5V3.500H4v1.600A5 5 0 0 1 8 3zm0 10a5 5 0 0 1-4.600-3l1.500-.600A3.400 3.400 0 0 0 11 9.500H9V8h4.500v4.500H12v-1.600A5 5 0 0 1 8 13z",
  hide: "M8 3.500C4.500 3.500 2 6 1 8c1 2 3.500 4.500 7 4.500s6-2.500 7-4.500c-1-2-3.500-4.500-7-4.500zm0 7.500a3 3 0 1 1 0-6 3 3 0 0 1 0 6zm0-1.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3z",
  full: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z",
};

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function iconButton(name, className = "") {
  const button = element("button", { type: "button", class: `icon ${className}` });
  button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
  return button;
}

class Player {
  constructor(parent) {
    this.level = "cell";
    this.speed = 1;
    this.position = null;
    this.playing = false;
    this.looping = false;
    this.hidden = false;
    this.hover = null;
    this.pinned = null;
    this.active = 0;
    this.crops = new Map();
    this.drawn = new Map(); // what is on its way: key → rectangle
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.build(parent);
    this.painter = new Painter(this.canvas);
    this.listen();
  }

  build(parent) {
    this.canvas = element("canvas");
    this.words = element("div", { class: "words" });
    this.numbers = element("div", { class: "numbers" });
    this.sentence = element("div",
      { class: "sentence", "data-testid": "stage-equation", "aria-live": "polite" },
      this.words, this.numbers);
    this.buttons = {
      first: iconButton("first"), back: iconButton("back"), play: iconButton("play", "main pulse"),
      next: iconButton("next"), last: iconButton("last"), loop: iconButton("loop", "toggle"),
      hide: iconButton("hide", "toggle"), full: iconButton("full"),
      detail: element("button", { type: "button", class: "wordy" }),
      speed: element("button", { type: "button", class: "wordy" }),
    };
    this.scrub = element("input", { type: "range", min: 1, step: 1 });
    this.counter = element("span", { class: "counter" });
    const b = this.buttons;
    this.bar = element("div", { class: "bar" }, b.first, b.back, b.play, b.next, b.last,
      this.counter, this.scrub, b.detail, b.speed, b.loop, b.hide, b.full);
    this.legend = element("div", { class: "legend" });
    this.tabs = element("div", { class: "parts", role: "group" });
    this.edit = element("input", { class: "edit", type: "text", inputmode: "decimal", hidden: "" });
    this.root = element("div", { class: "stage", "data-testid": "stage", tabindex: "0", role: "group" },
      this.legend, this.tabs, element("div", { class: "picture" }, this.canvas, this.edit),
      element("div", { class: "foot" }, this.sentence, this.bar));
    parent.append(this.root);
  }

  // New data keeps the place (clamped), and playing goes on; another topic opens anew.
  load({ data, setTriggerValue }) {
    const first = this.position === null || data.topic !== this.topic;
    this.topic = data.topic;
    const step = first ? data.scene.start : this.position.step;
    this.say = data.words;
    this.themes = data.themes;
    this.send = setTriggerValue;
    this.autoplay = data.autoplay;
    this.tallest = data.tallest;
    this.scene = decodeScene(data.scene);
    this.finished = this.finishedValues();
    this.tape = new Tape(this.scene);
    this.painter.forget();
    this.crops.clear();
    this.hover = null;
    this.pinned = null;
    this.relatedKey = null;
    this.layoutKey = null;
    const last = this.scene.steps - 1;
    const kept = Math.max(0, Math.min(step, last));
    this.trace = this.tape.seek(kept);
    const move = first || step > last ? 0 : this.position.move;
    this.position = { step: kept, move: Math.min(move, this.trace.moves) };
    if (first) this.opening();
    this.dark = null; // the legend belongs to the scene as well as to the theme
    this.label();
    this.measure();
    this.go(kept, this.position.move);
  }

  opening() {
    this.playing = false;
    this.position.move = 0;
    this.looping = this.autoplay !== null;
    if (this.autoplay !== null && !this.still.matches) this.play();
  }

  // Grids that are worked out here are played to the end once, for the size of their type.
  finishedValues() {
    const open = [...this.scene.grids.values()].filter((grid) => !grid.values);
    if (!open.length) return new Map();
    const tape = new Tape(this.scene);
    tape.seek(this.scene.steps - 1);
    commit(this.scene, tape.values, traceStep(this.scene, this.scene.steps - 1, tape.values));
    return tape.values;
  }

  label() {
    const name = (button, word) => {
      this.buttons[button].setAttribute("aria-label", this.say[word]);
      this.buttons[button].title = this.say[word];
    };
    name("first", "First step");
    name("back", "Previous step");
    name("next", "Next step");
    name("last", "Last step");
    name("loop", "Loop");
    name("hide", "Hide results");
    name("full", "Full screen");
    name("detail", "Detail");
    name("speed", "Speed");
    this.scrub.setAttribute("aria-label", this.say.Scrub);
    this.scrub.max = this.scene.steps;
    this.root.setAttribute("aria-label", this.say.stage);
    this.root.dataset.steps = this.scene.steps;
    this.showButtons();
  }

  showButtons() {
    const { play, detail, speed, loop, hide } = this.buttons;
    const word = this.say[this.playing ? "Pause" : "Play"];
    play.setAttribute("aria-label", word);
    play.title = word;
    play.querySelector("path").setAttribute("d", ICONS[this.playing ? "pause" : "play"]);
    detail.textContent = this.say[`detail ${this.level}`];
    speed.textContent = `×${formatNumber(this.speed)}`;
    loop.setAttribute("aria-pressed", this.looping);
    hide.setAttribute("aria-pressed", this.hidden);
    this.root.dataset.playing = this.playing;
    this.sentence.setAttribute("aria-live", this.playing ? "off" : "polite");
  }

  // ---- positions -------------------------------------------------------------------------

  stops(level) {
    if (level === "cell") return [this.trace.moves];
    if (level === "part") return [0, ...new Set(this.trace.parts.map((part) => part.last))];
    return Array.from({ length: this.trace.moves + 1 }, (_, move) => move);
  }

  go(step, move = null) {
    if (step !== this.position.step || this.trace === null) this.trace = this.tape.seek(step);
    const made = move === null ? this.trace.moves : Math.min(move, this.trace.moves);
    this.position = { step, move: made };
    this.shown = this.tape.view(this.trace, made);
    const current = currentPart(this.trace, made);
    if (made > 0 && made < this.trace.moves && lensParts(this.trace.phase).includes(current)) {
      this.active = current;
    }
    if (this.active >= this.trace.parts.length) this.active = 0;
    this.stale = true; // while playing, words and picture follow once a frame
    if (!this.playing) this.refresh();
    this.wake();
  }

  refresh() {
    this.stale = false;
    this.tell();
    this.arrange();
  }

  next(level = this.level) {
    const { step, move } = this.position;
    const stop = this.stops(level).find((at) => at > move);
    if (stop !== undefined) { this.go(step, stop); return true; }
    if (step + 1 >= this.scene.steps) return false;
    this.trace = this.tape.seek(step + 1);
    this.go(step + 1, this.stops(level)[0]);
    return true;
  }

  back(level = this.level) {
    const { step, move } = this.position;
    const stop = this.stops(level).findLast((at) => at < move);
    if (stop !== undefined) this.go(step, stop);
    else if (step > 0) this.go(step - 1);
    else this.go(0, 0);
  }

  tell() {
    const { step, move } = this.position;
    const [words] = sentenceAt(this.scene, this.say, this.trace, this.hidden ? 0 : move);
    const numbers = numbersLine(this.scene, this.say, this.trace, this.hidden ? 0 : move);
    this.words.textContent = words;
    this.numbers.textContent = numbers;
    const fitting = (this.width - 24) / (0.61 * Math.max(1, numbers.length));
    this.numbers.style.fontSize = `${Math.max(11, Math.min(16, fitting))}px`;
    const parts = this.trace.parts.length;
    const part = currentPart(this.trace, move) + 1;
    this.counter.textContent = fill(this.say[parts > 1 && move > 0 ? "counter part" : "counter"],
      { cell: step + 1, cells: this.scene.steps, part, parts });
    this.scrub.value = step + 1;
    this.root.dataset.step = step + 1;
    this.root.dataset.move = move;
    this.root.dataset.moves = this.trace.moves;
  }

  // ---- the clock -------------------------------------------------------------------------

  play() {
    const atEnd = this.position.step === this.scene.steps - 1
      && this.position.move === this.trace.moves;
    if (atEnd) this.go(0, 0);
    this.playing = true;
    this.clock = 0;
    this.origin = this.position.step;
    if (this.position.move === this.trace.moves) this.origin += 1;
    this.buttons.play.classList.remove("pulse");
    this.showButtons();
    this.wake();
  }

  pause() {
    this.playing = false;
    this.showButtons();
  }

  // The first cell is played product by product, the second part by part, the rest by cell.
  pace() {
    if (this.level !== "cell") return { level: this.level, dwell: this.level === "part" ? 600 : 350 };
    if (this.autoplay !== null) {
      return { level: "cell", dwell: (this.autoplay * 1000) / this.scene.steps };
    }
    const played = this.position.step - this.origin;
    const { moves, parts } = this.trace;
    if (played <= 0) return { level: "move", dwell: Math.min(500, 3600 / (moves + 1)) };
    if (played === 1) return { level: "part", dwell: Math.min(600, 1800 / (parts.length + 1)) };
    return { level: "cell", dwell: Math.min(650, (PASS - 6000) / this.scene.steps) };
  }

  advance(elapsed) {
    this.clock += elapsed * this.speed;
    for (let turn = 0; turn < 200 && this.playing; turn += 1) {
      const { level, dwell } = this.pace();
      if (this.clock < dwell) return;
      this.clock -= dwell;
      if (this.next(level)) continue;
      if (!this.looping) this.pause();
      else if (this.clock + dwell < 900) { this.clock -= 900; this.go(0, 0); }
      else this.go(0, 0);
    }
  }

  wake() {
    if (this.frame) return;
    this.before = performance.now();
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = null;
    const elapsed = Math.min(100, now - this.before);
    this.before = now;
    if (this.playing) this.advance(elapsed);
    if (this.stale) this.refresh();
    const moving = this.draw(elapsed);
    if (this.playing || moving) this.frame = requestAnimationFrame((later) => this.tick(later));
  }

  // ---- the picture -----------------------------------------------------------------------

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
    const chrome = this.root.clientHeight - this.painter.canvas.clientHeight;
    if (full) return Math.max(200, window.innerHeight - chrome - 8);
    if (width < 560) return Math.round(Math.min(460, Math.max(320, window.innerHeight * 0.52)));
    const host = this.root.getRootNode().host ?? this.root;
    const page = host.closest("[data-testid='stMain']");
    const top = host.getBoundingClientRect().top + (page ? page.scrollTop : window.scrollY);
    const room = Math.max(230, window.innerHeight - top - 178);
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
    this.painter.paint({
      scene: this.scene, theme, boxes, trace: seen.trace, phase: seen.trace.phase, move: seen.move,
      values: this.shown, finished: this.finished, hidden: this.hidden, words: this.say,
      marks: [...marks, ...hoverMarks(this)], tip: this.tipOf(), result: this.resultQuantity(),
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
    const kinds = [...new Set([...scene.grids.values()].map((grid) => grid.quantity))];
    for (const kind of kinds) {
      const limit = scene.scales[kind];
      const low = [...scene.grids.values()].some((grid) => grid.quantity === kind
        && (grid.values ?? this.finished.get(grid.id)).some((value) => value < 0));
      const bar = element("i", { class: "scale" });
      const stops = low ? [theme.negative, theme.zero, theme.positive] : [theme.zero, theme.positive];
      bar.style.background = `linear-gradient(90deg, ${stops.join(",")})`;
      this.legend.append(element("span", {}, `${this.say[`quantity ${kind}`]} `,
        low ? formatNumber(-limit) : "0", bar, formatNumber(limit)));
    }
    const grids = [...scene.grids.values()];
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
    this.tabs.hidden = width >= 560 || rows.length < 2;
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

  // ---- hands -----------------------------------------------------------------------------

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
      if (event.pointerType !== "touch") this.point(this.hit(event));
    };
    this.canvas.onpointerleave = (event) => {
      if (event.pointerType !== "touch") this.point(null);
    };
    this.canvas.onpointerdown = () => { this.lastHover = this.hover; };
    this.canvas.onclick = (event) => this.click(event);
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
    this.canvas.style.cursor = at ? "pointer" : "default";
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
    const step = at.grid && at.slot === undefined ? stepOf(this.scene, at.grid.id, at.cell) : null;
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
    this.edit.value = formatNumber(at.grid.values[at.cell]).replace("−", "-");
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
    const before = formatNumber(grid.values[cell]).replace("−", "-");
    if (!keep || text === before) return;
    const index = grid.strides.map((stride, axis) => Math.floor(cell / stride) % grid.shape[axis]);
    const axes = index.length;
    index[axes - 2] -= grid.padding[0];
    index[axes - 1] -= grid.padding[3];
    this.send("edit", { grid: grid.id, cell: index, text });
  }
}

// Streamlit calls this at the first mount and again whenever the data change.
function mount(component) {
  const parent = component.parentElement;
  const host = parent.querySelector(".mount") ?? parent;
  host.player ??= new Player(host);
  host.player.load(component);
  return () => {
    host.player?.close();
    host.player = null;
  };
}
