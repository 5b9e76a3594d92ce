interface Group<T> {
  items: T[];
  written: Promise<void>;
}

/** What comes while one write is under way goes together into the next: one commit for many. */
export class Grouped<T> {
  private next: Group<T> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly write: (items: T[]) => Promise<void>) {}

  /** Resolves once they are committed; rejects for everybody of the group. */
  add(items: T[]): Promise<void> {
    if (this.next === undefined) {
      const group: Group<T> = { items: [], written: Promise.resolve() };
      const begin = (): Promise<void> => {
        this.next = undefined;
        return this.write(group.items);
      };
      group.written = this.last.then(begin);
      this.last = group.written.catch(() => undefined);
      this.next = group;
    }
    this.next.items.push(...items);
    return this.next.written;
  }
}
