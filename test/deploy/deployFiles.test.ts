import { expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Duration, Effect } from "effect"
import manifest from "../../package.json" with { type: "json" }
import { makeProbesApp } from "../../src/http/app.ts"
import { MAIL_TYPE } from "../../src/runtime/mail/FailureMailer.ts"
import { DELIVERY_TYPE } from "../../src/runtime/postgres/WebhookDeliveries.ts"
import { readSettings, settingsTable } from "../../src/runtime/Settings.ts"

const ROOT = join(import.meta.dir, "../..")
const read = (path: string) => readFileSync(join(ROOT, path), "utf8")

const dockerfile = read("deploy/Dockerfile")
const railway = JSON.parse(read("deploy/railway.json"))
const units = {
  web: read("deploy/systemd/callboard-web.service"),
  worker: read("deploy/systemd/callboard-worker@.service")
}

interface Service {
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  readonly depends_on?: Readonly<Record<string, unknown>>
  readonly volumes: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
  readonly command?: ReadonlyArray<string>
  readonly security_opt?: ReadonlyArray<string>
  readonly stop_grace_period: string
}

const compose = Bun.YAML.parse(read("deploy/compose.yaml")) as {
  readonly services: Readonly<Record<"postgres" | "setup" | "web" | "worker", Service>>
  readonly volumes: Readonly<Record<string, null>>
}
const { postgres, setup, web, worker } = compose.services

/** `NAME=value`, as in a Dockerfile, a unit and an environment file. */
const assigned = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .flatMap((line) => [...line.matchAll(/(?:^|[\s=])([A-Z][A-Z_]+)=([^\s\\]*)/gu)])
      .map(([, name, value]) => [name!, value!])
  )

test("sets only variables that the process reads, with values that it takes", async () => {
  const environments = [
    assigned(/^ENV (?:.*\\\n)*.*$/mu.exec(dockerfile)![0]),
    ...Object.values(units).map((unit) => assigned(unit.replaceAll("%i", "1"))),
    assigned(read("deploy/systemd/callboard.env")),
    ...[setup, web, worker].map((service) => service.environment)
  ]

  const known = new Set(settingsTable.map(({ variable }) => variable))
  for (const environment of environments) {
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([])
    const literal = Object.entries(environment).filter(([, value]) => !value.includes("$"))
    const given = { DATABASE_URL: "postgres://callboard@localhost/callboard", ...Object.fromEntries(literal) }
    expect(await Effect.runPromise(readSettings(given))).toBeDefined()
  }
})

test("copies into the image what is there, and lets nothing else into the build", () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gmu)].flatMap(([, sources]) => sources!.split(" "))
  const letIn = [...read(".dockerignore").matchAll(/^!(.+)$/gmu)].map(([, path]) => path!)

  expect([...new Set(copied)].toSorted()).toEqual(letIn.toSorted())
  for (const path of copied) expect([path, existsSync(join(ROOT, path))]).toEqual([path, true])
})

test("builds the image with the Bun that the package asks for", () => {
  expect(/^ARG BUN_VERSION=(.+)$/mu.exec(dockerfile)?.[1]).toBe(manifest.devDependencies["bun-types"])
})

test("names one port everywhere", () => {
  const { PORT } = assigned(dockerfile)

  expect(/^EXPOSE (.+)$/mu.exec(dockerfile)?.[1]).toBe(PORT!)
  expect(web.ports).toEqual([`127.0.0.1:${PORT}:${PORT}`])
  expect(assigned(units.web).PORT).toBe(PORT!)
})

test("keeps the files of jobs in one place, which web and workers share", () => {
  const folder = assigned(dockerfile).CALLBOARD_DATA_DIR

  expect(/^VOLUME (.+)$/mu.exec(dockerfile)?.[1]).toBe(folder!)
  expect([web.volumes, worker.volumes]).toEqual([[`files:${folder}`], [`files:${folder}`]])
  for (const unit of Object.values(units)) {
    expect(unit).toContain(`\nStateDirectory=${folder!.replace("/var/lib/", "")}\n`)
    expect(assigned(unit).CALLBOARD_DATA_DIR).toBe(folder!)
  }
})

test("starts nothing before the database is there and migrated", () => {
  expect(setup.command).toEqual(["migrate"])
  for (const { depends_on } of [web, worker]) {
    expect(depends_on).toEqual({
      postgres: { condition: "service_healthy" },
      setup: { condition: "service_completed_successfully" }
    })
  }
  expect(postgres.volumes.map((volume) => volume.split(":")[0]!)).toEqual(["database"])
  expect(Object.keys(compose.volumes)).toEqual(["database", "files"])
})

test("asks addresses for health that a process answers", async () => {
  const asked = /127\.0\.0\.1:\$\{process\.env\.PORT\}(\/\w+)/u.exec(dockerfile)?.[1]
  const app = makeProbesApp(() => Promise.reject(new Error("not asked")))

  expect([asked, railway.deploy.healthcheckPath]).toEqual(["/healthz", "/readyz"])
  expect(app.routes.map(({ path }) => path)).toEqual(expect.arrayContaining([asked, railway.deploy.healthcheckPath]))
})

test("asks for health without the proxy that a container may have", async () => {
  const command = JSON.parse(/^HEALTHCHECK .*\n {2}CMD (\[.+\])$/mu.exec(dockerfile)![1]!) as ReadonlyArray<string>
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("ok") })
  // Nobody listens there.
  const proxies = { HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1", NO_PROXY: "", no_proxy: "" }
  const env = { ...process.env, ...proxies, PORT: String(server.port) }

  const code = await Bun.spawn([...command], { env, stdout: "ignore", stderr: "ignore" }).exited
  await server.stop(true)

  expect(code).toBe(0)
})

test("gives a process the time to drain", async () => {
  const { shutdownGrace } = await Effect.runPromise(readSettings({}))
  const atLeast = Duration.toSeconds(shutdownGrace) + 15
  const stops = Object.values(units).map((unit) => Number(/^TimeoutStopSec=(\d+)$/mu.exec(unit)?.[1]))

  const waits = [railway.deploy.drainingSeconds, Number.parseInt(web.stop_grace_period, 10), ...stops]
  for (const seconds of waits) expect(seconds).toBeGreaterThanOrEqual(atLeast)
  // Only the process itself hears the signal: browsers live on until their jobs have ended.
  for (const unit of Object.values(units)) expect(unit).toContain("\nKillMode=mixed\n")
})

test("lets a worker's browser build its sandbox, and nobody leave the container", () => {
  const { defaultAction, syscalls } = JSON.parse(read("deploy/seccomp.json"))
  const allowed = new Set<string>(syscalls[0].names)

  expect(worker.security_opt).toContain("seccomp:./seccomp.json")
  expect(defaultAction).toBe("SCMP_ACT_ERRNO")
  for (const name of ["clone", "unshare", "chroot"]) expect([name, allowed.has(name)]).toEqual([name, true])
  for (const name of ["mount", "setns", "pivot_root", "bpf", "init_module", "kexec_load", "open_by_handle_at"]) {
    expect([name, allowed.has(name)]).toEqual([name, false])
  }
  expect(units.worker).toContain("\nSystemCallFilter=@system-service chroot\n")
})

const texts = ["deploy/README.md", "docs/operations.md"]

test.each(texts)("names in %s only variables and files that are there", (path) => {
  const text = read(path)
  // The last two are of the command line, which talks to a server.
  const known = new Set([...settingsTable.map(({ variable }) => variable), "CALLBOARD_URL", "CALLBOARD_API_KEY"])
  const named = [...text.matchAll(/\b(?:CALLBOARD|OTEL_EXPORTER)_[A-Z_]*[A-Z]\b/gu)].map(([name]) => name)
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/gu)].map(([, link]) => join(path, "..", link!))

  expect(named.filter((name) => !known.has(name))).toEqual([])
  expect(links.length).toBeGreaterThan(5)
  expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([])
})

test("passes a front end's calls on to the same paths", () => {
  const { redirects } = Bun.TOML.parse(read("deploy/netlify.toml")) as { readonly redirects: ReadonlyArray<unknown> }

  expect(redirects).toEqual([{ from: "/api/*", to: "https://jobs.example.com/api/:splat", status: 200, force: true }])
})

const alerts = () => {
  const { groups } = Bun.YAML.parse(read("deploy/alerts.yml")) as {
    readonly groups: ReadonlyArray<{ readonly rules: ReadonlyArray<{ readonly alert: string; readonly expr: string }> }>
  }
  return Object.fromEntries(groups.flatMap((group) => group.rules.map(({ alert, expr }) => [alert, expr])))
}

test("alerts when nobody serves the board, though workers answer", () => {
  const rules = alerts()
  expect(rules.CallboardDown).toBe('absent(callboard_build_info{role=~"all|web"})')
  expect(rules.CallboardProcessDown).toBe('up{job="callboard"} == 0')
})

test("takes a receiver or a mail server that is away for no broken script and no partner", () => {
  const rules = alerts()
  for (const rule of [rules.CallboardScriptsAreBroken, rules.CallboardRetriesRise]) {
    const [, leftOut = ""] = /\{type!~"([^"]+)"/u.exec(rule ?? "") ?? []
    expect(leftOut.split("|")).toEqual([DELIVERY_TYPE, MAIL_TYPE])
  }
})
