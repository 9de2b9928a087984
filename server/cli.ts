#!/usr/bin/env node
/** `muster`: the command line. */
import { runCommand } from "./commands/index.ts";

const code = await runCommand(process.argv.slice(2));
// A server that runs ends by itself.
if (code !== undefined) process.exitCode = code;
