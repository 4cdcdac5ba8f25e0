// The first words of new blocks. They belong to the letter, so they follow its language, not the page's. The server
// knows them too: the pre-flight says which of them nobody has replaced.
import words from "../../campaigns/document/firstwords.json";
import { props } from "./props";

type Words = Record<string, string>;

// said is a first word in the letter's language.
export function said(key: string): string {
  return ((words as Record<string, Words>)[props.lang] ?? words.en as Words)[key]!;
}
