/** docs/settings.md, and the short table of the README, from the settings that the process reads. */
import { clientSettings } from "../src/cli/theServer.ts"
import { type Setting, unitOf } from "../src/runtime/Setting.ts"
import { settingsTable } from "../src/runtime/Settings.ts"

/** What most people set first, in the order in which they need it. */
const FIRST_NEEDED = [
  "PORT",
  "HOST",
  "CALLBOARD_PUBLIC_URL",
  "DATABASE_URL",
  "CALLBOARD_ROLE",
  "CALLBOARD_DATA_DIR",
  "CALLBOARD_CONFIG",
  "CALLBOARD_SECRET_KEY",
  "CALLBOARD_BROWSER_SESSIONS",
  "CALLBOARD_RETENTION",
  "CALLBOARD_METRICS_TOKEN",
  "LOG_LEVEL"
]

const all: ReadonlyArray<Setting<unknown>> = [...settingsTable, ...Object.values<Setting<unknown>>(clientSettings)]

const code = (text: string | undefined) => (text === undefined ? "" : `\`${text}\``)

const tableOf = (settings: ReadonlyArray<Setting<unknown>>): string =>
  [
    "| variable | meaning | unit | default | example |",
    "| --- | --- | --- | --- | --- |",
    ...settings.map((each) => {
      const { description, example, standard, variable } = each
      return `| ${code(variable)} | ${description} | ${unitOf(each)} | ${code(standard)} | ${code(example)} |`
    })
  ].join("\n")

export const settingsDocument = `# Settings

All settings are environment variables. A wrong value stops the start with one line that names the variable and the rule that it breaks,
never the value. An empty one counts as not set. A duration is a number with a unit: \`30 seconds\`, \`15 minutes\`, \`2 hours\`, \`90 days\`.

Written by \`bun run generate\` from \`src/runtime/Settings.ts\` and, for commands about jobs, \`src/cli/theServer.ts\`.

${tableOf(all)}
`

const IN_README = /(<!-- settings -->\n)[\s\S]*(\n<!-- \/settings -->)/u

/** The README with its table as it should be now. */
export const withSettings = (readme: string): string =>
  readme.replace(IN_README, (_, start, end) => {
    const found = FIRST_NEEDED.map((variable) => settingsTable.find((each) => each.variable === variable)!)
    return `${start}${tableOf(found)}${end}`
  })
