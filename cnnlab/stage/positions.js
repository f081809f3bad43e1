// Where the stage is in its scene: a step, and how many of its moves are made.

const LEVELS = ["cell", "part", "move"];

class Positions {
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
}
