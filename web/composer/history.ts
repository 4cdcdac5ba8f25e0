// Undo and redo: a stack of inverse commands, with typing taken together.
import { apply, type Command } from "./commands";
import type { Content } from "./document";

interface Step { undo: Command; redo: Command; key: string; at: number }

const LIMIT = 100;
const PAUSE = 500; // ms: typing with a shorter pause is one step

// History holds the letter as it is and the way back. Its clock is given, in ms.
export class History {
  private past: Step[] = [];
  private future: Step[] = [];

  constructor(public content: Content, private now: () => number = Date.now) {}

  // run applies a command; false when it changes nothing. Commands with the same key within
  // half a second of each other are undone together.
  run(command: Command, key = ""): boolean {
    const applied = apply(this.content, command);
    if (!applied) return false;
    this.content = applied.content;
    this.future = [];
    const last = this.past.at(-1);
    const at = this.now();
    if (last && key !== "" && last.key === key && at - last.at < PAUSE) {
      Object.assign(last, { redo: command, at });
      return true;
    }
    this.past.push({ undo: applied.inverse, redo: command, key, at });
    if (this.past.length > LIMIT) this.past.shift();
    return true;
  }

  // undo and redo return the command they ran, or undefined when there is none.
  undo(): Command | undefined { return this.turn(this.past, this.future, "undo"); }
  redo(): Command | undefined { return this.turn(this.future, this.past, "redo"); }

  get canUndo(): boolean { return this.past.length > 0; }
  get canRedo(): boolean { return this.future.length > 0; }

  private turn(from: Step[], to: Step[], way: "undo" | "redo"): Command | undefined {
    const step = from.pop();
    const applied = step && apply(this.content, step[way]);
    if (!step || !applied) return undefined;
    this.content = applied.content;
    to.push({ ...step, key: "" });
    return step[way];
  }
}
