/** At Baileys' five minutes every campaign asks for every person's devices anew, and renews sessions under way. */
const KEPT_MS = 12 * 60 * 60 * 1000;
const MOST = 2_000;

/** Who has which devices, as Baileys' cache wants it; forgotten when WhatsApp says that a list is old. */
export class Devices {
  private readonly kept = new Map<string, { value: unknown; until: number }>();

  // Baileys names the type it put in.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  get<T>(user: string): T | undefined {
    const entry = this.kept.get(user);
    return entry === undefined || entry.until < Date.now() ? undefined : (entry.value as T);
  }

  set(user: string, value: unknown): void {
    this.kept.delete(user);
    this.kept.set(user, { value, until: Date.now() + KEPT_MS });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST) break;
      this.kept.delete(oldest);
    }
  }

  del(user: string): void {
    this.kept.delete(user);
  }

  flushAll(): void {
    this.kept.clear();
  }
}
