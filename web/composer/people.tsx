// Finding the person that a preview or a test is made for.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { get, Refusal } from "./http";
import { Icon, IconButton } from "./icons";
import { props, t, type Person } from "./props";

const PAUSE = 150; // ms after the last key

export function PersonSearch({ person, choose }: { person: Person | null; choose: (p: Person | null) => void }) {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Person[]>([]);
  const [failed, setFailed] = useState("");
  const id = useId();
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => void look(query, abort.signal).then((r) => { if (!abort.signal.aborted) { setFound(r.people); setFailed(r.failed); } }), query ? PAUSE : 0);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [query]);
  const chosen = useRef<HTMLDivElement>(null);
  useEffect(() => chosen.current?.querySelector("button")?.focus(), [person]); // its own button is gone
  if (person) {
    return (
      <div class="kc-person on" ref={chosen}><Initial person={person} /><span><b>{person.name || person.email}</b><small>{person.email}</small></span>
        <IconButton icon="x" label={t("Somebody else")} onClick={() => choose(null)} /></div>
    );
  }
  return (
    <div class="kc-people">
      <div class="kc-search"><Icon name="search" />
        <input type="search" value={query} aria-label={t("Find a subscriber")} aria-controls={id} placeholder={t("Find a subscriber")} onInput={(e) => setQuery(e.currentTarget.value)} />
      </div>
      <ul id={id} aria-label={t("Subscribers")}>
        {found.slice(0, 6).map((p) => (
          <li key={p.id}><button type="button" class="kc-person" onClick={() => choose(p)}><Initial person={p} /><span><b>{p.name || p.email}</b><small>{p.email}</small></span></button></li>
        ))}
      </ul>
      {failed && <p class="kc-note kc-bad" role="alert">{failed}</p>}
      {!failed && found.length === 0 && <p class="kc-hint">{t("Nobody found.")}</p>}
    </div>
  );
}

function Initial({ person }: { person: Person }) {
  return <i class="kc-initial" aria-hidden="true">{(person.name || person.email).charAt(0).toUpperCase()}</i>;
}

async function look(query: string, signal: AbortSignal): Promise<{ people: Person[]; failed: string }> {
  try {
    const url = new URL(props.urls.people, location.href);
    url.searchParams.set("q", query);
    return { people: (await get<Person[] | null>(url.pathname + url.search, signal)) ?? [], failed: "" };
  } catch (e) {
    return { people: [], failed: e instanceof Refusal ? e.message : "" };
  }
}
