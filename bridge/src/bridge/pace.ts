/** Every time the bridge waits for, in milliseconds, in one place: tests pass shorter ones. */
export interface Pace {
  /** Between two looks for sessions that nobody holds. */
  look: number;
  renew: number;
  /** Without a renewal for this long we stop our own socket: before anybody else may take the lease. */
  holdAlone: number;
  /** How often `holdAlone` is looked at. */
  tick: number;
  /** Back-off: the first wait doubles up to the longest, with full jitter, and begins anew once a socket stood. */
  firstWait: number;
  longestWait: number;
  stood: number;
  /** After a 440: the other client is given time to go. */
  replacedWait: number;
  /** A login that neither opens nor ends holds its place no longer than this. */
  login: number;
  /** A logout of a session that is down first brings it up; after this it is forgotten on our side alone. */
  logout: number;
  /** Between two tries of a command while the store or Redis is away. */
  retry: number;
  /** Entries of the shared stream that another bridge took and never acknowledged. */
  idle: number;
  watch: number;
  /** Nothing may take longer: a call of the store, an ack, a stanza on its way to an event. */
  stuck: number;
  /** What a reconnection is given to cure it. */
  secondChance: number;
  version: number;
  /** Between two rounds that take old stanzas and contents away. */
  sweep: number;
  /** Longer than a session takes that cuts a silent peer off and waits for its last call of the store (5 s). */
  stopSession: number;
  /** Parts of a graceful stop, 8 s in all with the sessions'. */
  stopCommands: number;
  lastWords: number;
}

/**
 * With a lease of this many milliseconds. It is renewed each third, and our own socket is stopped at two thirds
 * of our own, monotonic time: the last third is for the tick and for a socket that is slow to close.
 */
export function paceWith(lease: number): Pace {
  return { ...PACE, look: Math.min(PACE.look, lease), renew: lease / 3, holdAlone: (2 * lease) / 3, tick: Math.min(PACE.tick, lease / 12) };
}

export const PACE: Pace = {
  look: 3_000,
  renew: 10_000,
  holdAlone: 20_000,
  tick: 500,
  firstWait: 1_000,
  longestWait: 60_000,
  stood: 60_000,
  replacedWait: 30_000,
  login: 30_000,
  logout: 15_000,
  retry: 1_000,
  idle: 60_000,
  watch: 5_000,
  stuck: 30_000,
  secondChance: 60_000,
  version: 24 * 3_600_000,
  sweep: 600_000,
  stopSession: 7_200,
  stopCommands: 500,
  lastWords: 1_000,
};
