// Light or dark, before anything is drawn: what was chosen, else what the device prefers.
(() => {
  const prefers = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const put = () => document.documentElement.setAttribute("data-bs-theme", chosen() ?? (prefers.matches ? "dark" : "light"));
  put();
  prefers.addEventListener("change", put);
  addEventListener("click", event => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    const dark = document.documentElement.getAttribute("data-bs-theme") === "dark";
    try { localStorage.setItem("theme", dark ? "light" : "dark"); } catch { /* a private window forgets */ }
    put();
    document.dispatchEvent(new Event("placet:theme"));
  });
})();
