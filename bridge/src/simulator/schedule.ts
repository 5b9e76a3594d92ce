interface Due {
  at: number;
  order: number;
  run: () => void;
}

/**
 * Many moments, one timer: a binary heap of what is due, by the monotonic clock. A timer object
 * per receipt would cost more than the receipt.
 */
export class Schedule {
  private readonly heap: Due[] = [];
  private order = 0;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Infinity;
  private stopped = false;

  /** Runs at once when `delay` is not above 0; never after `stop`. */
  after(delay: number, run: () => void): void {
    if (this.stopped) return;
    if (delay <= 0) {
      run();
      return;
    }
    this.push({ at: performance.now() + delay, order: this.order++, run });
    this.arm();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.heap.length = 0;
  }

  private arm(): void {
    const next = this.heap[0];
    if (next === undefined || next.at >= this.timerAt) return;
    clearTimeout(this.timer);
    this.timerAt = next.at;
    this.timer = setTimeout(() => {
      this.timerAt = Infinity;
      this.fire();
    }, Math.max(1, Math.ceil(next.at - performance.now())));
  }

  private fire(): void {
    const now = performance.now();
    for (let next = this.heap[0]; !this.stopped && next !== undefined && next.at <= now; next = this.heap[0]) {
      this.pop();
      next.run();
    }
    this.arm();
  }

  private push(due: Due): void {
    let at = this.heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  private pop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (this.isBefore(child, least)) least = child;
      if (!this.swapIfBefore(least, at)) return;
      at = least;
    }
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.heap[one], this.heap[other]];
    return a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
  }

  private swapIfBefore(one: number, other: number): boolean {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (a === undefined || b === undefined || !this.isBefore(one, other)) return false;
    [this.heap[one], this.heap[other]] = [b, a];
    return true;
  }
}
