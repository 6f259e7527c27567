/** THIRD-PARTY-LICENCES.md: whose work a production install and the executable bring, and under which terms. */
import { join } from "node:path"
import { bundled } from "./bundled.ts"
import { bundledTexts } from "./bundledTexts.ts"
import { type Installed, installedPackages } from "./installed.ts"

/** Terms that leave everybody free to run, change and sell Callboard. MPL and LGPL: for libraries that are taken unchanged. */
const ALLOWED = new Set([
  ..."MIT MIT-0 ISC 0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause PostgreSQL OpenSSL ICU Zlib MPL-2.0 LGPL-2.1".split(" "),
  // As htmx names 0BSD.
  "BSD-0-Clause",
  "Public domain"
])

/** A package may offer a choice: one that is allowed is enough. */
const isAllowed = (licence: string): boolean =>
  licence
    .replace(/^\((.*)\)$/u, "$1")
    .split(" OR ")
    .some((choice) => choice.split(", ").every((each) => ALLOWED.has(each)))

/** What nobody looked at yet, a line each. */
export const unknownLicences = (
  packages: ReadonlyArray<Pick<Installed, "name" | "version" | "licence">>
): ReadonlyArray<string> =>
  packages
    .filter(({ licence }) => !isAllowed(licence))
    .map(
      ({ licence, name, version }) => `${name}@${version}: the licence ${licence} is not on the list of build/licences`
    )

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** Many packages bring the same words: they stand there once, below the names of all of them. */
export const textsOf = (packages: ReadonlyArray<Installed>): ReadonlyArray<string> => {
  const names = new Map<string, Array<string>>()
  for (const { name, texts } of packages) {
    for (const text of texts) {
      const words = text.replaceAll("\r\n", "\n").trim()
      names.set(words, [...(names.get(words) ?? []), name])
    }
  }
  const ours = Object.entries(bundledTexts).map(([name, text]) => [text.trim(), [name]] as const)
  return [...ours, ...names].map(([text, of]) => `### ${[...new Set(of)].join(", ")}\n\n\`\`\`text\n${text}\n\`\`\``)
}

const INTRODUCTION = `# Licences of others

What \`bun install --production\` and the one-file executable bring besides Callboard itself, whose licence is in [LICENSE](LICENSE). The
package that \`bun run build\` makes holds none of it. Written by \`bun run generate\`; \`bun run lint\` fails when it is out of date, or
when a package comes with terms that nobody has looked at.`

export const licencesDocument = (packages: ReadonlyArray<Installed>): string =>
  `${[
    INTRODUCTION,
    "## Packages",
    table(
      ["package", "version", "licence", "holder"],
      packages.map(({ holder, licence, name, version }) => [name, version, licence, holder])
    ),
    "What Playwright has built into its files is named, with its terms, beside them (`playwright-core/lib/*.LICENSE`). Packages\nwhose words are not below bring none: the MIT License, with their holder in the table, is theirs.",
    "## Inside of packages",
    table(
      ["name", "licence", "holder", "comes with", "text"],
      bundled.map(({ holder, licence, name, text, within }) => [name, licence, holder, within, text])
    ),
    "Where the table has an address, the words are there, and not below: no copy of them came with what we were given.",
    "## Texts",
    ...textsOf(packages)
  ].join("\n\n")}\n`

export const LICENCES_FILE = "THIRD-PARTY-LICENCES.md"

/** What is wrong with the licences of a checkout, a line each. */
export const lintLicences = async (root: string): Promise<ReadonlyArray<string>> => {
  const packages = await installedPackages(root)
  const written = await Bun.file(join(root, LICENCES_FILE)).text()
  const isCurrent = written === licencesDocument(packages)
  return [...unknownLicences(packages), ...(isCurrent ? [] : [`${LICENCES_FILE} is out of date: bun run generate`])]
}
