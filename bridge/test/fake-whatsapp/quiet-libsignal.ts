/** libsignal prints sessions, keys and all, to the console; nothing of it may reach a log of tests or of CI. */
const LIBSIGNAL =
  /^(Closing session|Opening session|Removing old closed session|Session already|Migrating session|Closing open session|Decrypted message with closed|Failed to decrypt message with any|Session error|V1 session storage)/;

for (const level of ["log", "info", "warn", "error"] as const) {
  const print = console[level].bind(console);
  console[level] = (...words: unknown[]): void => {
    if (typeof words[0] === "string" && LIBSIGNAL.test(words[0])) return;
    print(...words);
  };
}
