/** For `npm run trace`: makes each function of the project's source say when it is entered. Runs after tsx has removed the types. */
import { parse } from "acorn";

const ROOT = new URL("../", import.meta.url).href;
const TRACED = /^(core|games|proto|middleware|namespaces|server|client)\//;

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const file = url.startsWith(ROOT) ? url.slice(ROOT.length).replace(/\?.*$/, "") : "";
  if (loaded.format !== "module" || !TRACED.test(file)) return loaded;
  return { ...loaded, source: instrumented(file, Buffer.from(loaded.source).toString()) };
}

/** @returns the code with a call of `globalThis.traceEnter(file, function)` at the start of each function */
function instrumented(file, code) {
  const inserts = [];
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }), undefined, (node, parent) => {
    const name = nameOf(node, parent);
    // A helper of esbuild that gives functions their names.
    if (name === "__name") return;
    const call = `globalThis.traceEnter?.(${JSON.stringify(file)},${JSON.stringify(name)})`;
    if (node.body.type === "BlockStatement") inserts.push([node.body.start + 1, `${call};`]);
    else inserts.push([node.body.start, `(${call},`], [node.body.end, ")"]);
  });
  let done = code;
  // Stable: of two at the same place, the inner function's comes second and goes first.
  for (const [at, text] of inserts.sort(([one], [other]) => other - one))
    done = done.slice(0, at) + text + done.slice(at);
  return done;
}

function visit(node, parent, onFunction) {
  if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type))
    onFunction(node, parent);
  for (const child of Object.values(node).flat())
    if (typeof child?.type === "string") visit(child, node, onFunction);
}

function nameOf(node, parent) {
  // esbuild writes `__name(() => {}, "name")`.
  if (parent.type === "CallExpression" && parent.callee.name === "__name") return parent.arguments[1].value;
  const named = node.id ?? (parent.type === "VariableDeclarator" ? parent.id : parent.key);
  return named?.name ?? "(anonymous)";
}
