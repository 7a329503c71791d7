// What pages do beyond links and forms. Everything is delegated, so that what htmx swaps in needs no set-up.
(() => {
  const typing = target => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const dialog = id => document.getElementById(id);

  // Dialogs: a button opens the one that it names; `data-close` and a click beside it close it.
  const open = it => { if (it && !it.open) it.showModal(); };
  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) { event.preventDefault(); open(dialog(opener.dataset.dialog)); }
    const beside = event.target.matches("dialog.pl-drawer, dialog.pl-dialog") && event.detail < 2;  // the rest of a double click is for its opener
    if (event.target.closest("[data-close]") || beside) event.target.closest("dialog")?.close();
    event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
    const copier = event.target.closest("[data-copy]");
    if (copier) navigator.clipboard?.writeText(copier.dataset.copy).then(() => copier.classList.add("is-copied"));
  });

  // A form that moves money or ends something is sent only after a yes.
  const asked = new WeakSet();
  document.addEventListener("submit", event => {
    const form = event.target, words = event.submitter?.dataset.confirm ? event.submitter.dataset : form.dataset;
    if (!words.confirm || asked.has(form)) return asked.delete(form);
    event.preventDefault();
    event.stopImmediatePropagation();
    const ask = dialog("confirm"), yes = dialog("confirm-yes");
    dialog("confirm-title").textContent = words.confirm;
    dialog("confirm-text").textContent = words.confirmText ?? "";
    yes.textContent = words.confirmButton ?? yes.textContent;
    yes.classList.toggle("btn-danger", "confirmDanger" in words);
    yes.classList.toggle("btn-primary", !("confirmDanger" in words));
    ask.addEventListener("close", () => { if (ask.returnValue === "yes") { asked.add(form); form.requestSubmit(event.submitter); } }, { once: true });
    ask.returnValue = "";
    open(ask);
  }, true);

  // A form under way cannot be sent again; the server would do it only once anyway.
  document.addEventListener("htmx:beforeRequest", event => {
    const form = event.detail.elt.closest("form[method=post]");
    if (!form) return;
    const buttons = form.querySelectorAll("button:not([type=button]):enabled");
    buttons.forEach(button => { button.disabled = true; });
    form.addEventListener("htmx:afterRequest", () => buttons.forEach(button => { button.disabled = false; }), { once: true });
  });

  // What asks for itself again and again waits while somebody is in the middle of something.
  document.addEventListener("htmx:beforeRequest", event => {
    if (event.detail.elt.matches("[data-polls]") && (document.hidden || document.querySelector("dialog[open], .dropdown-menu.show"))) event.preventDefault();
  });

  // Keys: `data-key="a"` is pressed by A, `data-key="/"` is gone to by /.
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    const wanted = [...document.querySelectorAll("[data-key]")].find(each => each.dataset.key === event.key.toLowerCase() && each.checkVisibility());
    if (!wanted) return;
    event.preventDefault();
    wanted.matches("input") ? wanted.focus() : wanted.click();
  });

  // A field that finds while one types sends nothing by itself: Enter is not a yes to the form around it.
  document.addEventListener("keydown", event => { if (event.key === "Enter" && event.target.matches("input[data-find]")) event.preventDefault(); });

  // What the ticked rows come to, by currency, in the reader's customs.
  const summed = boxes => {
    const sums = new Map();
    boxes.forEach(({ dataset: { amount, currency } }) => amount && sums.set(currency, (sums.get(currency) ?? 0) + Number(amount)));
    const lang = document.documentElement.lang;
    return [...sums].map(([currency, sum]) => new Intl.NumberFormat(lang, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(sum)
      .filter(part => part.type !== "literal").map(part => part.type === "group" && lang.startsWith("en") ? "\u00a0" : part.type === "currency" ? "" : part.value).join("")
      + "\u00a0" + new Intl.NumberFormat(lang, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0).find(part => part.type === "currency").value).join(", ");
  };

  // "All of them": a box that ticks the others of its form; what is ticked is counted.
  const ticked = box => {
    const form = box.form ?? document, boxes = [...form.elements ?? []].filter(each => each.matches?.("input[data-row]"));
    if (box.matches("[data-all]")) boxes.forEach(each => { each.checked = box.checked; });
    const chosen = boxes.filter(each => each.checked).length;
    document.querySelectorAll("[data-chosen]").forEach(each => { each.hidden = chosen === 0; });
    document.querySelectorAll("[data-chosen-count]").forEach(each => { each.textContent = chosen; });
    document.querySelectorAll("[data-chosen-sum]").forEach(each => { each.textContent = summed(boxes.filter(box => box.checked)); });
  };
  document.addEventListener("change", event => {
    if (event.target.matches("[data-all], [data-row]")) ticked(event.target);
    if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
  });

  // Lost connection: nothing that was typed is lost, and it is said.
  document.addEventListener("htmx:sendError", () => dialog("toasts")?.append(dialog("unreached").content.cloneNode(true)));

  // Pies: drawn from their legend, so that there is one source.
  const script = document.currentScript.dataset.chart;
  let loading;
  const chart = () => loading ??= new Promise(done => { const tag = document.createElement("script"); tag.src = script; tag.onload = done; document.head.append(tag); });
  const css = (element, name) => getComputedStyle(element)[name];
  const pie = async canvas => {
    await chart();
    const rows = [...dialog(canvas.dataset.pie)?.tBodies[0]?.rows ?? []].filter(row => row.dataset.minor);
    Chart.getChart(canvas)?.destroy();
    if (!rows.length) return;
    const card = css(canvas.closest(".card") ?? document.body, "backgroundColor");
    new Chart(canvas, {
      type: "pie", options: { animation: false, plugins: { legend: { display: false }, tooltip: { callbacks: { label: item => ` ${rows[item.dataIndex].cells[1].innerText}` } } } },
      data: { labels: rows.map(row => row.cells[0].innerText), datasets: [{ data: rows.map(row => Number(row.dataset.minor)), backgroundColor: rows.map(row => css(row.querySelector(".swatch"), "backgroundColor")), borderColor: card, borderWidth: 2 }] },
    });
  };
  const pies = () => document.querySelectorAll("canvas[data-pie]").forEach(pie);
  document.addEventListener("placet:theme", pies);

  // After a swap: dialogs that came back with errors open again, the page is where reading goes on, toasts go.
  const settle = () => {
    document.querySelectorAll("dialog[open-now]").forEach(open);
    document.querySelectorAll("[data-toast]:not(.is-stop):not([data-going])").forEach(toast => { toast.dataset.going = ""; setTimeout(() => toast.remove(), 8000); });
    pies();
    const box = document.querySelector("input[data-row]");
    if (box) ticked(box);
  };
  document.addEventListener("htmx:afterSettle", event => {
    if (event.detail.boosted || event.target === document.body) (document.querySelector("[autofocus], [aria-invalid=true]") ?? dialog("main"))?.focus({ preventScroll: !document.querySelector("[aria-invalid=true]") });
    settle();
  });
  settle();

  // The address of a dialog, as mails have it, opens it: what it asks is still to be answered.
  const named = () => { const it = dialog(location.hash.slice(1)); if (it?.matches("dialog.pl-dialog, dialog.pl-drawer")) open(it); };
  addEventListener("hashchange", named);
  named();
})();
