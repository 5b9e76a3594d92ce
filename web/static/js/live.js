// The page's one stream: a tab out of sight for a minute lets it go; without a stream the receivers poll.
(() => {
  const POLL = 5000; // ms
  const PATIENCE = 10000; // ms without a stream before polling begins
  const OUT_OF_SIGHT = 60000; // ms
  let source = null;
  let patience = null;
  let polling = null;
  let leaving = null;

  const ring = () => {
    if (document.hidden) return;
    document.querySelectorAll("[data-live]").forEach((receiver) => htmx.trigger(receiver, "live:poll"));
  };
  const opened = () => {
    clearTimeout(patience);
    clearInterval(polling);
    patience = polling = null;
  };
  const lost = () => {
    patience ??= setTimeout(() => {
      ring();
      polling ??= setInterval(ring, POLL);
    }, PATIENCE);
  };

  document.addEventListener("htmx:sseOpen", (event) => {
    source = event.detail.source;
    opened();
  });
  document.addEventListener("htmx:sseError", (event) => {
    source = event.detail.source ?? source;
    lost();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) {
      leaving = setTimeout(() => source?.close(), OUT_OF_SIGHT);
    } else if (source?.readyState === EventSource.CLOSED) {
      source.onerror(new Event("error")); // the extension's own way back: it opens a new one
    }
  });
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && source?.readyState === EventSource.CLOSED) source.onerror(new Event("error"));
  });
})();
