/** Jobs one after the other, in the order they came; one that fails stops no other. */
export class Lane {
  private tail: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Resolves and rejects as the job does. */
  add<T>(job: () => Promise<T>): Promise<T> {
    this.waiting += 1;
    const done = this.tail.then(job).finally(() => {
      this.waiting -= 1;
    });
    this.tail = done.catch(() => undefined);
    return done;
  }

  get isIdle(): boolean {
    return this.waiting === 0;
  }
}

/** A lane per name, for as long as something is in it. */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private jobs = 0;
  private waiting: { below: number; go: () => void }[] = [];

  add(name: string, job: () => Promise<void>): Promise<void> {
    const lane = this.lanes.get(name) ?? new Lane();
    this.lanes.set(name, lane);
    this.jobs += 1;
    return lane.add(job).finally(() => {
      this.jobs -= 1;
      if (lane.isIdle) this.lanes.delete(name);
      const free = this.waiting.filter(({ below }) => this.jobs < below);
      this.waiting = this.waiting.filter(({ below }) => this.jobs >= below);
      for (const { go } of free) go();
    });
  }

  get size(): number {
    return this.jobs;
  }

  /** Resolves once fewer than `count` jobs are left. */
  async below(count: number): Promise<void> {
    if (this.jobs < count) return;
    await new Promise<void>((go) => this.waiting.push({ below: count, go }));
  }
}
