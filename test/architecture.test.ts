import { expect, test } from "bun:test"
import { dirname, join, relative } from "node:path"
import { Glob } from "bun"

const SRC = join(import.meta.dir, "../src")

/** What a folder may import: folders of src by name, and packages. `types` may be imported as types only. */
const allowed: Record<string, { readonly any: RegExp; readonly types?: RegExp }> = {
  domain: { any: /^(domain|effect)$/u, types: /^playwright$/u },
  runtime: {
    any: /^(runtime|domain|migrations|effect|@effect|playwright|@sparticuz|fflate|ipaddr\.js|jose|nodemailer|node:.*|bun:.*)$/u
  },
  scripts: { any: /^(scripts|domain|effect)$/u, types: /^playwright$/u },
  views: { any: /^(views|domain|hono|cronstrue)$/u },
  http: { any: /^(http|views|domain|effect|hono|node:.*)$/u },
  "practice-portal": { any: /^(practice-portal|hono|node:.*|bun:.*)$/u },
  client: { any: /^(client|react|@tanstack)$/u },
  testing: { any: /^(testing|runtime|domain|effect)$/u, types: /^playwright$/u },
  cli: { any: /^(cli|client|domain|runtime|effect|@effect|node:.*|package\.json)$/u },
  "cli.ts": { any: /^(cli|runtime|effect|@effect|package\.json|main\.ts)$/u },
  "ensurePackages.ts": { any: /^node:.*$/u },
  "binary.ts": { any: /^((callboard|client|testing|cli)\.ts|runtime|effect)$/u },
  "callboard.ts": { any: /^domain$/u },
  "testing.ts": { any: /^testing$/u },
  "client.ts": { any: /^client$/u },
  "query.ts": { any: /^client$/u },
  "react.ts": { any: /^client$/u },
  "element.ts": { any: /^client$/u }
}

const IMPORT = /^(?:import|export) (type )?(?:[^"';]*? from )?"([^"]+)"/gmu

/** `domain` for "../domain/Job.ts", `hono` for "hono/jsx". */
const targetOf = (file: string, specifier: string): string => {
  if (!specifier.startsWith(".")) return specifier.split("/")[0]!
  return relative(SRC, join(dirname(file), specifier))
    .replace(/^(\.\.\/)+/u, "")
    .split("/")[0]!
}

test("imports only along the arrows that point at domain", async () => {
  const wrong: Array<string> = []
  for await (const path of new Glob("**/*.{ts,tsx}").scan(SRC)) {
    const rule = allowed[path.split("/")[0]!]
    if (path === "main.ts") continue
    const file = join(SRC, path)
    for (const [, type, specifier] of (await Bun.file(file).text()).matchAll(IMPORT)) {
      const target = targetOf(file, specifier!)
      const isAllowed = rule?.any.test(target) || (type !== undefined && rule?.types?.test(target))
      if (!isAllowed) wrong.push(`${path} imports ${specifier}`)
    }
  }

  expect(wrong).toEqual([])
})

/** Every package that a file reaches over any number of imports. Types are erased, so they do not count. */
const packagesBehind = async (start: string): Promise<ReadonlySet<string>> => {
  const seen = new Set([start])
  const packages = new Set<string>()
  for (const file of seen) {
    for (const [, type, specifier] of (await Bun.file(file).text()).matchAll(IMPORT)) {
      if (type !== undefined) continue
      if (specifier!.startsWith(".")) seen.add(join(dirname(file), specifier!))
      else packages.add(specifier!.replace(/^(effect|@?[^/]+\/[^/]+).*$/u, "$1"))
    }
  }
  return packages
}

test("lets authors test their job types without a database or a browser", async () => {
  const behind = [...(await packagesBehind(join(SRC, "testing.ts")))]

  expect(behind.toSorted()).toEqual(["@effect/platform-node", "effect", "node:fs", "node:util"])
})

test("needs no package where there is no React", async () => {
  const [client, element] = await Promise.all(
    ["client.ts", "element.ts"].map((entry) => packagesBehind(join(SRC, entry)))
  )

  expect([...client!, ...element!]).toEqual([])
})
