// Fields and their tests, looked up.
import { props, type Field, type TestOf, type Type } from "./props";

const ATTRIBUTE = "attributes.";

// fieldOf finds a field: of what happened when that is given, else of a person. An attribute is there whatever its name.
export function fieldOf(name: unknown, of?: Field): Field | undefined {
  if (typeof name !== "string") return undefined;
  if (of) return of.where?.find((f) => f.name === name);
  if (!name.startsWith(ATTRIBUTE)) return props.fields.find((f) => f.name === name);
  return props.attributes?.find((f) => f.name === name) ?? attribute(name);
}

// attribute is one that nobody has yet.
function attribute(name: string): Field | undefined {
  const label = name.slice(ATTRIBUTE.length);
  return label ? { name, label: props.names[`attribute ${label}`] ?? label, shelf: "attributes", sort: "text", suggest: true, tests: props.types[0]!.tests } : undefined;
}

export function isAttribute(f: Field): boolean { return f.name.startsWith(ATTRIBUTE); }

// typesOf are the types a test of the field may state; none of most fields.
export function typesOf(f: Field): Type[] { return isAttribute(f) ? props.types : f.types ?? []; }

export function typeOf(f: Field, type: string | undefined): Type | undefined {
  return typesOf(f).find((one) => one.type === (type ?? ""));
}

export function sortOf(f: Field, type: string | undefined): string { return typeOf(f, type)?.sort ?? f.sort; }

export function testsOf(f: Field, type: string | undefined): TestOf[] {
  const types = typesOf(f);
  if (types.length === 0) return type === undefined ? f.tests : [];
  return typeOf(f, type)?.tests ?? [];
}

export function testOf(f: Field, type: string | undefined, is: unknown): TestOf | undefined {
  return testsOf(f, type).find((one) => one.is === is);
}

// allFields are those of a person that can be chosen, on their shelves.
export function allFields(): Field[] { return [...props.fields, ...(props.attributes ?? [])]; }
