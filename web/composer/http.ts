// Requests to our own server: JSON in, JSON out, and errors a person can read.
import { t } from "./props";

// Refusal is an answer of the server other than success; status 0 means it could not be reached.
export class Refusal extends Error {
  constructor(public status: number, public body: Record<string, unknown>) {
    super(String(body.detail ?? body.title ?? sentence(status)));
  }
}

function sentence(status: number): string {
  if (status === 0) return t("The server cannot be reached.");
  if (status === 401 || status === 403) return t("You are signed out. Sign in again in another tab; nothing here is lost.");
  return t("Something went wrong.");
}

const headers = { "X-Requested-With": "keepsake", Accept: "application/json" };

async function answer<T>(request: Promise<Response>): Promise<T> {
  const response = await request.catch((e: unknown) => {
    if (e instanceof DOMException && e.name === "AbortError") throw e;
    throw new Refusal(0, {});
  });
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (!response.ok || response.redirected) throw new Refusal(response.redirected ? 401 : response.status, body);
  return body as T;
}

export function post<T>(url: string, body: unknown, options: RequestInit = {}): Promise<T> {
  return answer<T>(fetch(url, {
    method: "POST", credentials: "same-origin", body: JSON.stringify(body),
    headers: { ...headers, "Content-Type": "application/json" }, ...options,
  }));
}

export function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  return answer<T>(fetch(url, { headers, credentials: "same-origin", ...(signal ? { signal } : {}) }));
}

// postForm sends fields as a form of the server's own pages does.
export function postForm<T>(url: string, fields: Record<string, string>): Promise<T> {
  return answer<T>(fetch(url, { method: "POST", credentials: "same-origin", headers, body: new URLSearchParams(fields) }));
}

// Media is a picture of the library; said is what became of an upload: "3.1 MB → 118 KB".
export interface Media { id: number; asset: string; url: string; thumb: string; name: string; alt: string; tags: string[] | null; width: number; height: number; frames: number; said?: string }

// send posts a form: a file or a long text.
export function send<T>(url: string, form: FormData): Promise<T> {
  return answer<T>(fetch(url, { method: "POST", credentials: "same-origin", body: form, headers }));
}

// upload sends one file and reports its share done, 0 to 1. (fetch cannot tell progress.)
export function upload(url: string, file: File, progress: (done: number) => void): Promise<Media> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    request.onerror = () => reject(new Refusal(0, {}));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Media);
      else reject(new Refusal(request.status, (request.response ?? {}) as Record<string, unknown>));
    };
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}
