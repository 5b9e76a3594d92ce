import { setTimeout as sleep } from "node:timers/promises";

/** Waits; ends early, without an error, once the signal is given. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** True when `work` ended well within the time; what it does afterwards interests nobody. */
export async function isDoneWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(done, milliseconds, false);
  });
  const well = work.then(
    () => true,
    () => false,
  );
  return Promise.race([well, late]).finally(() => {
    clearTimeout(timer);
  });
}
