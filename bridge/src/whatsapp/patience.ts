import { Transform, type TransformCallback } from "node:stream";

/** It took longer than it was given. */
export class TooLate extends Error {}

/** Gives `work` so long, and a signal by which it lets go of what it opened. Rejects with TooLate; what comes later interests nobody. */
export async function within<T>(milliseconds: number, work: (over: AbortSignal) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const timer = setTimeout(() => { end.abort(new TooLate(`not done in ${milliseconds} ms`)); }, milliseconds);
  try {
    return await unless(end.signal, work(end.signal));
  } finally {
    clearTimeout(timer);
  }
}

/** Rejects with the signal's reason once it is given, whether `work` minds it or not. */
export function unless<T>(over: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => { reject(over.reason as Error); };
    if (over.aborted) end();
    over.addEventListener("abort", end, { once: true });
    work.then(resolve, reject).finally(() => { over.removeEventListener("abort", end); });
  });
}

/** Lets through what comes, and fails once nothing came for so long. */
export function unlessSilent(milliseconds: number): Transform {
  return new Listening(milliseconds);
}

class Listening extends Transform {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly silence: number) {
    super();
    this.listen();
  }

  override _transform(part: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.listen();
    done(null, part);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.timer);
    done(error);
  }

  private listen(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.destroy(new TooLate("nothing came any more")), this.silence);
  }
}
