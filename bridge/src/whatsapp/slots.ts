/** So many at once, first come, first served. */
export class Slots {
  private readonly waiting = new Set<() => void>();

  constructor(private free: number) {}

  /** Resolves with the way out, to be called once. Rejects when `over` is given before there is room. */
  async enter(over?: AbortSignal): Promise<() => void> {
    if (this.free > 0) this.free -= 1;
    else await this.room(over);
    return () => {
      const [next] = this.waiting;
      if (next === undefined) this.free += 1;
      else next();
    };
  }

  private room(over: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = (): void => {
        this.waiting.delete(give);
        over?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.delete(give);
        reject(over?.reason as Error);
      };
      this.waiting.add(give);
      over?.addEventListener("abort", leave, { once: true });
    });
  }
}
