/** Reads what the report's page is made of. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { htmlOfResult } from "../../../load/report/html.ts";
import type { LoadResult } from "../../../load/report/result.ts";

const PAGE = new URL("../../../load/report/page/", import.meta.url);

export async function makePage(result: LoadResult): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string | URL) => readFile(file, "utf8");
  const [plots, plotStyle, page, pageStyle] = await Promise.all([
    read(resolve("uplot/dist/uPlot.iife.min.js")),
    read(resolve("uplot/dist/uPlot.min.css")),
    read(new URL("page.js", PAGE)),
    read(new URL("page.css", PAGE)),
  ]);
  return htmlOfResult(result, { scripts: [plots, page], styles: [plotStyle, pageStyle] });
}
