// The inputs that settings are made of.
import { useId, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { Icon, IconButton } from "./icons";
import { LineField } from "./linefield";
import { pickFile } from "./images";
import { chooseFor } from "./library";
import { Day, Moment, Zone } from "./moments";
import { props, t } from "./props";
import { RichField } from "./richfield";
import type { Choice, Field } from "./schemas";
import type { Rich } from "./document";

interface Props { field: Field; value: unknown; onChange: (value: unknown) => void; blockID?: string }

export function Input({ field, value, onChange, blockID = "" }: Props) {
  switch (field.as) {
    case "line": return <Labelled {...field}>{(id) => <LineField id={id} label={field.name} value={String(value ?? "")} onChange={onChange} />}</Labelled>;
    case "url": return <Url field={field} value={String(value ?? "")} onChange={onChange} />;
    case "plain": return <Labelled {...field}>{(id) => <input id={id} class="kc-input" value={String(value ?? "")} placeholder={field.placeholder} onInput={(e) => onChange(e.currentTarget.value)} />}</Labelled>;
    case "number": return <Num field={field} value={Number(value ?? field.preset)} unset={value === undefined} onChange={onChange} />;
    case "choice": return <Choices name={field.name} choices={field.choices} value={(value ?? field.preset) as string | number} onChange={onChange} />;
    case "toggle": return <Toggle {...field} value={Boolean(value ?? field.preset)} onChange={onChange} />;
    case "rich": return <Labelled {...field}>{(id) => <RichField id={id} label={field.name} value={value as Rich | undefined} onChange={onChange} />}</Labelled>;
    case "code": return <Labelled {...field}>{(id) => <textarea id={id} class="kc-input kc-area" rows={10} spellcheck={false} wrap="off" value={String(value ?? "")} onInput={(e) => onChange(e.currentTarget.value)} />}</Labelled>;
    case "select": return <Select field={field} value={String(value || field.preset)} onChange={onChange} />;
    case "checks": return <Checks name={field.name} choices={field.choices} value={(value as string[] | undefined) ?? []} onChange={onChange} />;
    case "moment": return <Labelled {...field}>{(id) => <Moment id={id} value={String(value ?? "")} onChange={onChange} />}</Labelled>;
    case "day": return <Labelled {...field}>{(id) => <Day id={id} value={String(value ?? "")} onChange={onChange} />}</Labelled>;
    case "zone": return <Labelled {...field}>{(id) => <Zone id={id} value={String(value ?? "")} onChange={onChange} />}</Labelled>;
    case "value": return <ValueSelect field={field} value={String(value ?? "")} onChange={onChange} />;
    case "color": return <Colour name={field.name} value={String(value ?? "")} preset={field.preset} onChange={onChange} />;
    case "ground": return <Ground name={field.name} value={String(value ?? "")} onChange={onChange} />;
    case "image": return <Picture name={field.name} asset={String(value ?? "")} path={field.path} blockID={blockID} onChange={onChange} />;
    case "layout": case "list": return null; // drawn by settings.tsx: they change more than one value
  }
}

export function Labelled({ name, hint, children }: { name: string; hint?: string; children: (id: string) => ComponentChildren }) {
  const id = useId();
  return (
    <div class="kc-field">
      <label class="kc-label" for={id} onClick={() => document.getElementById(id)?.focus()}>{name}</label>
      {children(id)}
      {hint && <p class="kc-hint">{hint}</p>}
    </div>
  );
}

const web = /^(https?:\/\/|mailto:|tel:|\{\{|#|$)/i;

function Url({ field, value, onChange }: { field: Field; value: string; onChange: (v: string) => void }) {
  const odd = !web.test(value.trim());
  const finish = (e: Event) => {
    const typed = (e.currentTarget as HTMLInputElement).value.trim();
    if (/^[\w-]+(\.[\w-]+)+(\/|$|\?)/.test(typed)) onChange("https://" + typed);
  };
  return (
    <Labelled {...field}>{(id) => <>
      <input id={id} class="kc-input" type="url" inputMode="url" value={value} placeholder="https://" aria-invalid={odd ? "true" : "false"}
        onInput={(e) => onChange(e.currentTarget.value.trim())} onBlur={finish} />
      {odd && <p class="kc-hint kc-bad">{t("A link begins with https://")}</p>}
    </>}</Labelled>
  );
}

function Num({ field, value, unset, onChange }: { field: Extract<Field, { as: "number" }>; value: number; unset: boolean; onChange: (v: number) => void }) {
  const held = (v: number) => Math.min(field.max, Math.max(field.min, Math.round(v) || 0));
  const shown = field.zero && value === 0 ? "" : unset ? "" : String(value);
  const typed = useTyped(shown, (input) => onChange(held(input.valueAsNumber)));
  return (
    <Labelled name={field.name}>{(id) => (
      <div class="kc-num">
        <input type="range" aria-label={field.name} min={field.min} max={field.max} value={value} onInput={(e) => onChange(held(e.currentTarget.valueAsNumber))} />
        <span class="kc-px">
          <input id={id} class="kc-input" type="number" min={field.min} max={field.max} placeholder={field.zero ?? t("auto")} {...typed} />
          <i aria-hidden="true">{field.unit ?? "px"}</i>
        </span>
      </div>
    )}</Labelled>
  );
}

// useTyped is for an input that is read when it is left. Until then it keeps what is typed: each drawing in between, as
// when a save was answered, would put the old value back.
function useTyped(value: string, done: (input: HTMLInputElement) => void) {
  const [typed, setTyped] = useState<string>();
  type On = { currentTarget: HTMLInputElement };
  return { value: typed ?? value, onInput: (e: On) => setTyped(e.currentTarget.value), onBlur: () => setTyped(undefined),
    onChange: (e: On) => { done(e.currentTarget); setTyped(undefined); } };
}

// Choices is a segmented control: one radio group.
export function Choices({ name, choices, value, onChange, bare }: { name: string; choices: Choice[]; value: string | number; onChange: (v: string | number) => void; bare?: boolean }) {
  const id = useId();
  return (
    <div class="kc-field" role="radiogroup" aria-label={name}>
      {!bare && <span class="kc-label" aria-hidden="true">{name}</span>}
      <div class="kc-seg">
        {choices.map((c) => (
          <label key={c.value} class={c.value === value ? "on" : ""} title={c.name}>
            <input type="radio" class="kc-sr" name={id} checked={c.value === value} aria-label={c.name} onChange={() => onChange(c.value)} />
            {c.icon ? <Icon name={c.icon} /> : <span>{c.name}</span>}
          </label>
        ))}
      </div>
    </div>
  );
}

export function Toggle({ name, hint, value, onChange }: { name: string; hint?: string; value: boolean; onChange: (v: boolean) => void }) {
  return (
    <label class="kc-toggle">
      <input type="checkbox" role="switch" class="kc-sr" checked={value} aria-label={name} onChange={(e) => onChange(e.currentTarget.checked)} />
      <span class="kc-switch" aria-hidden="true" /><span>{name}{hint && <small class="kc-hint">{hint}</small>}</span>
    </label>
  );
}

function Select({ field, value, onChange }: { field: Extract<Field, { as: "select" }>; value: string; onChange: (v: string) => void }) {
  return (
    <Labelled {...field}>{(id) => (
      <select id={id} class="kc-input" value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {field.choices.map((c) => <option key={c.value} value={c.value}>{c.name}</option>)}
        {!field.choices.some((c) => c.value === value) && <option value={value}>{value}</option>}
      </select>
    )}</Labelled>
  );
}

// Checks is a group of checkboxes; the value keeps the order of the choices.
function Checks({ name, choices, value, onChange }: { name: string; choices: Choice[]; value: string[]; onChange: (v: string[]) => void }) {
  const turn = (one: string, on: boolean) => onChange(choices.map((c) => String(c.value)).filter((v) => (v === one ? on : value.includes(v))));
  return (
    <fieldset class="kc-field kc-checks">
      <legend class="kc-label">{name}</legend>
      {choices.map((c) => (
        <label key={c.value}><input type="checkbox" checked={value.includes(String(c.value))} onChange={(e) => turn(String(c.value), e.currentTarget.checked)} />{c.name}</label>
      ))}
    </fieldset>
  );
}

// ValueSelect names a personal value; none means the one that is meant for it.
function ValueSelect({ field, value, onChange }: { field: Field; value: string; onChange: (v: string) => void }) {
  const all = props.values.filter((v) => v.path.startsWith("subscriber.attributes.") || v.path.startsWith("data."));
  return (
    <Labelled {...field}>{(id) => (
      <select id={id} class="kc-input" value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        <option value="">{t("Found by itself")}</option>
        {all.map((v) => <option key={v.path} value={v.path}>{v.label}</option>)}
        {value && !all.some((v) => v.path === value) && <option value={value}>{value}</option>}
      </select>
    )}</Labelled>
  );
}

export function Colour({ name, value, preset, empty, onChange }: { name: string; value: string; preset: string; empty?: string; onChange: (v: string | undefined) => void }) {
  const shown = value || preset;
  const typed = useTyped(value, (input) => onChange(/^#[0-9a-f]{6}$/i.test(input.value.trim()) ? input.value.trim() : undefined));
  return (
    <Labelled name={name}>{(id) => (
      <div class="kc-colour">
        <span class={`kc-swatch ${shown ? "" : "none"}`} style={shown ? { backgroundColor: shown } : {}}>
          <datalist id={`${id}b`}>{[...new Set(Object.values(props.brand ?? {}).flatMap((c) => Object.values(c)))].map((c) => <option key={c} value={c} />)}</datalist>
          <input type="color" aria-label={name} list={`${id}b`} value={/^#[0-9a-f]{6}$/i.test(shown) ? shown : "#ffffff"} onInput={(e) => onChange(e.currentTarget.value)} />
        </span>
        <input id={id} class="kc-input" placeholder={empty || preset || t("none")} spellcheck={false} {...typed} />
        {value && <IconButton icon="x" label={t(empty ? "Follow the brand" : "Clear")} onClick={() => onChange(undefined)} />}
      </div>
    )}</Labelled>
  );
}

// Ground is a block's background: none, a tone that follows the theme into the dark, or a colour of its own.
function Ground({ name, value, onChange }: { name: string; value: string; onChange: (v: string | undefined) => void }) {
  const own = value !== "" && value !== "tint" && value !== "accent";
  return (
    <>
      <Choices name={name} value={own ? "own" : value} onChange={(v) => onChange(v === "own" ? "#f3efe6" : String(v) || undefined)}
        choices={[{ value: "", name: t("None") }, { value: "tint", name: t("Tint") }, { value: "accent", name: t("Accent") }, { value: "own", name: t("Own") }]} />
      {own && <Colour name={t("Own colour")} value={value} preset="" onChange={onChange} />}
    </>
  );
}

// assetURL is where a picture of the document is seen.
export function assetURL(asset: string): string {
  return /^(https?:|\/)/.test(asset) ? asset : `/media/${asset}`;
}

function Picture({ name, asset, path, blockID, onChange }: { name: string; asset: string; path: string; blockID: string; onChange: (v: string) => void }) {
  const over = (e: DragEvent) => e.preventDefault();
  const dropped = (e: DragEvent) => {
    e.preventDefault();
    const file = e.dataTransfer?.files[0];
    if (file) void pickFile(blockID, path, file);
  };
  return (
    <div class="kc-field" role="group" aria-label={name}>
      <span class="kc-label" aria-hidden="true">{name}</span>
      <div class={`kc-picture ${asset ? "" : "kc-empty"}`} onDragOver={over} onDrop={dropped}>
        {asset && <img src={assetURL(asset)} alt="" />}
        <div class="kc-row">
          <button type="button" class="kc-btn" onClick={() => chooseFor({ blockID, path, asset })}>
            <Icon name="image" /><span>{asset ? t("Replace") : t("Choose a picture")}</span>
          </button>
          {asset && <IconButton icon="trash-2" label={t("Remove the picture")} onClick={() => onChange("")} />}
        </div>
        {!asset && <p class="kc-hint">{t("or drop one here")}</p>}
      </div>
    </div>
  );
}
