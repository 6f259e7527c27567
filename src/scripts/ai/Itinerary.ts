/** An itinerary, and what may become of it: items move, but a fixed booking stays where and when it is. */
import { Schema } from "effect"
import { Clock } from "./Trip.ts"

const Name = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(300))

export const Item = Schema.Struct({
  id: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(100)).annotate({ title: "Id" }),
  title: Name.annotate({ title: "Title" }),
  start: Schema.optionalKey(Clock.annotate({ title: "Begins", description: "As 09:30." })),
  end: Schema.optionalKey(Clock.annotate({ title: "Ends" })),
  place: Schema.optionalKey(Name.annotate({ title: "Place" })),
  cost: Schema.optionalKey(
    Schema.Finite.annotate({ title: "Cost", description: "In any currency, the same for all." })
  ),
  fixed: Schema.optionalKey(
    Schema.Boolean.annotate({ title: "Fixed", description: "Booked: it stays on its day and at its time." })
  )
})
export type Item = typeof Item.Type

export const Day = Schema.Struct({
  date: Schema.optionalKey(Schema.String.annotate({ title: "Date" })),
  items: Schema.Array(Item).check(Schema.isMaxLength(50)).annotate({ title: "Items" })
})
export type Day = typeof Day.Type

/** What a model proposes: where each item goes. */
export const Proposal = Schema.Struct({
  days: Schema.Array(
    Schema.Struct({
      items: Schema.Array(Schema.Struct({ id: Schema.String, start: Schema.NullOr(Clock), end: Schema.NullOr(Clock) }))
    })
  ),
  changes: Schema.Array(Schema.Struct({ id: Schema.String, what: Schema.String, why: Schema.String }))
})
export type Proposal = typeof Proposal.Type

/** By time; items without one keep their places behind those that stand before them. */
const byTime = (items: ReadonlyArray<Item>): ReadonlyArray<Item> => {
  let last = ""
  return items
    .map((item, index) => {
      last = item.start ?? last
      return { item, index, at: last }
    })
    .toSorted((a, b) => a.at.localeCompare(b.at) || a.index - b.index)
    .map(({ item }) => item)
}

export interface Applied {
  readonly days: ReadonlyArray<Day>
  /** Ids of fixed items that the proposal moved or left out; they are back. */
  readonly restored: ReadonlyArray<string>
  /** Ids of items that are not in the proposal, and were not fixed. */
  readonly dropped: ReadonlyArray<string>
}

/**
 * The itinerary as it is proposed, as far as that is allowed: every item at most once, none that was not there, the same
 * days, and each fixed item as it was. Whatever a model answers, no fixed booking is lost.
 */
export const applyProposal = (days: ReadonlyArray<Day>, { days: proposed }: Pick<Proposal, "days">): Applied => {
  const places = new Map(days.flatMap(({ items }, day) => items.map((item) => [item.id, { item, day }] as const)))
  const seen = new Set<string>()
  const restored = new Set([...places].filter(([, { item }]) => item.fixed === true).map(([id]) => id))
  const moved = days.map(({ items: _, ...day }, index): Day => {
    const kept = (proposed[index]?.items ?? []).flatMap(({ end, id, start }) => {
      const found = places.get(id)
      if (found === undefined || seen.has(id)) return []
      const { item } = found
      if (item.fixed === true) {
        if (found.day !== index) return []
        seen.add(id)
        if ((start ?? item.start) === item.start && (end ?? item.end) === item.end) restored.delete(id)
        return [item]
      }
      seen.add(id)
      const { end: _end, start: _start, ...rest } = item
      return [{ ...rest, ...(start !== null && { start }), ...(end !== null && { end }) }]
    })
    const missing = [...places.values()].filter(
      (each) => each.day === index && each.item.fixed && !seen.has(each.item.id)
    )
    for (const { item } of missing) seen.add(item.id)
    return { ...day, items: byTime([...kept, ...missing.map(({ item }) => item)]) }
  })
  return { days: moved, restored: [...restored], dropped: [...places.keys()].filter((id) => !seen.has(id)) }
}

/** Pairs of items of one day whose times overlap. */
export const overlapsIn = (days: ReadonlyArray<Day>): ReadonlyArray<readonly [Item, Item]> =>
  days.flatMap(({ items }) =>
    items.flatMap((a, index) =>
      items
        .slice(index + 1)
        .filter(
          (b) =>
            a.start !== undefined &&
            a.end !== undefined &&
            b.start !== undefined &&
            b.start < a.end &&
            b.start >= a.start
        )
        .map((b) => [a, b] as const)
    )
  )
