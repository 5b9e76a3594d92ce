// Counts down [data-countdown] seconds inside [data-sentence]; a fresh fragment from the server starts it again.
(() => {
  const step = () => {
    for (const line of document.querySelectorAll("[data-countdown]")) {
      const left = Number(line.dataset.countdown);
      if (left < 0) continue;
      line.textContent = left ? line.dataset.sentence.replace("{seconds}", left) : line.dataset.over;
      line.dataset.countdown = left - 1;
    }
  };
  setInterval(step, 1000);
})();
