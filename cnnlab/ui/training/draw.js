// A square of paper to draw a digit on, with mouse, touch, pen or keys.
//
// Coordinates are parts of the side, 0 to 1. What has been drawn is a row of states, each a picture
// to start from and the strokes on it: undo goes one state back. Python is sent the picture as
// SIDE × SIDE grey bytes in base64, or nothing where the paper is empty.

const SIDE = 112;
const PEN = 1 / 14; // the stroke's width
const PAUSE = 200; // ms between two reports
const STEP = 1 / 28; // an arrow key's
const MOST = 200; // states kept

const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

function trace(context, points, side) {
  context.lineWidth = side * PEN;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  const at = points.map(([x, y]) => [x * side, y * side]);
  context.moveTo(...at[0]);
  for (let i = 1; i < at.length - 1; i++) { // smooth: through the middles, towards the points
    const middle = [(at[i][0] + at[i + 1][0]) / 2, (at[i][1] + at[i + 1][1]) / 2];
    context.quadraticCurveTo(...at[i], ...middle);
  }
  const [x, y] = at[at.length - 1];
  context.lineTo(x + 0.01, y); // a line without length would not be drawn
  context.stroke();
}

class Paper {
  constructor(root, picture) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.hint = root.querySelector(".hint");
    this.live = root.querySelector(".live");
    this.undo = root.querySelector(".undo");
    this.clear = root.querySelector(".clear");
    this.small = new OffscreenCanvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true });
    this.states = [{ base: null, strokes: [] }];
    this.stroke = null; // the one that is being drawn
    this.pointer = null;
    this.cursor = null; // of the keys
    this.reported = 0;
    this.timer = null;
    this.listen();
    if (picture) this.restore(picture);
  }

  load({ data, setStateValue }) {
    this.words = data.words;
    this.send = (picture) => setStateValue("picture", picture);
    this.canvas.setAttribute("aria-label", this.words.canvas);
    this.hint.textContent = this.words.hint;
    for (const [button, word] of [[this.undo, "undo"], [this.clear, "clear"]]) {
      button.setAttribute("aria-label", this.words[word]);
      button.textContent = this.words[word];
    }
    this.paint();
  }

  restore(picture) {
    const image = new Image();
    image.onload = () => {
      this.states.unshift({ base: null, strokes: [] });
      for (const state of this.states.slice(1)) state.base ??= image;
      this.paint();
    };
    image.src = picture;
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => {
        if (event.pointerId === this.pointer) this.lift();
      });
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.leave());
    this.undo.addEventListener("click", () => this.back());
    this.clear.addEventListener("click", () => this.push({ base: null, strokes: [] }));
    this.watch = new ResizeObserver(() => this.paint());
    this.watch.observe(canvas);
  }

  get state() {
    return this.states[this.states.length - 1];
  }

  get strokes() {
    return this.stroke ? [...this.state.strokes, this.stroke] : this.state.strokes;
  }

  get empty() {
    return !this.state.base && !this.strokes.length;
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  down(event) {
    if (this.pointer !== null || !event.isPrimary || event.button !== 0) return;
    event.preventDefault(); // no text is selected, no picture dragged
    this.leave();
    this.canvas.classList.add("held"); // a frame for the keys alone
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.stroke = [this.place(event)];
    this.changed();
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) this.stroke.push(this.place(one));
    this.changed();
  }

  lift() {
    this.pointer = null;
    if (!this.stroke) return;
    const { base, strokes } = this.state;
    const done = { base, strokes: [...strokes, this.stroke] };
    this.stroke = null;
    this.push(done);
  }

  push(state) {
    if (!state.base && !state.strokes.length && this.empty) return;
    this.states.push(state);
    if (this.states.length > MOST) this.states.shift();
    this.changed(true);
  }

  back() {
    this.stroke = null;
    this.pointer = null;
    if (this.states.length > 1) this.states.pop();
    this.changed(true);
  }

  key(event) {
    this.canvas.classList.remove("held");
    const arrow = ARROWS[event.key];
    if (arrow) this.step(...arrow.map((n) => n * STEP * (event.shiftKey ? 4 : 1)));
    else if (event.key === " ") this.press();
    else if (event.key === "Escape" && this.cursor) this.leave();
    else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) this.back();
    else return;
    event.preventDefault();
  }

  step(right, down) {
    const [x, y] = this.cursor ?? [0.5, 0.5];
    const inside = (n) => Math.min(1, Math.max(0, n));
    this.cursor = [inside(x + right), inside(y + down)];
    if (this.stroke && this.pointer === null) this.stroke.push(this.cursor);
    this.changed();
  }

  // Space puts the pen down, and lifts it.
  press() {
    if (this.pointer !== null) return;
    this.cursor ??= [0.5, 0.5];
    if (this.stroke) this.lift();
    else this.stroke = [this.cursor];
    this.live.textContent = this.words[this.stroke ? "down" : "up"];
    this.changed();
  }

  // The keys' cursor goes; what it has drawn stays.
  leave() {
    if (this.pointer === null && this.stroke) this.lift();
    this.cursor = null;
    this.live.textContent = "";
    this.paint();
  }

  changed(ended = false) {
    this.paint();
    if (ended) this.report();
    else if (this.stroke) this.timer ??= setTimeout(() => this.report(), this.wait());
  }

  wait() {
    return Math.max(0, PAUSE - (performance.now() - this.reported));
  }

  report() {
    clearTimeout(this.timer);
    this.timer = null;
    this.reported = performance.now();
    this.send(this.empty ? "" : this.bytes());
  }

  bytes() {
    this.fill(this.small, SIDE);
    const { data } = this.small.getImageData(0, 0, SIDE, SIDE);
    return btoa(String.fromCharCode(...data.filter((_, i) => i % 4 === 0)));
  }

  fill(context, side) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    if (this.state.base) context.drawImage(this.state.base, 0, 0, side, side);
    context.strokeStyle = "#000";
    for (const points of this.strokes) trace(context, points, side);
  }

  paint() {
    this.hint.hidden = !this.empty || this.cursor !== null;
    this.undo.disabled = this.states.length < 2;
    this.clear.disabled = this.empty;
    const side = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (!side) return;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const context = this.canvas.getContext("2d");
    this.fill(context, side);
    if (this.cursor) this.ring(context, side);
  }

  ring(context, side) {
    const [x, y] = this.cursor.map((n) => n * side);
    for (const [width, colour] of [[4, "#fff"], [2, this.stroke ? "#000" : "#767676"]]) {
      context.lineWidth = width * devicePixelRatio;
      context.strokeStyle = colour;
      context.beginPath();
      context.arc(x, y, side * PEN * 0.7, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  close() {
    clearTimeout(this.timer);
    this.watch.disconnect();
  }
}

// Streamlit calls this at the first mount and again whenever the data change: what is on the paper
// stays, whatever picture comes with them.
export default function (component) {
  const root = component.parentElement.querySelector(".draw");
  root.paper ??= new Paper(root, component.data.picture);
  root.paper.load(component);
  // Streamlit also calls this of a call that newer data have overtaken: the paper goes on then.
  return () => {
    if (!root.isConnected) root.paper.close();
  };
}
