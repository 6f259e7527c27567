/** How much of what is personal is found, and what is taken out by mistake: in the tests' own corpus and in the held-out one. */
import { type Half, heldOutCorpus, namesAlone } from "../test/support/heldOutCorpus.ts"
import { FORMATTED, measureHiding, measureRedaction, type Share, sumOf } from "../test/support/measureRedaction.ts"
import { CORPUS, HARMLESS } from "../test/support/personalCorpus.ts"

const percent = ({ found, of }: Share) => (of === 0 ? "-" : `${((found / of) * 100).toFixed(1)} %`)

const row = (name: string, share: Share) => `  ${name.padEnd(12)} ${share.found} of ${share.of} (${percent(share)})`

const rows = (shares: ReadonlyMap<string, Share>): ReadonlyArray<string> =>
  [...shares].toSorted(([a], [b]) => a.localeCompare(b)).map(([name, share]) => row(name, share))

const ownLines = () => {
  const { byKind, found, missed, mistaken, of, words } = measureRedaction([...CORPUS, ...HARMLESS])
  return [
    "The tests' own corpus, found:",
    ...rows(byKind),
    row("all", { found, of }),
    `  missed: ${missed.join("; ") || "nothing"}`,
    `  taken out by mistake: ${mistaken.length} in ${words} words${mistaken.map((each) => `; ${each}`).join("")}`
  ]
}

const halves = ["learned", "unseen"] as const

const title = (half: Half) =>
  `Held-out corpus, the half that the rules ${half === "learned" ? "learned from" : "have not seen"}`

const heldOutLines = (half: Half) => {
  const languages = heldOutCorpus(half).map(({ language, texts }) => [language, measureRedaction(texts)] as const)
  const all = measureRedaction(heldOutCorpus(half).flatMap(({ texts }) => texts))
  const inKinds = (isOne: (kind: string) => boolean) =>
    sumOf([...all.byKind].filter(([kind]) => isOne(kind)).map(([, share]) => share))
  return [
    `${title(half)}, found by kind:`,
    ...rows(all.byKind),
    row(
      "with a form",
      inKinds((kind) => FORMATTED.includes(kind))
    ),
    row("all", all),
    "found by language:",
    ...rows(new Map(languages)),
    "look-alikes taken out by mistake, by kind:",
    ...rows(all.lookAlikes),
    row("all", sumOf(all.lookAlikes.values())),
    "look-alikes taken out by mistake, by language:",
    ...rows(new Map(languages.map(([language, figures]) => [language, sumOf(figures.lookAlikes.values())]))),
    ...(half === "learned" ? [`  missed: ${all.missed.join("; ")}`, `  mistaken: ${all.mistaken.join("; ")}`] : [])
  ]
}

/** What rules for logs look for. */
const IN_LOGS = ["email", "phone", "card", "account"]

/** Rules that give the text back, on the kinds that they know. */
export const hidingReport = (hide: (text: string) => string): ReadonlyArray<string> =>
  halves.flatMap((half) => {
    const corpus = heldOutCorpus(half)
    const all = measureHiding(
      corpus.flatMap(({ texts }) => texts),
      hide,
      IN_LOGS
    )
    const languages = corpus.map(
      ({ language, texts }) => [language, sumOf(measureHiding(texts, hide, IN_LOGS).byKind.values())] as const
    )
    return [
      `${title(half)}, hidden by kind:`,
      ...rows(all.byKind),
      row("all", sumOf(all.byKind.values())),
      "hidden by language:",
      ...rows(new Map(languages)),
      "look-alikes hidden by mistake, by kind:",
      ...rows(all.lookAlikes),
      row("all", sumOf(all.lookAlikes.values())),
      ...(half === "learned" ? [`  missed: ${all.missed.join("; ")}`, `  mistaken: ${all.mistaken.join("; ")}`] : [])
    ]
  })

export const personalReport = (): ReadonlyArray<string> => [
  "Transcripts of AI jobs (src/domain/personal)",
  ...ownLines(),
  ...halves.flatMap(heldOutLines),
  "The held-out corpus' names with nothing beside them that tells of a person:",
  row("name", measureRedaction(namesAlone()))
]
