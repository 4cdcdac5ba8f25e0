// The letter as it stands, kept in this browser until the server has it.
import type { Content } from "./document";

export interface Draft { version: number; at: string; content: Content }

// Drafts answers to one message in one language.
export class Drafts {
  constructor(private key: string) {}

  keep(version: number, content: Content): void {
    try {
      localStorage.setItem(this.key, JSON.stringify({ version, at: new Date().toISOString(), content }));
    } catch {
      // A full or forbidden storage costs the safety net, not the letter.
    }
  }

  read(): Draft | undefined {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }

  forget(): void {
    try { localStorage.removeItem(this.key); } catch { /* as above */ }
  }
}
