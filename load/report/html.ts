/** The report as one page that needs nothing else: no network, no other file. */
import { createHash } from "node:crypto";
import type { LoadResult } from "./result.ts";

export interface PageAssets {
  /** The plots' own script and styles, and the page's. */
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
/** Nothing in it can end its element. */
const embedded = (value: unknown) => JSON.stringify(value).replace(/</g, "\\u003c");

export const htmlOfResult = (result: LoadResult, assets: PageAssets): string =>
  htmlPage(`${result.scenario.name}: load report`, result, assets);

/** @param data what the page's script finds as JSON in the element `result` */
export function htmlPage(title: string, data: object, { scripts, styles }: PageAssets): string {
  const script = scripts.join("\n;\n");
  const style = styles.join("\n");
  // The page can load nothing, and runs nothing else.
  const policy = `default-src 'none'; img-src data:; style-src ${hashOf(style)}; script-src ${hashOf(script)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main></main>
<noscript>This report shows its plots and tables with JavaScript.</noscript>
<script type="application/json" id="result">${embedded(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}
