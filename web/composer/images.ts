// Pictures: chosen, dropped or pasted, uploaded with progress, then asked for their alternative text.
import { signal } from "@preact/signals";
import { blank } from "./blank";
import { after, find, type Place } from "./document";
import { Refusal, upload, type Media } from "./http";
import { props, t } from "./props";
import { add, content, run, select, sheet, toast } from "./store";

export interface Upload { name: string; done: number }

export const uploads = signal<Upload[]>([]); // those on their way
export const wantsAlt = signal<string | null>(null); // the image block just filled

export const types = "image/png,image/jpeg,image/gif,image/webp"; // what the server makes a picture of

// pickFile uploads a file into a field of a block.
export async function pickFile(blockID: string, path: string, file: File): Promise<void> {
  const media = await send(file);
  if (!media) return;
  run({ do: "set", id: blockID, path, value: media.asset });
  if (path === "asset") askAlt(blockID);
}

// dropFiles uploads files dropped on the canvas or pasted: one into the image it fell on, else each as a new block.
export async function dropFiles(files: File[], on: string | null, at?: Place): Promise<void> {
  const target = files.length === 1 ? find(content.value.document, on)?.block : undefined;
  for (const file of files) {
    const media = await send(file);
    if (!media) continue;
    if (target?.type === "image") {
      run({ do: "set", id: target.id, path: "asset", value: media.asset });
      askAlt(target.id);
      continue;
    }
    const image = { ...blank("image"), asset: media.asset, alt: media.alt };
    add(image, at ?? after(content.value.document, on, "image"));
    [on, at] = [image.id, undefined];
    askAlt(image.id);
  }
}

// picturesOf are the pictures somebody pastes; none where words come along, as out of a text program.
export function picturesOf(data: DataTransfer | null): File[] {
  if (!data || data.types.includes("text/html") || data.types.includes("text/plain")) return [];
  return [...data.files].filter((f) => f.type.startsWith("image/"));
}

// send uploads one file and says what became of it.
export async function send(file: File): Promise<Media | undefined> {
  const mine: Upload = { name: file.name || t("Picture"), done: 0 };
  const others = () => uploads.value.filter((u) => u.name !== mine.name);
  uploads.value = [...others(), mine];
  try {
    const media = await upload(props.urls.media, file, (done) => { uploads.value = [...others(), { ...mine, done }]; });
    toast(`${mine.name}: ${media.said}`);
    return media;
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    toast(`${mine.name}: ${e.message}`, { bad: true });
    return undefined;
  } finally {
    uploads.value = others();
  }
}

function askAlt(id: string): void {
  const image = find(content.value.document, id)?.block;
  if (image?.type !== "image" || image.alt || image.decorative) return;
  select(id);
  sheet.value = "block";
  wantsAlt.value = id;
}
