// Days and times of day in the browser's own inputs, and the time zone they are meant in.
import { props } from "./props";

interface Props { id: string; value: string; onChange: (value: string) => void }

export function Moment({ id, value, onChange }: Props) {
  return <input id={id} class="kc-input" type="datetime-local" value={value.length === 10 ? `${value}T00:00` : value} onChange={(e) => onChange(e.currentTarget.value.slice(0, 16))} />;
}

export function Day({ id, value, onChange }: Props) {
  return <input id={id} class="kc-input" type="date" value={value.slice(0, 10)} onChange={(e) => onChange(e.currentTarget.value)} />;
}

// Zone is a choice of all zones the browser knows, the shop's first, then the reader's.
export function Zone({ id, value, onChange }: Props) {
  const all = [props.shopZone!, props.zone!, "UTC", ...Intl.supportedValuesOf("timeZone")].filter((z, i, list) => list.indexOf(z) === i);
  return (
    <select id={id} class="kc-input" value={value || "UTC"} onChange={(e) => onChange(e.currentTarget.value)}>
      {all.map((z) => <option key={z} value={z}>{z.replaceAll("_", " ")}</option>)}
      {value && !all.includes(value) && <option value={value}>{value}</option>}
    </select>
  );
}
