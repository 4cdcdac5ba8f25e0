// The test letter: to whom, as whom, and what the mail server said.
import { useId, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { post, Refusal } from "./http";
import { Icon } from "./icons";
import { PersonSearch } from "./people";
import { props, t, type Person } from "./props";
import { body } from "./save";

const REMEMBERED = "keepsake.test-to";

type Result = { state: "idle" | "busy" } | { state: "done" | "failed"; text: string };

export function TestSend() {
  const [to, setTo] = useState(() => { try { return localStorage.getItem(REMEMBERED) || (props.me ?? ""); } catch { return props.me ?? ""; } });
  const [person, setPerson] = useState<Person | null>(null);
  const [result, setResult] = useState<Result>({ state: "idle" });
  const id = useId();
  const send = async (e: Event) => {
    e.preventDefault();
    setResult({ state: "busy" });
    try { localStorage.setItem(REMEMBERED, to); } catch { /* only a convenience */ }
    setResult(await attempt(to, person));
  };
  return (
    <Dialog title={t("Send a test")}>
      <form class="kc-test" onSubmit={(e) => void send(e)}>
        <label class="kc-label" for={id}>{t("To")}</label>
        <input id={id} class="kc-input" type="email" required autocomplete="email" value={to} autofocus onInput={(e) => setTo(e.currentTarget.value)} />
        <details><summary class="kc-label">{t("With the values of a subscriber")}{person ? `: ${person.name || person.email}` : ""}</summary>
          <PersonSearch person={person} choose={setPerson} /></details>
        <button type="submit" class="kc-btn kc-primary" disabled={result.state === "busy"}>
          <Icon name={result.state === "busy" ? "loader-circle" : "send"} /><span>{result.state === "busy" ? t("Sending") : t("Send the test")}</span>
        </button>
        <div role="status">
          {result.state === "done" && <p class="kc-note kc-good"><Icon name="circle-check" /><span>{t("Sent.")} {result.text && t("The mail server said: %s", result.text)}</span></p>}
          {result.state === "failed" && <p class="kc-note kc-bad"><Icon name="circle-alert" /><span>{t("Not sent.")} {result.text}</span></p>}
        </div>
      </form>
    </Dialog>
  );
}

async function attempt(to: string, person: Person | null): Promise<Result> {
  try {
    const answer = await post<{ ok: boolean; reply: string }>(props.urls.test, { to, ...body(), ...(person ? { person: person.id } : {}) });
    return { state: answer.ok ? "done" : "failed", text: answer.reply ?? "" };
  } catch (e) {
    return { state: "failed", text: e instanceof Refusal ? e.message : t("Something went wrong.") };
  }
}
