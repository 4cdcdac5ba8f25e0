// What makes the pages of campaigns nicer: counts while one chooses, a countdown, a gate before a big send. Each works without it.

const all = <T extends HTMLElement>(selector: string) => [...document.querySelectorAll<T>(selector)];

// part fetches a part of a page of ours, parsed. (XMLHttpRequest parses by itself: no HTML passes through a string.)
function part(url: string, done: (page: Document) => void): XMLHttpRequest {
  const request = new XMLHttpRequest();
  request.open("GET", url);
  request.responseType = "document";
  request.onload = () => { if (request.status === 200 && request.responseXML) done(request.responseXML); };
  request.send();
  return request;
}

// ask shows what a form comes to before it is saved: data-ask answers with the element that data-into names.
function ask(form: HTMLFormElement) {
  const { ask: url, into } = form.dataset as { ask: string; into: string };
  let waiting = 0, running: XMLHttpRequest | undefined;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      running?.abort();
      const query = new URLSearchParams([...new FormData(form)].filter(([, v]) => typeof v === "string") as [string, string][]);
      running = part(`${url}?${query}`, (page) => {
        const from = page.querySelector(into), to = document.querySelector(into);
        if (from && to) to.replaceWith(document.adoptNode(from));
      });
    }, 120);
  });
}

// gate keeps a button shut until the number is typed; separators do not matter.
function gate(input: HTMLInputElement) {
  const button = input.form?.querySelector<HTMLButtonElement>("button.primary");
  if (!button) return;
  const look = () => { button.disabled = input.value.replace(/\D/g, "") !== input.dataset.typed; };
  input.addEventListener("input", look);
  look();
}

// shown puts a slider's figure beside it.
function shown(output: HTMLOutputElement) {
  const input = document.getElementById(output.dataset.shows!) as HTMLInputElement | null;
  input?.addEventListener("input", () => { output.textContent = `${input.value} %`; });
}

// tick counts down the seconds of every countdown on the page, those that come later too.
function tick() {
  for (const element of all("[data-countdown]")) {
    const left = Math.ceil((Date.parse(element.dataset.countdown!) - Date.now()) / 1000);
    element.textContent = left > 0 ? `(${left})` : "";
  }
}

// On a phone the tabs are wider than the screen: the current one is moved into view.
for (const tab of all(".tabs [aria-current]")) tab.parentElement!.scrollLeft = tab.offsetLeft - tab.parentElement!.offsetLeft - 24;

all<HTMLFormElement>("form[data-ask]").forEach(ask);
all<HTMLInputElement>("input[data-typed]").forEach(gate);
all<HTMLOutputElement>("output[data-shows]").forEach(shown);
setInterval(tick, 500);
tick();

export {};
