// What makes the marketer's pages nicer. Each page works without it.

document.documentElement.classList.add("js");

// The policy refuses HTML from strings. Only whole pages of our own server pass, and only their parsed parts are used.
type Policy = { createHTML(html: string): string };
type Factory = { createPolicy(name: string, rules: Policy): Policy };
const factory = (window as unknown as { trustedTypes?: Factory }).trustedTypes;
const ownPages: Policy = factory?.createPolicy("keepsake-pages", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

const all = <T extends HTMLElement>(selector: string, root: ParentNode = document) => [...root.querySelectorAll<T>(selector)];
const one = <T extends HTMLElement>(selector: string, root: ParentNode = document) => root.querySelector<T>(selector);

// load fetches a page of ours and returns it parsed.
async function load(url: string, signal?: AbortSignal): Promise<Document> {
  const answer = await fetch(url, { signal, credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") location.reload();
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return new DOMParser().parseFromString(ownPages.createHTML(await answer.text()), "text/html");
}

// swap puts the element of a loaded page in the place of ours.
function swap(page: Document, selector: string) {
  const from = one(selector, page), to = one(selector);
  if (!from || !to) return;
  to.replaceWith(document.adoptNode(from));
  from.dataset.fresh = "";
  enhance(from);
}

// live lets a filter form search as one types: data-live names what it changes.
function live(form: HTMLFormElement) {
  let waiting = 0, running: AbortController | undefined;
  const search = async () => {
    const query = new URLSearchParams([...new FormData(form)].filter(([, v]) => v !== "") as [string, string][]);
    const url = form.action.split("?")[0] + (query.size ? `?${query}` : "");
    running?.abort();
    running = new AbortController();
    try {
      swap(await load(url, running.signal), form.dataset.live!);
      history.replaceState(null, "", url);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) form.submit();
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(search, 150);
  });
}

// refresh asks for the page again (or for data-from), every data-refresh milliseconds, while its element still wants it.
function refresh(element: HTMLElement) {
  setTimeout(async () => {
    if (!element.isConnected) return;
    try {
      if (!document.hidden && !element.contains(document.activeElement)) return swap(await load(element.dataset.from ?? location.href), `#${element.id}`);
    } catch { /* the next time perhaps */ }
    refresh(element);
  }, Number(element.dataset.refresh) || 2000);
}

// events lets the server send an element's new content (data-events is where from), as long as it lasts.
function events(element: HTMLElement) {
  const source = new EventSource(element.dataset.events!);
  source.addEventListener("html", (e) => {
    if (!element.isConnected) return source.close();
    const page = new DOMParser().parseFromString(ownPages.createHTML((e as MessageEvent<string>).data), "text/html");
    element.replaceChildren(...[...page.body.childNodes].map((n) => document.adoptNode(n)));
    enhance(element);
  });
  source.addEventListener("end", () => {
    source.close();
    location.reload();
  });
}

// bulk shows what can be done with the chosen rows, and chooses many: all of them, or a range with Shift.
function bulk(form: HTMLFormElement) {
  const boxes = all<HTMLInputElement>("[name=ids]", form), every = one<HTMLInputElement>("[data-all]", form), told = one("[data-picked]", form);
  const show = () => {
    const n = boxes.filter((b) => b.checked).length;
    form.classList.toggle("picked", n > 0);
    if (told) told.textContent = `: ${n}`;
    if (every) [every.checked, every.indeterminate] = [n === boxes.length, n > 0 && n < boxes.length];
  };
  let last = -1;
  boxes.forEach((box, i) => box.addEventListener("click", (e) => {
    if (e.shiftKey && last >= 0) boxes.slice(Math.min(i, last), Math.max(i, last) + 1).forEach((b) => { b.checked = box.checked; });
    last = i;
    show();
  }));
  if (every) {
    every.hidden = false;
    every.addEventListener("change", () => {
      boxes.forEach((b) => { b.checked = every.checked; });
      show();
    });
  }
  show();
}

// toast goes away after ten seconds in which nobody looks at it.
function toast(element: HTMLElement) {
  let timer = 0;
  const leave = () => { timer = window.setTimeout(() => element.remove(), 10_000); };
  for (const stay of ["mouseenter", "focusin"]) element.addEventListener(stay, () => clearTimeout(timer));
  for (const go of ["mouseleave", "focusout"]) element.addEventListener(go, leave);
  leave();
}

// fit makes a letter's frame as high as the letter.
function fit(frame: HTMLIFrameElement) {
  const measure = () => {
    const page = frame.contentDocument?.documentElement;
    if (page) frame.height = String(Math.max(400, Math.min(page.scrollHeight, 6000)));
  };
  frame.addEventListener("load", measure);
  measure();
}

// look draws what a form holds, without keeping it: the server answers its button "look" with the page, of which the
// parts that data-look names are put in place, and the frames turn to their new drawings.
function look(form: HTMLFormElement) {
  const button = one<HTMLButtonElement>("button[value=look]")!;
  let waiting = 0, running: AbortController | undefined;
  const draw = async () => {
    running?.abort();
    running = new AbortController();
    const body = new FormData(form, button);
    for (const file of all<HTMLInputElement>("[type=file]", form)) body.delete(file.name);
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: running.signal, credentials: "same-origin" });
      if (!answer.ok && answer.status !== 422) return;
      const page = new DOMParser().parseFromString(ownPages.createHTML(await answer.text()), "text/html");
      for (const part of form.dataset.look!.split(" ")) swap(page, part);
      for (const frame of all<HTMLIFrameElement>("iframe[data-frame]")) {
        const drawn = one<HTMLIFrameElement>(`iframe[data-frame=${frame.dataset.frame}]`, page);
        if (drawn) frame.contentWindow!.location.replace(drawn.src); // no step of the browser's history
      }
      for (const input of all<HTMLInputElement>("input[id][placeholder]", form)) {
        input.placeholder = one<HTMLInputElement>(`#${input.id}`, page)?.placeholder ?? input.placeholder;
      }
      all<HTMLInputElement>("[data-colour]", form).forEach(picked);
    } catch { /* with the next change perhaps */ }
  };
  const picked = (picker: HTMLInputElement) => {
    const typed = one<HTMLInputElement>(`#${picker.dataset.colour}`)!;
    const shown = typed.value.trim() || typed.placeholder;
    if (/^#[0-9a-f]{6}$/i.test(shown)) picker.value = shown;
  };
  for (const picker of all<HTMLInputElement>("[data-colour]", form)) {
    picker.hidden = false;
    picker.addEventListener("input", () => { one<HTMLInputElement>(`#${picker.dataset.colour}`)!.value = picker.value; });
  }
  form.addEventListener("input", (e) => {
    if ((e.target as HTMLInputElement).type === "file") return form.requestSubmit(button);
    all<HTMLInputElement>("[data-colour]", form).forEach(picked);
    clearTimeout(waiting);
    waiting = window.setTimeout(draw, 250);
  });
}

// columns moves a column of an export past its chosen neighbour without asking the server; the focus stays with it.
function columns(list: HTMLElement) {
  list.addEventListener("click", (e) => {
    const button = (e.target as HTMLElement).closest<HTMLButtonElement>("button[value*=':']"), row = button?.closest("li");
    if (!button || !row) return;
    e.preventDefault();
    const rows = all("li", list).filter((li) => li === row || one<HTMLInputElement>("[type=checkbox]", li)!.checked), at = rows.indexOf(row);
    if (button.value.startsWith("up:")) rows[at - 1]?.before(row);
    else rows[at + 1]?.after(row);
    button.focus();
    row.scrollIntoView({ block: "nearest" });
  });
}

// counts fills in figures that take a while, one after the other.
async function counts(elements: HTMLElement[]) {
  for (const element of elements) {
    const answer = await fetch(element.dataset.count!, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => undefined);
    if (answer?.ok && !answer.redirected) element.textContent = (await answer.json() as { text: string }).text;
  }
}

function copy(button: HTMLButtonElement) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy!);
    button.classList.add("done");
    const use = one("use", button);
    use?.setAttribute("href", use.getAttribute("href")!.replace(/#.*/, "#check"));
  });
}

// remap asks again what a file's columns mean while one says it: data-remap names what changes.
function remap(form: HTMLFormElement) {
  form.addEventListener("change", async (e) => {
    const field = e.target as HTMLSelectElement;
    if (!["of", "sheet", "encoding", "delimiter", "no_header", "mapping"].includes(field.name)) return;
    const body = new URLSearchParams([...new FormData(form)] as [string, string][]);
    body.set("do", field.name === "mapping" ? "map" : "look");
    try {
      const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
      if (!answer.ok) return;
      swap(new DOMParser().parseFromString(ownPages.createHTML(await answer.text()), "text/html"), form.dataset.remap!);
      document.getElementById(field.id)?.focus();
    } catch { /* the button does it too */ }
  });
}

// upload shows how much of a large file has gone.
function upload(form: HTMLFormElement) {
  const bar = one<HTMLProgressElement>("progress", form);
  const refused = (why: string) => {
    const note = one("[role=alert]", form) ?? document.createElement("div"), text = document.createElement("p");
    [note.className, note.role, text.textContent] = ["note bad", "alert", why];
    note.replaceChildren(text);
    form.prepend(note);
    if (bar) [bar.hidden, bar.value] = [true, 0];
    for (const button of all<HTMLButtonElement>("button", form)) button.disabled = false;
  };
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const chosen = one<HTMLInputElement>("input[type=file]", form)?.files?.[0];
    if (chosen && chosen.size > Number(form.dataset.most || Infinity)) return refused(form.dataset.large!);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    if (bar) bar.hidden = false;
    for (const button of all<HTMLButtonElement>("button", form)) button.disabled = true;
    request.upload.addEventListener("progress", (p) => { if (bar && p.lengthComputable) bar.value = 100 * p.loaded / p.total; });
    request.addEventListener("load", () => {
      const answer = request.response as { location?: string; detail?: string } | null;
      if (answer?.location) location.href = answer.location;
      else if (answer?.detail) refused(answer.detail);
      else form.submit(); // the server says what is wrong, on the page
    });
    request.addEventListener("error", () => form.submit());
    request.send(new FormData(form));
  });
}

// reveal brings the current tab to the middle of a row that is too long for the screen.
function reveal(row: HTMLElement) {
  const tab = one("[aria-current]", row);
  const middle = ({ left, right }: DOMRect) => (left + right) / 2;
  if (tab) row.scrollLeft += middle(tab.getBoundingClientRect()) - middle(row.getBoundingClientRect());
}

function enhance(root: ParentNode) {
  all(".tabs", root).forEach(reveal);
  all<HTMLFormElement>("form[data-live]", root).forEach(live);
  all<HTMLFormElement>("form[data-bulk]", root).forEach(bulk);
  all<HTMLFormElement>("form[data-upload]", root).forEach(upload);
  all<HTMLFormElement>("form[data-remap]", root).forEach(remap);
  all<HTMLFormElement>("form[data-look]", root).forEach(look);
  all("[data-columns]", root).forEach(columns);
  all("[data-toast]", root).forEach(toast);
  all("[data-refresh]", root).forEach(refresh);
  if (root instanceof HTMLElement && root.dataset.refresh) refresh(root);
  all("[data-events]", root).forEach(events);
  void counts(all("[data-count]", root));
  all<HTMLIFrameElement>("iframe[data-fit]", root).forEach(fit);
  all<HTMLButtonElement>("[data-copy]", root).forEach(copy);
}

// The list of commands: Ctrl+K.
const commands = one<HTMLDialogElement>("#commands");
const filter = one<HTMLInputElement>("[data-filter]");

function fillCommands() {
  const list = one("[data-commands]");
  if (!list || list.dataset.filled) return;
  list.dataset.filled = "yes";
  for (const a of all<HTMLAnchorElement>("#nav ul a").reverse()) {
    const item = document.createElement("li"), link = a.cloneNode(true) as HTMLAnchorElement;
    link.removeAttribute("aria-current");
    item.append(link);
    list.prepend(item);
  }
}

function openCommands() {
  if (!commands || !filter) return;
  fillCommands();
  filter.value = "";
  narrow();
  commands.showModal();
}

// narrow shows the commands that hold what was typed, and offers to search for it.
function narrow() {
  const typed = filter!.value.trim().toLowerCase();
  for (const item of all("[data-commands] li")) {
    const search = item.dataset.search;
    if (search) {
      item.hidden = typed === "";
      one("b", item)!.textContent = `“${filter!.value.trim()}”`;
      one<HTMLAnchorElement>("a", item)!.href = search + encodeURIComponent(filter!.value.trim());
    } else {
      item.hidden = !item.textContent!.toLowerCase().includes(typed);
    }
    item.classList.remove("on");
  }
  shown()[0]?.classList.add("on");
}

const shown = () => all("[data-commands] li").filter((item) => !item.hidden);

function moveInCommands(e: KeyboardEvent) {
  const items = shown(), at = items.findIndex((item) => item.classList.contains("on"));
  if (e.key === "Enter") {
    e.preventDefault();
    one<HTMLAnchorElement>("a", items[at] ?? items[0])?.click();
  } else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    e.preventDefault();
    const to = items[(at + (e.key === "ArrowDown" ? 1 : -1) + items.length) % items.length];
    items[at]?.classList.remove("on");
    to?.classList.add("on");
    to?.scrollIntoView({ block: "nearest" });
  }
}

filter?.addEventListener("input", narrow);
filter?.addEventListener("keydown", moveInCommands);
for (const button of all("[data-open=commands]")) {
  button.hidden = false;
  button.addEventListener("click", openCommands);
}
for (const dialog of all<HTMLDialogElement>("dialog")) {
  dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
}

// Keys: Ctrl+K, "/", "?", and "g" with the letter of a page.
let prefix = 0;
document.addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
    e.preventDefault();
    return openCommands();
  }
  const typing = (e.target as HTMLElement).closest("input, textarea, select, [contenteditable]");
  if (e.key === "Escape") {
    const form = (e.target as HTMLElement).closest<HTMLFormElement>("form[data-escape]");
    if (form) location.href = form.dataset.escape!;
  }
  if (typing || e.ctrlKey || e.metaKey || e.altKey || one("dialog[open]")) return;
  if (e.key === "?") one<HTMLDialogElement>("#shortcuts")?.showModal();
  if (e.key === "/") {
    const search = one("[data-search]:not(li)");
    if (search) e.preventDefault();
    search?.focus();
  }
  if (Date.now() - prefix < 1500) one(`#nav a[data-key="${CSS.escape(e.key)}"]`)?.click();
  prefix = e.key === "g" ? Date.now() : 0;
});

// The first owner gets the zone of the browser, where nothing else was chosen.
for (const zone of all<HTMLInputElement>("input[data-zone]")) {
  if (zone.value === "UTC") zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

enhance(document);

export {};
