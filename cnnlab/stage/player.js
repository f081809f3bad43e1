// The player: the elements of a stage, and the data that Streamlit hands it.

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

// The word for a move, by the operation of its part; any other handles a number.
const MOVES = { dot: "move", affine: "move", scale: "move", max: "compare" };

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

class Player extends Hands {
  constructor(parent) {
    super();
    this.level = "cell";
    this.speed = 1;
    this.position = null;
    this.playing = false;
    this.looping = false;
    this.hidden = false;
    this.hover = null;
    this.pinned = null;
    this.active = 0;
    this.held = null; // the grid that a hand has taken hold of
    this.wanted = null; // how far its picture is to be moved
    this.moved = false;
    this.telling = null;
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
      hide: iconButton("hide", "toggle"), full: iconButton("full", "fill"),
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
    const whole = !first && this.position.move > 0 && this.position.move === this.trace.moves;
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
    if (!this.held) this.wanted = null; // the page has answered
    this.relatedKey = null;
    this.layoutKey = null;
    this.settle(first, whole);
    if (first) this.opening();
    this.dark = null; // the legend belongs to the scene as well as to the theme
    this.label();
    this.measure();
    this.go(this.position.step, this.position.move);
  }

  // Where to stand in new data. What was done stays done, however many moves that takes now.
  settle(first, whole) {
    const last = this.scene.steps - 1;
    const wanted = first ? this.scene.start : this.position.step;
    const step = Math.max(0, Math.min(wanted, last));
    this.trace = this.tape.seek(step);
    const done = first ? wanted > last : whole && wanted <= last;
    const move = first || wanted > last ? 0 : this.position.move;
    this.position = { step, move: done ? this.trace.moves : Math.min(move, this.trace.moves) };
  }

  opening() {
    this.playing = false;
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

  // The finest level is called after what the part at work does.
  nameDetail() {
    const { op } = this.trace.parts[currentPart(this.trace, this.position.move)].part;
    const whole = this.scene.reach === "cone" ? "layer" : "cell"; // what a step stands for
    const name = { cell: whole, part: "part", move: MOVES[op] ?? "number" }[this.level];
    this.buttons.detail.textContent = this.say[`detail ${name}`];
  }

  showButtons() {
    const { play, speed, loop, hide } = this.buttons;
    const word = this.say[this.playing ? "Pause" : "Play"];
    play.setAttribute("aria-label", word);
    play.title = word;
    play.querySelector("path").setAttribute("d", ICONS[this.playing ? "pause" : "play"]);
    this.nameDetail();
    speed.textContent = `×${formatNumber(this.speed)}`;
    loop.setAttribute("aria-pressed", this.looping);
    hide.setAttribute("aria-pressed", this.hidden);
    this.root.dataset.playing = this.playing;
    this.sentence.setAttribute("aria-live", this.playing ? "off" : "polite");
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
