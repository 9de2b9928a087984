/** A form made of a command's schema: a field for each property, and JSON where a property is not a simple value. */

const typesOf = (schema) => (schema.anyOf ?? [schema]).map(({ type, const: only }) => type ?? typeof only);

/** The texts or numbers that a value is one of; undefined where it is not such a choice. */
function choicesOf(schema) {
  if (schema.enum) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  const all = schema.anyOf?.map(({ const: only }) => only);
  return all?.every((one) => one !== undefined) ? all : undefined;
}

function hintOf(schema) {
  const parts = [];
  if (schema.minLength !== undefined || schema.maxLength !== undefined)
    parts.push(`${schema.minLength ?? 0}–${schema.maxLength ?? "any"} characters`);
  if (schema.minimum !== undefined || schema.maximum !== undefined)
    parts.push(`${schema.minimum ?? "any"} to ${schema.maximum ?? "any"}`);
  return parts.join(", ");
}

/** @returns the element, and a function that gives its value: undefined where it is left empty; throws where it is none */
function fieldOf(name, schema) {
  const choices = choicesOf(schema);
  const types = typesOf(schema);
  if (choices !== undefined || types.every((type) => type === "boolean")) {
    const element = document.createElement("select");
    const values = choices ?? [true, false];
    element.append(
      new Option("", ""),
      ...values.map((value) => new Option(String(value), JSON.stringify(value))),
    );
    return { element, read: () => (element.value === "" ? undefined : JSON.parse(element.value)) };
  }
  if (types.every((type) => type === "integer" || type === "number")) {
    const element = document.createElement("input");
    Object.assign(element, { type: "number", step: types.includes("number") ? "any" : "1" });
    return { element, read: () => (element.value === "" ? undefined : Number(element.value)) };
  }
  if (types.every((type) => type === "string")) {
    const element = document.createElement("input");
    return { element, read: () => (element.value === "" ? undefined : element.value) };
  }
  const element = document.createElement("textarea");
  element.spellcheck = false;
  return {
    element,
    read() {
      const text = element.value.trim();
      if (text === "") return undefined;
      try {
        return JSON.parse(text);
      } catch {
        // A bare word where text is allowed too.
        if (!/^[[{"]/.test(text) && types.some((type) => type === "string" || type === "undefined"))
          return text;
        throw new Error(`${name}: this is not JSON`);
      }
    },
  };
}

/** The schema as an object's: of an intersection, the properties of all its parts. */
function objectOf(schema) {
  const parts = schema.allOf ?? [schema];
  return {
    properties: Object.assign({}, ...parts.map((part) => part.properties ?? {})),
    required: parts.flatMap((part) => part.required ?? []),
  };
}

/**
 * Fills `container` with fields.
 * @param suggestions texts for a field of this name, such as the names of games
 * @returns reads the payload. It throws an Error that says which field is wrong
 */
export function makeForm(container, schema, suggestions = {}) {
  const { properties, required } = objectOf(schema);
  const fields = Object.entries(properties).map(([name, one]) => {
    const { element, read } = fieldOf(name, one);
    const label = document.createElement("label");
    const title = document.createElement("span");
    title.textContent = name;
    label.className = required.includes(name) ? "required" : "";
    label.append(title, element);
    element.name = name;
    element.placeholder = hintOf(one) || (element.tagName === "TEXTAREA" ? "JSON" : "");
    if (suggestions[name]) {
      const list = document.createElement("datalist");
      list.id = `list-${name}-${Math.random().toString(36).slice(2)}`;
      list.append(...suggestions[name].map((value) => new Option(value)));
      element.setAttribute("list", list.id);
      label.append(list);
    }
    return { name, label, read };
  });
  container.replaceChildren(...fields.map(({ label }) => label));
  return () => {
    const payload = {};
    for (const { name, read } of fields) {
      const value = read();
      if (value !== undefined) payload[name] = value;
    }
    return payload;
  };
}
