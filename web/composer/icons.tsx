// Icons from the sprite, and the buttons that carry them.
import { props } from "./props";
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";

export function Icon({ name }: { name: string }) {
  return <svg class="kc-icon" aria-hidden="true" focusable="false"><use href={`${props.urls.icons ?? "/static/icons.svg"}#${name}`} /></svg>;
}

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "label" | "type"> {
  icon: string;
  label: string;
  keys?: string;
  on?: boolean;
  text?: boolean;
  children?: ComponentChildren;
}

// IconButton is named by its label, shown as text when asked; `on` makes it a toggle.
export function IconButton({ icon, label, keys, on, text, class: extra, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} class={`kc-ib ${text ? "kc-ib-text" : ""} ${extra ?? ""}`} title={keys ? `${label} (${keys})` : label}
      {...(text ? {} : { "aria-label": label })} {...(on === undefined ? {} : { "aria-pressed": on ? "true" : "false" })}
      {...(keys ? { "aria-keyshortcuts": keys.replace("Ctrl", "Control") } : {})}>
      <Icon name={icon} />{text && <span>{label}</span>}{children}
    </button>
  );
}
