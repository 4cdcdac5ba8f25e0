// Blocks saved for reuse: what there is, one put into the letter as a copy or linked, and one taken loose.
import { signal } from "@preact/signals";
import { copy, find, newID, type Block } from "./document";
import { get, post, Refusal } from "./http";
import { props, t } from "./props";
import { content, run, select, toast } from "./store";

export interface Saved { id: number; name: string; block: Block; uses: number }

export const saved = signal<Saved[]>([]);

// load asks for the saved blocks; without an address for them there are none.
export async function load(): Promise<void> {
  if (!props.urls.saved) return;
  try {
    saved.value = (await get<Saved[] | null>(props.urls.saved)) ?? [];
  } catch (e) {
    if (!(e instanceof Refusal)) throw e; // the palette does without them
  }
}

// keepBlock saves a block under a name; it answers whether that was done.
export async function keepBlock(name: string, block: Block): Promise<boolean> {
  try {
    await post(props.urls.saved!, { name, block });
    await load();
    toast(t("“%s” is saved for other letters.", name));
    return true;
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    toast(e.message, { bad: true });
    return false;
  }
}

// savedOf is what a linked block stands for.
export function savedOf(block: Block): Saved | undefined {
  return block.type === "saved" ? saved.value.find((s) => s.id === Number(block.ref)) : undefined;
}

export function linked(one: Saved): Block {
  return { id: newID(), type: "saved", ref: one.id };
}

export function copied(one: Saved): Block {
  return copy(one.block);
}

// detach puts a copy in place of a linked block: from then on it is this letter's own.
export function detach(id: string): void {
  const found = find(content.value.document, id);
  const one = found && savedOf(found.block);
  if (!one) return;
  const { hideOn, show } = found.block;
  const block = { ...copied(one), ...(hideOn ? { hideOn } : {}), ...(show ? { show } : {}) } as Block;
  run({ do: "all", commands: [{ do: "remove", id }, { do: "insert", block, at: found.place }] });
  select(block.id);
  toast(t("It is now this letter's own block."), { undo: true });
}

// editAddress is where a saved block is changed for all letters that link it.
export function editAddress(one: Saved): string {
  return `/designs/saved/${one.id}`;
}
