// The library of pictures, as the dialog asks the server for it.
import { signal } from "@preact/signals";
import type { Command } from "./commands";
import { find } from "./document";
import { get, postForm, type Media } from "./http";
import { content, dialog, run } from "./store";

export interface Shelf { pictures: Media[]; tags: { tag: string; count: number }[]; drawings: { asset: string; name: string }[]; next: number }
export interface Wanted { blockID: string; path: string; asset: string }

export const wanted = signal<Wanted | null>(null); // the field that gets the picture

// chooseFor opens the dialog for a picture of a block.
export function chooseFor(to: Wanted): void {
  wanted.value = to;
  dialog.value = "media";
}

export function shelf(q: string, tag: string, before: number, abort: AbortSignal): Promise<Shelf> {
  const query = new URLSearchParams({ ...(q && { q }), ...(tag && { tag }), ...(before && { before: String(before) }) });
  return get<Shelf>(`/library.json?${query}`, abort);
}

// ownAlt reports whether the block says itself what this picture of it shows.
export function ownAlt({ blockID, path }: Wanted): boolean {
  const type = find(content.value.document, blockID)?.block.type;
  return (type === "image" || type === "season") && path === "asset" || type === "video" && path === "thumb";
}

export interface Choice { asset: string; alt: string; decorative: boolean; of?: Media }

// put fills the field, as one step to undo. What a picture shows is kept in the library, where nobody said it yet.
export function put(to: Wanted, choice: Choice): void {
  const set = (path: string, value: unknown): Command => ({ do: "set", id: to.blockID, path, value });
  const commands = [set(to.path, choice.asset)];
  if (ownAlt(to)) {
    commands.push(set("alt", choice.decorative ? "" : choice.alt));
    if (find(content.value.document, to.blockID)?.block.type === "image") commands.push(set("decorative", choice.decorative));
  }
  run({ do: "all", commands });
  const { of, alt } = choice;
  if (of && !of.alt && alt && !choice.decorative) void postForm(`/library/${of.id}`, { alt }).catch(() => undefined); // the letter has it all the same
}

// drawn is one of the program's own drawings in the shape of a picture.
export function drawn({ asset, name }: Shelf["drawings"][0]): Media {
  return { id: 0, asset, url: `/media/${asset}`, thumb: `/media/${asset}`, name, alt: "", tags: [], width: 0, height: 0, frames: 1, said: "" };
}
