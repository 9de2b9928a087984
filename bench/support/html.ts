/** The rows of a run as one page with plots, which needs nothing else. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { htmlPage } from "../../load/report/html.ts";
import type { BenchResult } from "./compare.ts";

const PAGE = new URL("./page/", import.meta.url);

export function pageOfBench(result: BenchResult): string {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string | URL) => readFileSync(file, "utf8");
  return htmlPage("Muster: benchmark", result, {
    scripts: [read(resolve("uplot/dist/uPlot.iife.min.js")), read(new URL("page.js", PAGE))],
    styles: [read(resolve("uplot/dist/uPlot.min.css")), read(new URL("page.css", PAGE))],
  });
}
