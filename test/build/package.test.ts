import { beforeAll, expect, test } from "bun:test"
import { basename, dirname, join } from "node:path"
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core"
import { filterProblems } from "@arethetypeswrong/core/problems"
import { $ } from "bun"
import { Effect } from "effect"
import { publint } from "publint"
import { makePackage } from "../../build/makePackage.ts"
import { CLIENT_ENTRIES, manifest } from "../../build/manifest.ts"
import { sizesOf } from "../../build/sizes.ts"
import { makeApi } from "../http/calls.ts"
import { it } from "../support/effect.ts"
import { filesOf, GUIDE, GUIDES, readDoc, readGuide } from "./guides.ts"
import { installPackage, temporaryFolder } from "./install.ts"

/** TypeScript reads much, and slowly where several people work. */
const LONG_MS = 180_000

const folders = { project: temporaryFolder(), again: temporaryFolder() }

let installed: Awaited<ReturnType<typeof installPackage>>

beforeAll(async () => {
  installed = await installPackage(folders.project)
}, LONG_MS)

const tarball = () => Bun.file(installed.tarball).arrayBuffer()

test("is a package as others expect one", async () => {
  const { messages } = await publint({
    pack: { tarball: await tarball() },
    strict: true
  })

  expect(messages).toEqual([])
})

test("has the right types for bundlers and for Node", async () => {
  const types = await checkPackage(createPackageFromTarballData(new Uint8Array(await tarball())), {
    excludeEntrypoints: [/\.(css|json)$/]
  })
  if (types.types === false) throw new Error("has no types")

  expect(Object.keys(types.entrypoints)).toContain("./client")
  const problems = (["bundler", "node16-esm"] as const).flatMap((resolutionKind) =>
    filterProblems(types, { resolutionKind })
  )
  expect(problems).toEqual([])
})

test(
  "is the same, byte for byte, when it is built again",
  async () => {
    const again = await makePackage(folders.again)

    expect(Bun.SHA256.hash(await Bun.file(again.tarball).bytes(), "hex")).toBe(Bun.SHA256.hash(await tarball(), "hex"))
  },
  LONG_MS
)

/** What a project has to have for an entry. */
const importsOf = async (entry: string): Promise<ReadonlyArray<string>> => {
  const code = await installed.bundle(`export * from "callboard/${entry}"`)
  return [...new Set(new Bun.Transpiler().scanImports(code).map(({ path }) => path))].toSorted()
}

/** Peers that the types of an entry come from, by way of all files that it takes types of. */
const peersOfTypes = async (entry: string): Promise<ReadonlyArray<string>> => {
  const files = new Set<string>()
  const peers = new Set<string>()
  const follow = async (path: string): Promise<void> => {
    if (files.has(path)) return
    files.add(path)
    const text = await Bun.file(path).text()
    const sources = [...text.matchAll(/(?:\bfrom |\bimport\()"([^"]+)"/gu)].map(([, source]) => source!)
    for (const source of sources) {
      if (source.startsWith(".")) await follow(join(dirname(path), source.replace(/\.js$/u, ".d.ts")))
      const peer = Object.keys(manifest.peerDependencies).find((name) => `${source}/`.startsWith(`${name}/`))
      if (peer !== undefined) peers.add(peer)
    }
  }
  await follow(join(installed.folder, "lib", `${entry}.d.ts`))
  return [...peers].toSorted()
}

test("says beside each entry what its types need", async () => {
  const guide = await readDoc("docs/clients.md")
  const rows = ["client", "react", "element", "callboard", "testing"].map((entry) => ({
    entry,
    row: guide
      .split("\n")
      .find((line) => line.startsWith(`| \`${entry === "callboard" ? entry : `callboard/${entry}`}\` |`))
  }))

  const needed = await Promise.all(rows.map(({ entry }) => peersOfTypes(entry)))

  expect(needed[3]).toEqual(["effect", "playwright"])
  for (const [n, { entry, row = "" }] of rows.entries()) {
    const unnamed = needed[n]!.filter((peer) => !row.includes(`\`${peer}\``))
    expect([entry, unnamed]).toEqual([entry, []])
  }
})

test("brings nothing of the server, of Node and of React to those who do not ask for it", async () => {
  expect(await importsOf("client")).toEqual([])
  expect(await importsOf("query")).toEqual([])
  expect(await importsOf("element")).toEqual([])
  expect(await importsOf("react")).toEqual(["@tanstack/react-query", "react", "react/jsx-runtime"])
})

test("asks nothing of a project that installs it", async () => {
  const { dependencies, peerDependenciesMeta, peerDependencies } = await Bun.file(
    join(installed.folder, "package.json")
  ).json()

  expect(dependencies).toBeUndefined()
  expect(Object.keys(peerDependenciesMeta)).toEqual(Object.keys(peerDependencies))
})

test("brings what authors of job types write and test them with", async () => {
  const [{ defineJobType }, { makeTestJob }] = await Promise.all(
    ["callboard", "testing"].map((entry) => import(join(installed.project, `node_modules/callboard/lib/${entry}.js`)))
  )

  expect([defineJobType, makeTestJob].every((each) => typeof each === "function")).toBe(true)
})

test("lets servers call all that reads jobs: only what belongs to browsers is marked for them", async () => {
  const firstLines = Object.fromEntries(
    await Promise.all(
      CLIENT_ENTRIES.map(async (entry) => {
        const code = await Bun.file(join(installed.folder, "lib", `${entry}.js`)).text()
        return [entry, code.startsWith('"use client"')]
      })
    )
  )

  expect(firstLines).toEqual({ client: false, query: false, react: true, element: false })
})

test("leaves out what is not used", async () => {
  const small = await installed.bundle('import { hasEnded } from "callboard/client"; console.log(hasEnded("failed"))')
  const whole = await installed.bundle('import { createClient } from "callboard/client"; console.log(createClient())')

  expect(small).toContain("pending")
  expect(small).not.toMatch(/idempotency|CallboardError|text\/event-stream/)
  expect(whole).toMatch(/idempotency/)

  const bar = await installed.bundle('import { JobProgressBar } from "callboard/react"; console.log(JobProgressBar)')
  const line = await installed.bundle(
    'import { CompactProgressTracker } from "callboard/react"; console.log(CompactProgressTracker)'
  )
  expect(bar).not.toMatch(/cb-outcome|QueryObserver|idempotency/)
  expect(line).not.toMatch(/cb-outcome|Idempotency-Key|cb-details/)
  expect(line).toContain("cb-compact")
})

test("adds less than 4 KB to a page that uses the client", async () => {
  const sizes = await sizesOf(installed.folder)

  expect(sizes.map(({ entry }) => entry)).toEqual([...CLIENT_ENTRIES])
  expect(sizes.find(({ entry }) => entry === "client")!.gzipped).toBeLessThan(4_096)
})

test("compiles in a strict project, with types that flow from its own job types", async () => {
  await Bun.write(
    join(installed.project, "uses.tsx"),
    `import { type ContractsOf, defineJobType } from "callboard"
     import { createClient } from "callboard/client"
     import "callboard/callboard.css"
     import { CallboardJob } from "callboard/element"
     import { createJobHooks, JobsProvider, ProgressTracker } from "callboard/react"
     import { makeTestJob } from "callboard/testing"
     import { Effect, Schema } from "effect"
     const greet = defineJobType({
       name: "greet", title: "Greet", description: "", lane: "default", steps: [], example: { name: "Ada" },
       input: Schema.Struct({ name: Schema.String }), result: Schema.String,
       run: ({ name }) => Effect.succeed("Hello, " + name)
     })
     const jobTypes = [greet]
     const client = createClient<ContractsOf<typeof jobTypes>>()
     export const said = async (): Promise<string | undefined> => (await client.waitFor<"greet">("id")).result
     export const testJob = makeTestJob
     export const idOf = (element: Element) => (element instanceof CallboardJob ? element.jobId : undefined)
     const { useCreateJob } = createJobHooks<ContractsOf<typeof jobTypes>>()
     export const Greeting = () => {
       const { create, jobId, result } = useCreateJob("greet", { onComplete: ({ result }) => result?.toUpperCase() })
       return <p onClick={() => create({ name: "Ada" })}>{result?.length}<ProgressTracker jobId={jobId} /></p>
     }
     export const Page = () => <JobsProvider client={client}><Greeting /></JobsProvider>
     // @ts-expect-error wrong input
     void client.create("greet", { name: 7 })`
  )
  const options =
    "--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target esnext --jsx react-jsx --skipLibCheck"
  const checked = await $`bunx tsc ${options.split(" ")} uses.tsx`.cwd(installed.project).nothrow().quiet()

  expect(checked.stdout.toString()).toBe("")
})

test(
  "compiles with every example of its guides",
  async () => {
    const blocks = await Promise.all(
      GUIDES.map(async (guide) => {
        const examples = [...(await readGuide(guide)).matchAll(/```tsx?\n([\s\S]*?)```/gu)]
        expect(examples).not.toEqual([])
        return examples.map(([, code], n) => [`guide/${basename(guide[0])}.${n}.tsx`, code!] as const)
      })
    )
    const files = blocks.flat()
    await Promise.all(
      [...Object.entries(GUIDE), ...files].map(([name, code]) => Bun.write(join(installed.project, name), code))
    )
    const options =
      "--noEmit --strict --module esnext --moduleResolution bundler --allowImportingTsExtensions --jsx react-jsx --lib es2024,dom"
    // From the clone, as the guide has it, job types lead into the source.
    const source = Bun.resolveSync("../../src/callboard.ts", import.meta.dir)
    await Bun.write(
      join(installed.project, "guide/source.ts"),
      `export type { ContractsOf } from ${JSON.stringify(source)}`
    )
    const names = ["guide/page.d.ts", "guide/source.ts", ...files.map(([name]) => name)]
    const checked = await $`bunx tsc ${options.split(" ")} --target esnext --skipLibCheck ${names}`
      .cwd(installed.project)
      .nothrow()
      .quiet()

    expect(files.length).toBeGreaterThan(4)
    expect(checked.stdout.toString()).toBe("")
  },
  LONG_MS
)

test("is what the migration guide says it is", async () => {
  const files = (await filesOf("migrating.md")).filter(([name]) => name !== "vite.config.mjs")
  await Promise.all(files.map(([name, text]) => Bun.write(join(installed.project, name), text)))
  const bundles = await Promise.all(files.map(([name]) => installed.bundle(`import "./${name}"`)))

  expect(files.map(([name]) => name)).toEqual(["before.mjs", "restaurant.mjs", "bridge.mjs", "follow.mjs", "page.jsx"])
  // A name that the package does not have ends the bundle above.
  expect(bundles.at(-1)).toContain("cb-tracker")
})

/** The real routes over fakes, on a port. */
const serve = Effect.gen(function* () {
  const { handler } = yield* makeApi
  return yield* Effect.acquireRelease(
    Effect.sync(() => Bun.serve({ port: 0, hostname: "localhost", fetch: (request) => handler(request) })),
    (server) => Effect.promise(() => server.stop(true))
  )
})

const run = (code: string) =>
  Effect.promise(async () => {
    await Bun.write(join(installed.project, "run.mjs"), code)
    const { stderr, stdout } = await $`node run.mjs`.cwd(installed.project).nothrow().quiet()
    return stdout.toString() + stderr.toString()
  })

/** Makes a job, stops it, waits for its end and reads its events. */
const WORK = (url: URL) => `
  const client = createClient({ baseUrl: ${JSON.stringify(url)} })
  const { id } = await client.create("greet", { name: "Ada" })
  const waited = client.waitFor(id)
  await client.cancel(id)
  const refused = await client.create("greet", { name: 7 }).catch((error) => error.code)
  say([(await waited).status, refused].join(" "))`

it.live("runs in Node", () =>
  Effect.gen(function* () {
    const { url } = yield* serve

    const said = yield* run(
      `import { createClient } from "callboard/client"
       import "callboard/element"
       const say = console.log
       ${WORK(url)}`
    )

    expect(said).toBe("cancelled VALIDATION_FAILED\n")
  })
)

it.live("runs at the edge, where there is nothing of Node", () =>
  Effect.gen(function* () {
    const { url } = yield* serve
    const bundle = yield* Effect.promise(() =>
      installed.bundle(
        `import { createClient } from "callboard/client"
         const work = async () => {${WORK(url)}}
         work().catch((error) => say("failed: " + error))`,
        { format: "iife" }
      )
    )
    const web =
      "fetch, AbortController, AbortSignal, Headers, Request, URLSearchParams, TextDecoder, setTimeout, clearTimeout"

    const said = yield* run(
      `import { runInNewContext } from "node:vm"
       runInNewContext(${JSON.stringify(bundle)}, { say: console.log, ${web} })`
    )

    expect(said).toBe("cancelled VALIDATION_FAILED\n")
  })
)
