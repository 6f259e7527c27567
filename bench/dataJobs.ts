/**
 * Exports and imports many rows in a process of its own, and prints rows a second and the most memory that it took.
 * `bun bench/dataJobs.ts [rows]`, standard 200,000. Needs what the tests need.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const ROWS = Number(process.argv[2] ?? 200_000)
const IMPORTED = "ai_concierge_query"
const MAIN = join(import.meta.dir, "../src/main.ts")

interface Ended {
  readonly status: string
  readonly durationMs: number
  readonly result: { readonly rows: number; readonly bytes?: number; readonly created?: number }
}

const say = (text: string) => process.stdout.write(`${text}\n`)

const folder = mkdtempSync(join(tmpdir(), "callboard-bench-"))
Bun.spawnSync(["chmod", "755", folder])
const child = Bun.spawn(["bun", MAIN], {
  env: {
    ...process.env,
    PORT: "0",
    CALLBOARD_DATA_DIR: folder,
    LOG_LEVEL: "error",
    // Nobody is asked there.
    CALLBOARD_AI_BASE_URL: "http://127.0.0.1:9/v1",
    CALLBOARD_AI_MODEL: "none"
  },
  stdout: "pipe",
  stderr: "inherit"
})

const addressOf = async (): Promise<string> => {
  let text = ""
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk)
    const found = /is ready: (http:\S+)/u.exec(text)?.[1]
    if (found !== undefined) return found
  }
  throw new Error(`Callboard did not start: ${text}`)
}

const memoryOf = (name: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`, "u").exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1_024

const bench = async (base: string) => {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(new URL(path, base), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body)
    })
    const answer = (await response.json()) as { readonly data: { readonly id: string } }
    if (response.status >= 300) throw new Error(JSON.stringify(answer))
    return answer.data
  }
  const run = async (jobType: string, input: unknown): Promise<Ended> => {
    const { id } = await post("/api/jobs", { jobType, input, priority: 100 })
    for (;;) {
      const { data } = (await (await fetch(new URL(`/api/jobs/${id}`, base))).json()) as { readonly data: Ended }
      if (["completed", "failed", "cancelled"].includes(data.status)) return data
      await Bun.sleep(200)
    }
  }
  const told = (what: string, { durationMs, result, status }: Ended, before: number) => {
    const perSecond = Math.round((result.rows / durationMs) * 1_000).toLocaleString("en")
    const memory = `${Math.round(before)} MB before, ${Math.round(memoryOf("VmHWM"))} MB at most`
    say(`${what}: ${status}, ${result.rows.toLocaleString("en")} rows, ${perSecond} rows/s, memory ${memory}`)
  }

  // What is imported must not run: it would be measured too.
  await post(`/api/types/${IMPORTED}/pause`, {})
  const rows = Array.from({ length: ROWS }, (_, index) => `"Question ${index + 1}, with a comma"`)
  const upload = await fetch(new URL("/api/uploads", base), {
    method: "POST",
    headers: { "Content-Type": "text/csv" },
    body: `question\n${rows.join("\n")}\n`
  })
  const { data } = (await upload.json()) as { readonly data: { readonly id: string } }
  const input = { jobType: IMPORTED, uploadId: data.id }
  let before = memoryOf("VmRSS")
  told("dry run", await run("bulk_import", { ...input, dryRun: true }), before)
  before = memoryOf("VmRSS")
  told("import", await run("bulk_import", input), before)
  for (const format of ["csv", "ndjson"]) {
    before = memoryOf("VmRSS")
    told(`export to ${format}`, await run("data_export", { of: "jobs", format }), before)
  }
}

try {
  await bench(await addressOf())
} finally {
  child.kill("SIGTERM")
  await child.exited
  rmSync(folder, { recursive: true, force: true })
}
