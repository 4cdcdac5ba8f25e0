// When, and how often.
import { NumberBox, Select, faulty } from "./parts";
import { around, n, t, type TestOf } from "./props";
import type { Span, Times } from "./rule";

const units = ["hours", "days", "weeks", "months", "years"];

// rolling is a span that moves with the clock, as a sentence; each id stands as a whole, for the catalogue to know it.
function rolling(way: "last" | "next", unit: string, count: number): string {
  if (way === "next") {
    switch (unit) {
      case "weeks": return n("in the next %d weeks", count);
      case "months": return n("in the next %d months", count);
      case "years": return n("in the next %d years", count);
    }
    return n("in the next %d days", count);
  }
  switch (unit) {
    case "hours": return n("in the last %d hours", count);
    case "weeks": return n("in the last %d weeks", count);
    case "months": return n("in the last %d months", count);
    case "years": return n("in the last %d years", count);
  }
  return n("in the last %d days", count);
}

function kindOf(s: Span | undefined): string {
  if (!s) return "";
  if (s.last !== undefined) return "last";
  if (s.next !== undefined) return "next";
  if (s.from !== undefined && s.to !== undefined) return "between";
  return s.from !== undefined ? "from" : "to";
}

interface SpanProps { asked: TestOf; sort: string; span: Span | undefined; onChange: (span: Span | undefined, key: string) => void; invalid: boolean; described: string | undefined }

export function When({ asked, sort, span, onChange, invalid, described }: SpanProps) {
  const kind = kindOf(span), count = span?.last ?? span?.next ?? 30, unit = span?.unit ?? "days";
  const kinds: [string, string][] = [
    ...(asked.span === "may" ? [["", t("at any time")] as [string, string]] : []),
    ["last", around(rolling("last", unit, count), count)[0]],
    ...(asked.ahead ? [["next", around(rolling("next", unit, count), count)[0]] as [string, string]] : []),
    ["between", t("between two days")], ["from", t("since")], ["to", t("up to")],
  ];
  const turn = (to: string) => {
    const day = { from: span?.from ?? "", to: span?.to ?? "" };
    const whole = unit === "hours" && to === "next" ? "days" : unit;
    onChange({ "": undefined, last: { last: count, unit }, next: { next: count, unit: whole }, between: day, from: { from: day.from }, to: { to: day.to } }[to], "");
  };
  const offered = units.filter((u) => u !== "hours" || sort !== "date");
  return (
    <span class="sb-part">
      <Select label={t("When")} value={kind} options={kinds} onChange={turn} invalid={invalid} described={described} />
      {(kind === "last" || kind === "next") && <>
        <NumberBox label={t("How many")} value={count} least={1} onInput={(v) => onChange({ ...span, [kind]: v }, "span")} invalid={invalid} described={described} />
        <Select label={t("Unit")} value={unit} options={offered.map((u) => [u, around(rolling(kind, u, count), count)[1]])} onChange={(u) => onChange({ ...span, unit: u }, "")} />
      </>}
      {(kind === "between" || kind === "from") && <Day label={t("First day")} value={span?.from ?? ""} onInput={(from) => onChange({ ...span, from }, "from")} invalid={invalid} described={described} />}
      {kind === "between" && <span>{t("and")}</span>}
      {(kind === "between" || kind === "to") && <Day label={t("Last day")} value={span?.to ?? ""} onInput={(to) => onChange({ ...span, to }, "to")} invalid={invalid} described={described} />}
    </span>
  );
}

function Day({ label, value, onInput, invalid, described }: { label: string; value: string; onInput: (day: string) => void; invalid: boolean; described: string | undefined }) {
  return <input class="sb-day" type="date" max="9999-12-31" aria-label={label} title={label} value={value} onInput={(e) => onInput(e.currentTarget.value)} {...faulty(invalid && !value, described)} />;
}

// times is how often, as a sentence; goods are counted in pieces.
function times(is: string, count: number, pieces: boolean): string {
  if (pieces) {
    switch (is) {
      case "at_most": return n("at most %d pieces", count);
      case "exactly": return n("exactly %d pieces", count);
    }
    return n("at least %d pieces", count);
  }
  switch (is) {
    case "at_most": return n("at most %d times", count);
    case "exactly": return n("exactly %d times", count);
  }
  return n("at least %d times", count);
}

interface TimesProps { is: string; pieces: boolean; times: Times | undefined; onChange: (times: Times | undefined, key: string) => void; invalid: boolean; described: string | undefined }

export function HowOften({ is, pieces, times: given, onChange, invalid, described }: TimesProps) {
  const count = given?.n ?? 2;
  const options: [string, string][] = [["", is === "did_not" ? t("even once") : t("once or more")],
    ...["at_least", "at_most", "exactly"].map((one): [string, string] => [one, around(times(one, count, pieces), count)[0]])];
  return (
    <span class="sb-part">
      <Select label={t("How often")} value={given?.is ?? ""} options={options} onChange={(to) => onChange(to ? { is: to, n: count } : undefined, "")} invalid={invalid} described={described} />
      {given && <>
        <NumberBox label={t("How many times")} value={count} onInput={(v) => onChange({ ...given, n: v }, "times")} invalid={invalid} described={described} />
        <span>{around(times(given.is, count, pieces), count)[1]}</span>
      </>}
    </span>
  );
}
