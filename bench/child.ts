/** One measurement of one system: `bun bench/child.ts '<task as JSON>'`. Answers with one line of JSON. */
import { measures, type Task } from "./measures.ts"
import type { System, SystemName } from "./systems/System.ts"

/** Only what is measured is loaded, because its memory is measured too. */
const load: Readonly<Record<SystemName, () => Promise<{ readonly system: System }>>> = {
  callboard: () => import("./systems/callboard.ts"),
  "graphile-worker": () => import("./systems/graphileWorker.ts"),
  "pg-boss": () => import("./systems/pgBoss.ts"),
  bullmq: () => import("./systems/bullMq.ts")
}

const task = JSON.parse(process.argv[2] ?? "") as Task
const { system } = await load[task.system]()
const queue = await system.open(task.servers)
const figures = await measures[task.measure](queue, task.amount, task)
process.stdout.write(`${JSON.stringify(figures)}\n`)
await queue.close()
process.exit(0)
