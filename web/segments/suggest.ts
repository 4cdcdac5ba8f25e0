// Values that people have, asked of the server and remembered.
import { get } from "./http";
import { props } from "./props";

export interface Suggestion { value: string; label?: string; count?: number }
export interface Suggestions { values: Suggestion[]; sampled: boolean }

const known = new Map<string, Suggestions>();

export async function suggest(of: string, field: string, search: string, signal: AbortSignal): Promise<Suggestions> {
  const query = new URLSearchParams({ field, ...(of ? { of } : {}), ...(search ? { q: search } : {}) }).toString();
  const before = known.get(query);
  if (before) return before;
  const answer = await get<Suggestions>(`${props.urls.values}?${query}`, signal);
  if (known.size > 500) known.clear();
  known.set(query, answer);
  return answer;
}
