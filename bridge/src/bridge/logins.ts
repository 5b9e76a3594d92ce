/** WhatsApp frowns on a crowd that signs in at once. */
const AT_ONCE = 5;

/** Places for logins; who waits is let in in the order of coming. */
export class Logins {
  private free = AT_ONCE;
  private readonly waiting: (() => void)[] = [];

  /** Resolves with what gives the place back, at most once and after `longest` by itself. */
  async enter(longest: number, signal: AbortSignal): Promise<() => void> {
    if (this.free > 0) this.free -= 1;
    else if (!(await this.wait(signal))) return () => undefined;
    let inside = true;
    const leave = (): void => {
      if (!inside) return;
      inside = false;
      clearTimeout(timer);
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    };
    const timer = setTimeout(leave, longest);
    return leave;
  }

  /** False when the signal came first. */
  private wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((done) => {
      const leave = (): void => {
        const at = this.waiting.indexOf(admit);
        if (at >= 0) this.waiting.splice(at, 1);
        done(false);
      };
      const admit = (): void => {
        signal.removeEventListener("abort", leave);
        done(true);
      };
      if (signal.aborted) {
        done(false);
        return;
      }
      signal.addEventListener("abort", leave, { once: true });
      this.waiting.push(admit);
    });
  }
}
