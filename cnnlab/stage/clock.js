// The clock: what moves the position while the stage plays.

const PASS = 12000; // a whole pass lasts at most this many milliseconds, however many cells

class Clock extends Positions {
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
}
