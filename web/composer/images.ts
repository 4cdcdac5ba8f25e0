// Pictures: chosen or dropped, uploaded with progress, then asked for their alternative text.
import { signal } from "@preact/signals";
import { blank } from "./blank";
import { after, find, type Place } from "./document";
import { Refusal, upload, type Media } from "./http";
import { props, t } from "./props";
import { add, content, run, select, sheet, toast } from "./store";

export const uploading = signal<{ name: string; done: number } | null>(null);
export const wantsAlt = signal<string | null>(null); // the image block just filled

const types = "image/png,image/jpeg,image/gif"; // what the server reads

// pickFile uploads the given file, or one the person chooses, into a field of a block.
export async function pickFile(blockID: string, path: string, given?: File): Promise<void> {
  const file = given ?? (await choose());
  const media = file && (await send(file));
  if (!media) return;
  run({ do: "set", id: blockID, path, value: media.asset });
  askAlt(blockID);
}

// dropFile uploads a file dropped on the canvas: into the image it fell on, else as a new block.
export async function dropFile(file: File, on: string | null, at?: Place): Promise<void> {
  const target = find(content.value.document, on)?.block;
  const media = await send(file);
  if (!media) return;
  if (target?.type === "image") {
    run({ do: "set", id: target.id, path: "asset", value: media.asset });
    return askAlt(target.id);
  }
  const image = { ...blank("image"), asset: media.asset };
  add(image, at ?? after(content.value.document, on, "image"));
  askAlt(image.id);
}

function choose(): Promise<File | undefined> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = types;
    input.onchange = () => resolve(input.files?.[0]);
    input.oncancel = () => resolve(undefined);
    input.click();
  });
}

async function send(file: File): Promise<Media | undefined> {
  if (!types.split(",").includes(file.type)) {
    toast(t("Pictures can be PNG, JPEG or GIF."), { bad: true });
    return undefined;
  }
  uploading.value = { name: file.name, done: 0 };
  try {
    return await upload(props.urls.media, file, (done) => (uploading.value = { name: file.name, done }));
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    toast(e.message, { bad: true });
    return undefined;
  } finally {
    uploading.value = null;
  }
}

function askAlt(id: string): void {
  const image = find(content.value.document, id)?.block;
  if (image?.type !== "image" || image.alt || image.decorative) return;
  select(id);
  sheet.value = "block";
  wantsAlt.value = id;
}
