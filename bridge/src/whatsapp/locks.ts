/** One holder a name at a time, in the order of asking. */
export class Locks {
  private readonly tails = new Map<string, Promise<void>>();

  /**
   * `name` is asked again once the lock is held: a phone whose LID became known meanwhile has another name by then,
   * and two names for one person are two writers of one ratchet.
   */
  async hold<T>(name: () => Promise<string>, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const held = await name();
      const free = await this.acquire(held);
      try {
        if ((await name()) === held) return await work();
      } finally {
        free();
      }
    }
  }

  private async acquire(name: string): Promise<() => void> {
    const before = this.tails.get(name);
    let open!: () => void;
    const tail = new Promise<void>((resolve) => (open = resolve));
    this.tails.set(name, tail);
    await before;
    return () => {
      if (this.tails.get(name) === tail) this.tails.delete(name);
      open();
    };
  }
}
