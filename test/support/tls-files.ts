/** A certificate that nobody trusts, made for one test with the system's `openssl`. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  close(): Promise<void>;
}

/** @throws Error where there is no `openssl` */
export async function makeTlsFiles(): Promise<TlsFiles> {
  const folder = await mkdtemp(join(tmpdir(), "muster-tls-"));
  const certFile = join(folder, "cert.pem");
  const keyFile = join(folder, "key.pem");
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", keyFile, "-out", certFile, "-days", "1", "-subj", "/CN=localhost"];
  await promisify(execFile)("openssl", ["req", "-x509", ...curve, ...files]);
  return { certFile, keyFile, close: () => rm(folder, { recursive: true, force: true }) };
}
