/** Which keys verify tokens, and whether they are fit for it. */
import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Algorithm, algorithmsOf, JWKS_ALGORITHMS } from "../auth/algorithms.ts";
import type { KeyMaterial } from "./config.ts";
import type { SettingPath } from "./tree.ts";
import type { Values } from "./values.ts";

/** RFC 7518: an HS256 key has at least as many bits as its hash. */
const MIN_SECRET_BYTES = 32;
const SOURCES = ["auth.secret", "auth.secret_file", "auth.public_key_file", "auth.jwks_url"] as const;
/** Words that stand where a secret should be. None is made of others, so that matching them takes linear time. */
const OBVIOUS =
  /^(secret|change|replace|me|this|please|default|dev|development|test|testing|example|sample|demo|password|pass|admin|muster|jwt|token|key|your|my|super|very|long|keyboard|cat|in|production|for|only|local|\d)+$/;

export interface KeyChoice {
  readonly keys: KeyMaterial;
  readonly algorithms: readonly Algorithm[];
}

/** Whether any key is configured, fit or not; decides the default of AUTH_MODE. */
export const hasKeys = (values: Values) => SOURCES.some((path) => values.isWritten(path));

/** True for words that people put where a secret should be, alone or in a row, and for a few characters repeated. */
export function isObvious(secret: string): boolean {
  return new Set(secret).size < 6 || OBVIOUS.test(secret.toLowerCase().replace(/[^a-z0-9]/g, ""));
}

export function chooseKeys(
  values: Values,
  context: { readonly cwd: string; readonly production: boolean },
  problems: string[],
  warnings: string[],
): KeyChoice {
  const given = SOURCES.filter((path) => values.isWritten(path));
  if (given.length > 1)
    problems.push(`${given.map(values.nameOf).join(", ")}: only one of them can hold the key of the tokens`);
  const keys = read(given[0], values, context, problems, warnings);
  return { keys, algorithms: chooseAlgorithms(keys, values, problems) };
}

function read(
  source: (typeof SOURCES)[number] | undefined,
  values: Values,
  context: { readonly cwd: string; readonly production: boolean },
  problems: string[],
  warnings: string[],
): KeyMaterial {
  if (source === undefined) return { kind: "dev" };
  if (source === "auth.jwks_url") {
    const url = values.get(source);
    if (url?.startsWith("http:") && context.production)
      problems.push(`${values.nameOf(source)}: keys must be fetched over https:// in production`);
    return url === undefined ? { kind: "dev" } : { kind: "jwks", url };
  }
  const value = values.get(source);
  if (value === undefined) return { kind: "dev" };
  const content =
    source === "auth.secret" ? value : readText(values, source, resolve(context.cwd, value), problems);
  if (content === undefined) return { kind: "dev" };
  if (source === "auth.public_key_file") return { kind: "publicKey", pem: content };
  checkSecret(content, values.nameOf(source), context.production ? problems : warnings);
  return { kind: "secret", secret: content };
}

/** A secret must be hard to guess; outside production it is only said. */
function checkSecret(secret: string, name: string, complaints: string[]): void {
  const bytes = Buffer.byteLength(secret);
  if (isObvious(secret))
    complaints.push(
      `${name}: the secret is one that anybody would guess; make one with: openssl rand -base64 48`,
    );
  else if (bytes < MIN_SECRET_BYTES)
    complaints.push(
      `${name}: the secret has ${bytes} bytes, and needs ${MIN_SECRET_BYTES}; make one with: openssl rand -base64 48`,
    );
}

function chooseAlgorithms(keys: KeyMaterial, values: Values, problems: string[]): readonly Algorithm[] {
  const wanted = values.get("auth.algorithms");
  const fitting = fittingAlgorithms(keys, values, problems);
  if (wanted === undefined || wanted.length === 0)
    return fitting.slice(0, keys.kind === "jwks" ? undefined : 1);
  const unfit = wanted.filter(
    (algorithm) => !fitting.includes(algorithm) && !isJwksAlgorithm(keys, algorithm),
  );
  if (unfit.length > 0 && fitting.length > 0)
    problems.push(
      `${values.nameOf("auth.algorithms")}: ${unfit.join(", ")} cannot be used with the configured key (${fitting.join(", ")} can)`,
    );
  return wanted;
}

/** Published keys are public ones: an HS algorithm would take a public key for a secret. */
const isJwksAlgorithm = (keys: KeyMaterial, algorithm: Algorithm) =>
  keys.kind === "jwks" && !algorithm.startsWith("HS");

function fittingAlgorithms(keys: KeyMaterial, values: Values, problems: string[]): readonly Algorithm[] {
  if (keys.kind === "jwks") return JWKS_ALGORITHMS;
  if (keys.kind !== "publicKey") return algorithmsOf(createSecretKey(Buffer.from("any")));
  const name = values.nameOf("auth.public_key_file");
  if (keys.pem.includes("PRIVATE KEY")) {
    problems.push(`${name}: the file holds a private key; give the server the public one only`);
    return [];
  }
  let key: KeyObject;
  try {
    key = createPublicKey(keys.pem);
  } catch {
    problems.push(`${name}: the file holds no public key in PEM form`);
    return [];
  }
  const fitting = algorithmsOf(key);
  if (fitting.length === 0)
    problems.push(
      `${name}: a key of type ${key.asymmetricKeyType ?? "?"} and its size cannot verify tokens (RSA from 2048 bits, P-256, P-384 and P-521 can)`,
    );
  return fitting;
}

/** A file's text without the line break at its end. */
function readText(values: Values, path: SettingPath, file: string, problems: string[]): string | undefined {
  const name = values.nameOf(path);
  try {
    const content = readFileSync(file, "utf8").trim();
    if (content !== "") return content;
    problems.push(`${name}: ${file} is empty`);
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    problems.push(`${name}: ${file} cannot be read (${reason})`);
  }
  return undefined;
}
