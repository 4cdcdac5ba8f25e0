// Requests to our own server: JSON in, JSON out, and errors a person can read.
import { t } from "./props";

// Refusal is an answer of the server other than success; status 0 means it could not be reached.
export class Refusal extends Error {
  constructor(public status: number, body: { detail?: string; title?: string; fields?: Record<string, string> }) {
    super(body.detail ?? sentence(status) ?? body.title);
    this.fields = body.fields ?? {};
  }
  fields: Record<string, string>;
}

function sentence(status: number): string {
  if (status === 0) return t("The server cannot be reached.");
  if (status === 401 || status === 403) return t("You are signed out. Sign in again in another tab; nothing here is lost.");
  return t("Something went wrong.");
}

async function answer<T>(url: string, options: RequestInit): Promise<T> {
  const headers = { "X-Requested-With": "keepsake", Accept: "application/json" };
  const response = await fetch(url, { credentials: "same-origin", headers, ...options }).catch((e: unknown) => {
    if (e instanceof DOMException && e.name === "AbortError") throw e;
    throw new Refusal(0, {});
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok || response.redirected) throw new Refusal(response.redirected ? 401 : response.status, body);
  return body as T;
}

export function get<T>(url: string, signal: AbortSignal): Promise<T> { return answer(url, { signal }); }

export function post<T>(url: string, body: string | URLSearchParams, signal?: AbortSignal): Promise<T> {
  return answer(url, { method: "POST", body, ...(signal ? { signal } : {}) });
}
