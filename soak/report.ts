/** What a run measured and what it found, for people. */
import type { Reading, Verdict } from "./runSoak.ts"

const megabytes = (bytes: number): string => `${(bytes / 1_024 ** 2).toFixed(0)} MB`

export const rowOf = ({ callboard, chromium, jobs, processes }: Reading): string =>
  `  after ${String(jobs).padStart(4)} jobs   Callboard ${megabytes(callboard).padStart(7)}   Chromium ${megabytes(chromium).padStart(7)} in ${processes} processes`

export const reportOf = ({ broken, ends, kills, left }: Verdict): string =>
  [
    `  ends: ${[...ends].map(([end, count]) => `${end} ${count}`).join(", ")}`,
    `  browsers killed under a job: ${kills}`,
    `  left at the end: ${left.processes} processes, ${left.files.length} temporary files`,
    ...(broken.length === 0 ? ["  proved"] : broken.map((each) => `  BROKEN  ${each}`))
  ].join("\n")
