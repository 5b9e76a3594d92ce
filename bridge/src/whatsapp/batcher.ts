interface Waiting<T> {
  item: T;
  done: () => void;
  failed: (error: unknown) => void;
}

/** Group commit: what comes while one write is under way goes together into the next, in order. */
export class Batcher<T> {
  private waiting: Waiting<T>[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly write: (items: T[]) => Promise<void>,
    private readonly most: number,
  ) {}

  /** Resolves when the item is committed; rejects with what its write threw. */
  add(item: T): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ item, done, failed });
      this.running ??= this.run();
    });
  }

  /** Until nothing waits. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async run(): Promise<void> {
    // The turn in which the first one came may bring more.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.most);
      try {
        await this.write(batch.map(({ item }) => item));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.running = undefined;
  }
}
