// Uploading into the library of pictures: chosen, dropped or pasted, several at once, each with its progress and its outcome.

const form = document.querySelector<HTMLFormElement>("form[data-uploads]");
const AT_ONCE = 2;

interface Answer { id?: number; said?: string; detail?: string }

// waiting are the files whose turn has not come.
const waiting: { file: File; line: HTMLLIElement }[] = [];
let running = 0;

function add(files: Iterable<File>) {
  for (const file of files) {
    const line = document.createElement("li"), name = document.createElement("b"), bar = document.createElement("progress");
    name.textContent = bar.ariaLabel = file.name;
    [bar.max, bar.value] = [1, 0];
    line.append(name, bar);
    form!.querySelector(".uploads")!.prepend(line);
    if (file.size > Number(form!.dataset.max) << 20) say(line, form!.dataset.large!, true);
    else waiting.push({ file, line });
  }
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length > 0) {
    running++;
    send(waiting.shift()!);
  }
}

function send({ file, line }: { file: File; line: HTMLLIElement }) {
  const request = new XMLHttpRequest(), body = new FormData(), bar = line.querySelector("progress")!;
  request.open("POST", "/media");
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.onprogress = (e) => { if (e.lengthComputable) bar.value = e.loaded / e.total; };
  request.onload = () => {
    const answer = (request.response ?? {}) as Answer;
    say(line, answer.said ?? answer.detail ?? form!.dataset.away!, request.status !== 201, answer.id);
  };
  request.onerror = () => say(line, form!.dataset.away!, true);
  request.onloadend = () => { running--; next(); if (running === 0) refresh(); };
  body.append("file", file);
  request.send(body);
}

// say replaces the progress by what became of the file.
function say(line: HTMLLIElement, text: string, bad: boolean, id?: number) {
  const said = document.createElement("span");
  [said.className, said.textContent] = ["said", text];
  line.classList.toggle("bad", bad);
  if (id && !bad) {
    const link = document.createElement("a");
    [link.href, link.textContent] = [`/library?picture=${id}#picture`, form!.dataset.describe!];
    said.append(link);
  }
  line.querySelector("progress")!.replaceWith(said);
}

// refresh shows the new pictures: the search of the page asks for the grid anew.
function refresh() {
  document.querySelector<HTMLFormElement>("form[data-live]")?.dispatchEvent(new Event("input"));
}

if (form) {
  const input = form.querySelector<HTMLInputElement>("[type=file]")!;
  input.addEventListener("change", () => { add(input.files ?? []); input.value = ""; });
  const hasFiles = (e: DragEvent) => Boolean(e.dataTransfer?.types.includes("Files"));
  document.addEventListener("dragover", (e) => { if (hasFiles(e)) { e.preventDefault(); form.classList.add("over"); } });
  document.addEventListener("dragleave", (e) => { if (!e.relatedTarget) form.classList.remove("over"); });
  document.addEventListener("drop", (e) => {
    form.classList.remove("over");
    if (!hasFiles(e)) return;
    e.preventDefault();
    add(e.dataTransfer!.files);
  });
  document.addEventListener("paste", (e) => {
    const files = [...(e.clipboardData?.files ?? [])].filter((f) => f.type.startsWith("image/"));
    if (files.length > 0) { e.preventDefault(); add(files); }
  });
}

export {};
