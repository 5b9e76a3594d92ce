// Sentences that come and go: toasts, errors of requests, busy buttons, the first wrong field.
(() => {
  const TOAST_STAYS = 8000; // ms
  const alerts = () => document.getElementById("alerts");

  const fade = () => {
    for (const toast of document.querySelectorAll("#status .toast:not([data-timed])")) {
      toast.dataset.timed = "";
      setTimeout(() => toast.remove(), TOAST_STAYS);
    }
  };
  const focusFirstWrong = (root) => root.querySelector("[aria-invalid='true']")?.focus();
  const away = () => {
    if (alerts().childElementCount) return;
    alerts().append(document.getElementById("alert-away").content.cloneNode(true));
  };

  const busy = (form, isBusy) => {
    for (const button of form.querySelectorAll("button[data-busy]")) {
      const label = button.querySelector("span") ?? button;
      button.dataset.label ??= label.textContent;
      label.textContent = isBusy ? button.dataset.busy : button.dataset.label;
    }
  };

  document.addEventListener("submit", (event) => {
    busy(event.target, true);
    if (event.target.hasAttribute("hx-post")) return;
    // After the browser has read the form: a disabled button would not send its name.
    setTimeout(() => event.target.querySelectorAll("button").forEach((button) => (button.disabled = true)));
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) {
      busy(form, false);
      form.querySelectorAll("button[data-busy], form button:disabled").forEach((one) => (one.disabled = false));
    }
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") alerts().replaceChildren();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("form") && !event.detail.xhr?.getResponseHeader("HX-Redirect")) busy(event.detail.elt, false);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!event.detail.elt.hasAttribute("data-live")) away();
  });
  document.addEventListener("htmx:responseError", (event) => {
    if ([502, 503, 504].includes(event.detail.xhr.status)) away();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    fade();
    focusFirstWrong(event.detail.elt);
  });
  document.addEventListener("DOMContentLoaded", () => {
    fade();
    focusFirstWrong(document);
  });
})();
