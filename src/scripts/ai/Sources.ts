/** Texts that a job brings along, and how tools find and read them. Keeps in mind which ones were given out. */
import { Schema } from "effect"

export const Source = Schema.Struct({
  title: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(300)).annotate({ title: "Title" }),
  url: Schema.optionalKey(
    Schema.String.check(Schema.isMaxLength(2_000)).annotate({
      title: "Address",
      description: "Where the text is from."
    })
  ),
  text: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200_000)).annotate({
    title: "Text",
    format: "textarea"
  })
})
export type Source = typeof Source.Type

/** Characters of one answer of a tool: more would crowd out the rest of the conversation. */
const PASSAGE = 600
const PAGE = 6_000

const MOST_FOUND = 5

const wordsOf = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []

/** Pieces of a text at the ends of its paragraphs. */
const passagesOf = (text: string): ReadonlyArray<string> =>
  text.split(/\n{2,}/u).flatMap((paragraph) => paragraph.match(new RegExp(`[\\s\\S]{1,${PASSAGE}}`, "gu")) ?? [])

export const makeShelf = (sources: ReadonlyArray<Source>) => {
  const books = sources.map((source, index) => ({ ...source, id: `S${index + 1}` }))
  const given = new Set<string>()
  const passages = books.flatMap(({ id, text, title }) =>
    passagesOf(text).map((passage) => ({ id, title, passage, words: new Set(wordsOf(`${title} ${passage}`)) }))
  )

  const search = (words: string) => {
    const wanted = [...new Set(wordsOf(words))]
    const found = passages
      .map(({ words: has, ...rest }) => ({ rest, hits: wanted.filter((word) => has.has(word)).length }))
      .filter(({ hits }) => hits > 0)
      .toSorted((a, b) => b.hits - a.hits)
      .slice(0, MOST_FOUND)
      .map(({ rest }) => rest)
    for (const { id } of found) given.add(id)
    return found
  }

  const read = (id: string, position: number): string => {
    const book = books.find((each) => each.id === id)
    if (book === undefined) return `There is no source ${id}. There are: ${books.map((each) => each.id).join(", ")}.`
    given.add(id)
    const page = book.text.slice(Math.max(0, position), Math.max(0, position) + PAGE)
    return page === "" ? "The text ends before that position." : page
  }

  return {
    search,
    read,
    given: () =>
      books
        .filter(({ id }) => given.has(id))
        .map(({ id, title, url }) => ({ id, title, ...(url !== undefined && { url }) }))
  }
}

export type Shelf = ReturnType<typeof makeShelf>
