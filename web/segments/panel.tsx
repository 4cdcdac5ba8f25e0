// Whom the rule means now: how many, in words, and some of them.
import { again, count, counting, failed, writable, type Said } from "./count";
import { Icon } from "./parts";
import { n, number, props, t } from "./props";
import { unread } from "./store";

export function Panel() {
  const c = count.value, known = c && c.problems.length === 0 && !unread.value;
  return (
    <section class="card reach sb-reach" aria-labelledby="sb-found">
      <div role="status" aria-live="polite"><h2 id="sb-found">{heading()}</h2></div>
      {failed.value && <p class="note bad"><Icon name="circle-alert" /><span>{failed.value} <button type="button" class="link" onClick={again}>{t("Try again")}</button></span></p>}
      {known && <p class="muted">{t("of %s subscribers", number(c.of))}{c.of > 0 ? `, ${share(c.people, c.of)}` : ""}</p>}
      {known && c.people > 0 && writable.value !== undefined && <p class={`sb-writable muted ${counting.value ? "sb-old" : ""}`}>{n("%d of them can be written to", writable.value, number(writable.value))}</p>}
      {c && !unread.value && (c.said.rules?.length ?? 0) > 0 && <div class="sb-inwords"><h3>{t("In words")}</h3><p>{c.said.text}:</p><Words rules={c.said.rules ?? []} /></div>}
      {known && c.sample.length > 0 && <><h3>{t("Some of them")}</h3>
        <ul class={`rows people-sample ${counting.value ? "sb-old" : ""}`}>{c.sample.map((p) => <li key={p.id}><a href={`/subscribers/${p.id}`}>{p.name || p.email}</a>{p.name && <span class="muted">{p.email}</span>}</li>)}</ul></>}
    </section>
  );
}

function heading() {
  const c = count.value;
  if (unread.value || (c && c.problems.length > 0 && !counting.value)) return <>{t("Not a rule yet")}</>;
  if (counting.value || !c) return <><span class="big sb-old">{c && c.problems.length === 0 ? number(c.people) : "…"}</span> <span class="sb-counting"><Icon name="loader-circle" />{t("counting…")}</span></>;
  return <><span class="big">{number(c.people)}</span> {t("are in it now")}</>;
}

function share(part: number, whole: number): string {
  return new Intl.NumberFormat(props.uiLang, { style: "percent", maximumFractionDigits: 1 }).format(part / whole);
}

function Words({ rules }: { rules: Said[] }) {
  return <ul class="said">{rules.map((one, i) => <li key={i}>{one.text}{one.rules?.length ? <Words rules={one.rules} /> : null}</li>)}</ul>;
}

// Short is the count in a line.
export function Short() {
  const c = count.value;
  if (unread.value || !c || c.problems.length > 0) return <span class="muted">{counting.value ? t("counting…") : t("Not a rule yet")}</span>;
  return <span class={counting.value ? "sb-old" : ""}><b>{n("%d people", c.people, number(c.people))}</b></span>;
}
