/**
 * Imports and exports many rows, each number of them in a process and a database of its own, and prints rows a second and
 * the most memory that Callboard's process took meanwhile. Memory is flat when ten times the rows take hardly more.
 * `bun bench/dataJobs.ts [rows...]`, standard 100,000 and 1,000,000. Needs Linux, and what the tests need.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const asked = process.argv.slice(2).map(Number)
const SIZES = asked.length > 0 ? asked : [100_000, 1_000_000]
const IMPORTED = "ai_concierge_query"
const MAIN = join(import.meta.dir, "../src/main.ts")

interface Ended {
  readonly status: string
  readonly durationMs: number
  readonly result: { readonly rows: number }
}

/** Most memory of each kind of work, in MB. */
type Peaks = ReadonlyMap<string, number>

const say = (text: string) => process.stdout.write(`${text}\n`)

const start = (folder: string) =>
  Bun.spawn(["bun", MAIN], {
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

type Child = ReturnType<typeof start>

const addressOf = async (child: Child): Promise<string> => {
  let text = ""
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk)
    const found = /is ready: (http:\S+)/u.exec(text)?.[1]
    if (found !== undefined) return found
  }
  throw new Error(`Callboard did not start: ${text}`)
}

/** Of the process, without its database; in MB. */
const memoryOf = (pid: number, name: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`, "u").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024

/** From here on the highest mark is what this work takes. */
const forgetPeak = (pid: number) => writeFileSync(`/proc/${pid}/clear_refs`, "5")

const sent = (count: number): ReadableStream<Uint8Array> => {
  let row = 0
  return new ReadableStream({
    pull: (controller) => {
      if (row === 0) controller.enqueue(Buffer.from("question\n"))
      const until = Math.min(count, row + 10_000)
      let text = ""
      while (row < until) text += `"Question ${++row}, with a comma"\n`
      controller.enqueue(Buffer.from(text))
      if (row === count) controller.close()
    }
  })
}

const bench = async (base: string, pid: number, count: number): Promise<Peaks> => {
  const peaks = new Map<string, number>()
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
  const ended = async (id: string): Promise<Ended> => {
    for (;;) {
      // A busy server may answer that it is away for a moment.
      const { data } = (await (await fetch(new URL(`/api/jobs/${id}`, base))).json()) as { readonly data?: Ended }
      if (data !== undefined && ["completed", "failed", "cancelled"].includes(data.status)) return data
      await Bun.sleep(200)
    }
  }
  const run = async (what: string, jobType: string, input: unknown) => {
    const before = memoryOf(pid, "VmRSS")
    forgetPeak(pid)
    const { id } = await post("/api/jobs", { jobType, input, priority: 100 })
    const { durationMs, result, status } = await ended(id)
    const peak = memoryOf(pid, "VmHWM")
    peaks.set(what, peak)
    const perSecond = Math.round((result.rows / durationMs) * 1_000).toLocaleString("en")
    const memory = `${Math.round(before)} MB before, ${Math.round(peak)} MB at most`
    say(`  ${what}: ${status}, ${result.rows.toLocaleString("en")} rows, ${perSecond} rows/s, memory ${memory}`)
  }

  // What is imported must not run: it would be measured too.
  await post(`/api/types/${IMPORTED}/pause`, {})
  const upload = await fetch(new URL("/api/uploads", base), {
    method: "POST",
    headers: { "Content-Type": "text/csv" },
    body: sent(count)
  })
  const { data } = (await upload.json()) as { readonly data: { readonly id: string } }
  const input = { jobType: IMPORTED, uploadId: data.id }
  await run("dry run", "bulk_import", { ...input, dryRun: true })
  await run("import", "bulk_import", input)
  for (const format of ["csv", "ndjson"]) await run(`export to ${format}`, "data_export", { of: "jobs", format })
  return peaks
}

const measure = async (count: number): Promise<Peaks> => {
  const folder = mkdtempSync(join(tmpdir(), "callboard-bench-"))
  // Root leaves it traversable, because the embedded PostgreSQL runs under another account.
  Bun.spawnSync(["chmod", "755", folder])
  const child = start(folder)
  say(`${count.toLocaleString("en")} rows`)
  try {
    return await bench(await addressOf(child), child.pid, count)
  } finally {
    child.kill("SIGTERM")
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }
}

const all: Array<Peaks> = []
for (const count of SIZES) all.push(await measure(count))
const [first, last] = [all[0]!, all.at(-1)!]
if (all.length > 1) {
  const factor = (SIZES.at(-1)! / SIZES[0]!).toLocaleString("en", { maximumFractionDigits: 1 })
  const ratios = [...last].map(([what, peak]) => `${what} ${(peak / first.get(what)!).toFixed(2)}`)
  say(`Most memory with ${factor} times the rows, against the fewest: ${ratios.join(", ")}`)
}
