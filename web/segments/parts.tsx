// Small parts that all others are made of.
import type { ButtonHTMLAttributes } from "preact";
import { props } from "./props";

export function Icon({ name }: { name: string }) {
  return <svg class="icon" aria-hidden="true" focusable="false"><use href={`${props.urls.icons}#${name}`} /></svg>;
}

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "label" | "type"> { icon: string; label: string; keys?: string; text?: boolean }

// IconButton is named by its label, which stands beside the icon when asked.
export function IconButton({ icon, label, keys, text, class: extra, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} class={`${text ? "" : "sb-icon"} ${extra ?? ""}`} title={keys ? `${label} (${keys})` : label}
      {...(text ? {} : { "aria-label": label })} {...(keys ? { "aria-keyshortcuts": keys.replace("Ctrl", "Control").replace("↑", "ArrowUp").replace("↓", "ArrowDown") } : {})}>
      <Icon name={icon} />{text && <span>{label}</span>}
    </button>
  );
}

interface SelectProps { label: string; value: string; options: [string, string][]; onChange: (value: string) => void; class?: string; invalid?: boolean; described?: string | undefined }

// Select is a choice that stands in a sentence.
export function Select({ label, value, options, onChange, class: extra, invalid, described }: SelectProps) {
  return (
    <select class={`sb-select ${extra ?? ""}`} aria-label={label} title={label} value={value} onChange={(e) => onChange(e.currentTarget.value)} {...faulty(invalid, described)}>
      {options.map(([key, name]) => <option key={key} value={key} selected={key === value}>{name}</option>)}
    </select>
  );
}

// faulty marks an input whose rule has something wrong.
export function faulty(invalid: boolean | undefined, described: string | undefined) {
  return invalid ? { "aria-invalid": "true" as const, ...(described ? { "aria-describedby": described } : {}) } : {};
}

interface NumberProps { label: string; value: number; least?: number; onInput: (value: number) => void; invalid?: boolean; described?: string | undefined }

// NumberBox takes a whole number; what is none changes nothing.
export function NumberBox({ label, value, least = 0, onInput, invalid, described }: NumberProps) {
  return (
    <input class="sb-number" type="number" inputMode="numeric" min={least} max={1_000_000} step={1} aria-label={label} title={label} value={value} required
      onInput={(e) => { const n = e.currentTarget.valueAsNumber; if (Number.isInteger(n) && n >= 0) onInput(n); }}
      onBlur={(e) => { if (!e.currentTarget.validity.valid) e.currentTarget.value = String(value); }} {...faulty(invalid, described)} />
  );
}
