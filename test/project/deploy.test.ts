import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { gameContract } from "../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { parseDuration } from "../../server/config/index.ts";
import { SETTING_PATHS, settingAt } from "../../server/config/tree.ts";
import { closeAll, startEmbedded } from "../support/app.ts";
import { get } from "../support/http.ts";

const folder = path.resolve(import.meta.dirname, "../../deploy");
const read = (file: string) => readFileSync(path.join(folder, file), "utf8");

/** Closing after the drain: `CLOSE_LIMIT_MS` of server/main.ts. */
const CLOSE_S = 5;
const DEFAULT_DRAIN_S = 10;
const REDIS_NEEDS = { "--appendonly": "yes", "--appendfsync": "always", "--maxmemory-policy": "noeviction" };

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly args?: string[];
  readonly env?: { name: string; value?: string }[];
  readonly lifecycle?: { preStop: { exec: { command: string[] } } };
  readonly [probe: `${string}Probe`]: { httpGet?: { path: string; port: string } };
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector?: object;
    readonly template?: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly Container[];
      };
    };
  };
}

interface Autoscaler {
  readonly scaleTargetRef: { readonly kind: string; readonly name: string };
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: { readonly external: { readonly metric: { name: string }; readonly target: object } }[];
}

const AUTOSCALED = {
  rule: "kubernetes-autoscaled/prometheus-adapter.yaml",
  metric: "muster_load_of_all_workers",
};

const manifests = readdirSync(path.join(folder, "kubernetes"))
  .filter((file) => file !== "kustomization.yaml")
  .flatMap((file) => parseAllDocuments(read(`kubernetes/${file}`)))
  .map((document) => document.toJS() as Manifest);
const manifest = (kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  assert.ok(found, `no ${kind} ${name}`);
  return found;
};
const containerOf = (one: Manifest): Container => {
  const container = one.spec.template?.spec.containers[0];
  assert.ok(container);
  return container;
};
const compose = parse(read("docker/compose.yaml")) as {
  "x-worker": { environment: Record<string, string>; stop_grace_period: string };
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
};
interface Service {
  readonly command?: string[];
  readonly image?: string;
  readonly profiles?: string[];
  readonly ports?: string[];
  readonly secrets?: string[];
  readonly volumes?: string[];
}
const units = ["systemd/muster.service", "systemd/muster@.service"];
const environmentOf = (unit: string): [string, string][] =>
  [...read(unit).matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
const deployment = manifest("Deployment", "muster");
const worker = containerOf(deployment);

/** Every environment that a file of the folder gives the server. */
const environments: Record<string, [string, string][]> = {
  "docker/compose.yaml": Object.entries(compose["x-worker"].environment),
  "kubernetes/muster.yaml": (worker.env ?? []).map(({ name, value = "" }) => [name, value]),
  ...Object.fromEntries(units.map((unit) => [unit, environmentOf(unit)])),
};

const seconds = (duration: string | undefined): number => {
  const ms = parseDuration(duration);
  assert.ok(ms !== undefined, `${duration} is no duration`);
  return ms / 1_000;
};
const drainS = (file: string): number => seconds(new Map(environments[file]).get("DRAIN_TIME"));

function assertRedisSettings(words: readonly string[]): void {
  for (const [option, value] of Object.entries(REDIS_NEEDS))
    assert.equal(words[words.indexOf(option) + 1], value, `${option} ${value}`);
}

describe("deploy/", () => {
  afterEach(closeAll);

  it("metrics of the dashboard and the alerts are metrics of the server", async () => {
    const app = await startEmbedded();
    const ann = await app.connect(gameContract, "ann");
    await ann.call("user:list", {});
    const bob = await app.connect(matchmakingContract, "bob");
    await bob.call("queue_join", { game_mode: "classic" });
    const text = String((await get(`${app.url}/metrics`)).body.text);
    const known = new Set([...text.matchAll(/^([a-z_]\w*)[{ ]/gm)].map(([, name]) => name));
    const labels = new Map([...text.matchAll(/^(\w+)\{([^}]*)\}/gm)].map(([, name, given]) => [name, given]));
    for (const file of ["grafana/muster.json", "prometheus/alerts.yml", AUTOSCALED.rule]) {
      const used = [...read(file).matchAll(/\b(?:muster|websocket|process|nodejs)_\w+/g)].map(
        ([name]) => name,
      );
      assert.ok(used.length >= 3, file);
      const own = file === AUTOSCALED.rule ? AUTOSCALED.metric : "";
      for (const name of used)
        assert.ok(name === own || known.has(name), `${file}: the server has no ${name}`);
    }
    for (const [, by = "", name = ""] of read("grafana/muster.json").matchAll(
      /sum by \(([\w, ]+)\) \(rate\((\w+)/g,
    ))
      for (const label of by.split(", "))
        assert.match(labels.get(name) ?? "", new RegExp(`\\b${label}=`), `${name} has no label ${label}`);
  });

  it("settings in environments are settings of the server, and weak ones are not among them", () => {
    const known = new Set(SETTING_PATHS.flatMap((at) => settingAt(at).about.env));
    for (const [file, environment] of Object.entries(environments)) {
      assert.ok(environment.length > 3, file);
      for (const [name] of environment)
        assert.ok(["NODE_ENV", "TMPDIR"].includes(name) || known.has(name), `${file}: no setting ${name}`);
      assert.equal(new Map(environment).get("NODE_ENV"), "production", file);
    }
  });

  it("whoever stops a worker waits longer than it drains and closes", () => {
    const preStop = worker.lifecycle?.preStop.exec.command ?? [];
    const waits = Number(preStop[preStop.indexOf("sleep") + 1]);
    const grace = deployment.spec.template?.spec.terminationGracePeriodSeconds ?? 0;
    assert.ok(grace > waits + drainS("kubernetes/muster.yaml") + CLOSE_S, `Kubernetes: ${grace} s`);
    const composed = seconds(compose["x-worker"].stop_grace_period);
    assert.ok(composed > drainS("docker/compose.yaml") + CLOSE_S, `compose: ${composed} s`);
    for (const unit of units) {
      const limit = Number(/^TimeoutStopSec=(\d+)$/m.exec(read(unit))?.[1]);
      assert.ok(limit > drainS(unit) + CLOSE_S, `${unit}: ${limit} s`);
      assert.match(read(unit), /^Restart=on-failure$/m);
      assert.match(read(unit), /^RestartPreventExitStatus=78$/m);
    }
    const pm2 = /kill_timeout: ([\d_]+)/.exec(read("../ecosystem.config.js"))?.[1]?.replace("_", "");
    assert.ok(Number(pm2) > (DEFAULT_DRAIN_S + CLOSE_S) * 1_000, "PM2");
  });

  it("probes ask for what the server answers", async () => {
    const app = await startEmbedded();
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
      const asked = worker[probe]?.httpGet?.path ?? "";
      assert.equal((await get(app.url + asked)).status, 200, `${probe} ${asked}`);
    }
    assert.equal(worker.livenessProbe?.httpGet?.path, "/health", "200 also while Redis is away");
    assert.match(
      read("docker/Dockerfile"),
      /HEALTHCHECK .*CMD \["node", "dist\/server\/cli\.js", "health"\]/,
    );
  });

  it("selectors of Kubernetes select the pods, and Redis has the settings that nothing is lost with", () => {
    for (const name of ["muster", "muster-redis"]) {
      const pods = manifests.find(({ metadata, spec }) => metadata.name === name && spec?.template);
      const labels = pods?.spec.template?.metadata.labels;
      assert.deepEqual(pods?.spec.selector, { matchLabels: labels });
      assert.deepEqual(manifest("Service", name).spec.selector, labels);
    }
    assert.deepEqual(manifest("PodDisruptionBudget", "muster").spec.selector, deployment.spec.selector);
    assertRedisSettings(containerOf(manifest("StatefulSet", "muster-redis")).args ?? []);
    assertRedisSettings(compose.services.redis?.command ?? []);
  });

  it("the autoscaler scales the deployment, by what the rule of the adapter makes", () => {
    const { rules } = parse(read(AUTOSCALED.rule)) as { rules: { external: { name: { as: string } }[] } };
    assert.deepEqual(
      rules.external.map(({ name }) => name.as),
      [AUTOSCALED.metric],
    );
    const { spec } = parse(read("kubernetes-autoscaled/autoscaler.yaml")) as { spec: Autoscaler };
    assert.deepEqual([spec.scaleTargetRef.kind, spec.scaleTargetRef.name], ["Deployment", "muster"]);
    const [{ external } = assert.fail()] = spec.metrics;
    assert.equal(external.metric.name, AUTOSCALED.metric);
    // Of type Value it would count ready pods alone, and a full worker is not ready.
    assert.deepEqual(external.target, { type: "AverageValue", averageValue: "600m" });
    assert.ok(spec.minReplicas >= 2 && spec.maxReplicas > spec.minReplicas);
    const { resources, patches } = parse(read("kubernetes-autoscaled/kustomization.yaml")) as {
      resources: string[];
      patches: { target: object; patch: string }[];
    };
    assert.deepEqual(resources, ["../kubernetes", "autoscaler.yaml"]);
    assert.deepEqual(parse(patches[0]?.patch ?? ""), [{ op: "remove", path: "/spec/replicas" }]);
  });

  it("images of Kubernetes are pinned, ours to this version", () => {
    const { version } = JSON.parse(read("../package.json")) as { version: string };
    const { images } = parse(read("kubernetes/kustomization.yaml")) as {
      images: { name: string; newTag: string }[];
    };
    assert.equal(worker.image, `muster:${version}`);
    assert.deepEqual(
      images.map(({ name, newTag }) => [name, newTag]),
      [["muster", version]],
    );
    for (const one of manifests.filter(({ spec }) => spec?.template)) {
      const { name, image = "", imagePullPolicy } = containerOf(one);
      assert.match(image, /:\d+\.\d+\.\d+/, name);
      assert.equal(imagePullPolicy, "IfNotPresent", name);
    }
  });

  it("compose watches only on request and on this machine, and mounts what is there", () => {
    const { prometheus, grafana, ...always } = compose.services;
    for (const service of [prometheus, grafana]) {
      assert.deepEqual(service?.profiles, ["watch"]);
      for (const port of service?.ports ?? ["none"]) assert.match(port, /^127\.0\.0\.1:/);
    }
    for (const [name, { profiles }] of Object.entries(always)) assert.equal(profiles, undefined, name);
    for (const [name, { volumes = [], secrets = [] }] of Object.entries(compose.services)) {
      for (const [from = ""] of volumes.map((volume) => volume.split(":")))
        if (from.startsWith("."))
          assert.ok(existsSync(path.join(folder, "docker", from)), `${name}: ${from}`);
      for (const secret of secrets) assert.ok(compose.secrets[secret], `${name}: ${secret}`);
    }
    const scrape = parse(read("prometheus/compose.yml")) as {
      scrape_configs: { authorization: { credentials_file: string } }[];
    };
    assert.equal(scrape.scrape_configs[0]?.authorization.credentials_file, "/run/secrets/api_key");
    assert.ok(prometheus?.secrets?.includes("api_key"));
    const source = parse(read("grafana/provisioning/datasources/prometheus.yaml")) as {
      datasources: { url: string }[];
    };
    assert.equal(source.datasources[0]?.url, "http://prometheus:9090");
  });

  it("the image has all that the build and the server read", () => {
    const ignored = read("docker/Dockerfile.dockerignore");
    for (const [, from = ""] of read("docker/Dockerfile").matchAll(/^COPY --from=build \/app\/([\w.]+)/gm))
      if (!["node_modules", "dist"].includes(from)) assert.match(ignored, new RegExp(`^!${from}$`, "m"));
    const { include } = parse(readFileSync(path.join(folder, "../tsconfig.build.json"), "utf8")) as {
      include: string[];
    };
    for (const one of include) assert.match(ignored, new RegExp(`^!${one.split("/")[0]}$`, "m"), one);
  });
});
