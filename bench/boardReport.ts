/** The figures of the board beside what they are to hold. */
import type { Asked } from "./boardPages.ts"
import type { Tabs } from "./boardTabs.ts"

const BUDGETS = { p99: 50, statements: 5, slowest: 50, kilobytes: 15, nodes: 1_500 }

const ASSET_BUDGETS: Readonly<Record<string, number>> = { js: 22, css: 12, svg: 4 }

/** A figure that is over its budget is marked. */
const beside = (value: number, budget: number, digits: number): string =>
  `${value.toFixed(digits)}${value > budget ? " !" : ""}`

export const pageLines = (asked: ReadonlyArray<Asked>): ReadonlyArray<string> => [
  "| page | p50 (ms) | p99 (ms) | statements | of transactions | slowest (ms) | KB gz | nodes |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
  `| to hold | | ${BUDGETS.p99} | ${BUDGETS.statements} | | ${BUDGETS.slowest} | ${BUDGETS.kilobytes} | ${BUDGETS.nodes} |`,
  ...asked.map((page) =>
    [
      "",
      page.name,
      page.p50.toFixed(1),
      beside(page.p99, BUDGETS.p99, 1),
      beside(page.statements, BUDGETS.statements, 0),
      page.control,
      beside(page.slowest, BUDGETS.slowest, 1),
      beside(page.kilobytes, BUDGETS.kilobytes, 1),
      beside(page.nodes, BUDGETS.nodes, 0),
      ""
    ]
      .join(" | ")
      .trim()
  )
]

export const assetLines = (
  assets: ReadonlyArray<{ readonly path: string; readonly kilobytes: number }>
): ReadonlyArray<string> =>
  assets.map(({ kilobytes, path }) => {
    const budget = ASSET_BUDGETS[path.split(".").at(-1) ?? ""] ?? 0
    return `${path}: ${beside(kilobytes, budget, 1)} KB gz of ${budget}`
  })

interface TabsRun {
  readonly tabs: number
  readonly seconds: number
  readonly changing: number
}

export const tabLines = (found: Tabs, { changing, seconds, tabs }: TabsRun): ReadonlyArray<string> => {
  const share = (part: "server" | "postgres") => {
    const percent = ((found.cpu[part] - found.idle[part]) / seconds) * 100
    return part === "server" ? `${beside(percent, 10, 1)} %` : `${percent.toFixed(1)} %`
  }
  const sent = found.messagesPerSecond * tabs * seconds
  const each = (part: "server" | "postgres") => (((found.cpu[part] - found.idle[part]) / sent) * 1_000).toFixed(2)
  return [
    `${found.open} of ${tabs} tabs open, lists and job pages, ${changing} jobs change each second, ${seconds} s`,
    `  of one core for updates: server ${share("server")} (at most 10), PostgreSQL ${share("postgres")}`,
    `  for each message to a tab: server ${each("server")} ms, PostgreSQL ${each("postgres")} ms`,
    `  of each tab: ${beside(found.messagesPerSecond, 4, 2)} messages/s (at most 4), ${beside(found.kilobytesPerSecond, 10, 2)} KB/s (at most 10)`
  ]
}
