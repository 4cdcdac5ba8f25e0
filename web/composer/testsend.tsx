// Test letters: to whom, as whom, and what the mail server said of each.
import { useId, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { post, Refusal } from "./http";
import { Icon } from "./icons";
import { PersonSearch } from "./people";
import { n, props, t, type Person } from "./props";
import { body } from "./save";

const REMEMBERED = "keepsake.test-to";
const MOST = 10;

interface Result { to: string; state: "busy" | "done" | "failed"; text: string }

// addresses are those that were typed, each once.
export function addresses(typed: string): string[] {
  return [...new Set(typed.split(/[\s,;]+/).filter(Boolean))];
}

function remembered(): string {
  try { return localStorage.getItem(REMEMBERED) || props.seeds?.join(", ") || (props.me ?? ""); } catch { return props.me ?? ""; }
}

export function TestSend() {
  const [typed, setTyped] = useState(remembered);
  const [person, setPerson] = useState<Person | null>(null);
  const [results, setResults] = useState<Result[]>([]);
  const [kept, setKept] = useState("");
  const id = useId();
  const to = addresses(typed);
  const busy = results.some((r) => r.state === "busy");
  const send = async (e: Event) => {
    e.preventDefault();
    try { localStorage.setItem(REMEMBERED, typed); } catch { /* only a convenience */ }
    setResults(to.map((one) => ({ to: one, state: "busy", text: "" })));
    for (const one of to) {
      const result = await attempt(one, person);
      setResults((all) => all.map((r) => (r.to === one ? result : r)));
    }
  };
  const keep = async () => {
    try {
      await post(props.urls.seeds!, { seeds: to });
      props.seeds = to;
      setKept(t("Saved for everybody who writes letters here."));
    } catch (e) {
      setKept(e instanceof Refusal ? e.message : t("Something went wrong."));
    }
  };
  return (
    <Dialog title={t("Send a test")}>
      <form class="kc-test" onSubmit={(e) => void send(e)}>
        <label class="kc-label" for={id}>{t("To")}</label>
        <input id={id} class="kc-input" type="email" multiple required autocomplete="email" value={typed} autofocus aria-describedby={`${id}-h`}
          onInput={(e) => { setTyped(e.currentTarget.value); setKept(""); }} />
        <p class={`kc-hint ${to.length > MOST ? "kc-bad" : ""}`} id={`${id}-h`}>{to.length > MOST ? t("At most %d addresses at once.", MOST) : t("Several addresses with commas between them, at most %d.", MOST)}</p>
        {props.urls.seeds && (
          <p class="kc-row">
            {!!props.seeds?.length && props.seeds.join() !== to.join() && <button type="button" class="kc-link" onClick={() => setTyped(props.seeds!.join(", "))}>{n("Use the saved list (%d)", props.seeds.length)}</button>}
            {to.length > 0 && to.length <= MOST && props.seeds?.join() !== to.join() && <button type="button" class="kc-link" onClick={() => void keep()}>{t("Save as the list for tests")}</button>}
            {kept && <span class="kc-hint" role="status">{kept}</span>}
          </p>
        )}
        <details class="kc-fold"><summary><Icon name="chevron-right" />{t("With the values of a subscriber")}{person ? `: ${person.name || person.email}` : ""}</summary>
          <PersonSearch person={person} choose={setPerson} /></details>
        <button type="submit" class={`kc-btn kc-primary ${busy ? "kc-busy" : ""}`} disabled={busy || to.length > MOST}>
          <Icon name={busy ? "loader-circle" : "send"} /><span>{busy ? t("Sending") : t("Send the test")}</span>
        </button>
        <div role="status" class="kc-results">
          {results.map((r) => (
            <p key={r.to} class={`kc-note ${r.state === "done" ? "kc-good" : r.state === "failed" ? "kc-bad" : ""}`}>
              <Icon name={{ done: "circle-check", failed: "circle-alert", busy: "loader-circle" }[r.state]} />
              <span><b>{r.to}</b> {said(r)}</span></p>
          ))}
        </div>
      </form>
    </Dialog>
  );
}

function said(r: Result): string {
  switch (r.state) {
    case "busy": return t("Sending");
    case "failed": return `${t("Not sent.")} ${r.text}`;
    case "done": return `${t("Sent.")} ${r.text && t("The mail server said: %s", r.text)}`;
  }
}

async function attempt(to: string, person: Person | null): Promise<Result> {
  try {
    const answer = await post<{ ok: boolean; reply: string }>(props.urls.test, { to, ...body(), ...(person ? { person: person.id } : {}) });
    return { to, state: answer.ok ? "done" : "failed", text: answer.reply ?? "" };
  } catch (e) {
    return { to, state: "failed", text: e instanceof Refusal ? e.message : t("Something went wrong.") };
  }
}
