import { expect, test } from "bun:test"
import fc from "fast-check"
import { applyProposal, type Day, overlapsIn, type Proposal } from "../../../src/scripts/ai/Itinerary.ts"

const days: ReadonlyArray<Day> = [
  {
    date: "2026-05-04",
    items: [
      { id: "market", title: "Market", start: "09:00", end: "10:00" },
      { id: "lunch", title: "Lunch", start: "13:00", end: "14:30", fixed: true }
    ]
  },
  {
    items: [
      { id: "castle", title: "Castle" },
      { id: "train", title: "Train", start: "18:00", fixed: true }
    ]
  }
]

const place = (id: string, start: string | null = null, end: string | null = null) => ({ id, start, end })

test("moves what is not fixed, and puts each day in the order of its times", () => {
  const {
    days: moved,
    dropped,
    restored
  } = applyProposal(days, {
    days: [
      { items: [place("lunch", "13:00", "14:30"), place("castle", "10:00", "12:00")] },
      { items: [place("train", "18:00"), place("market", "08:00", "09:00")] }
    ]
  })

  expect(moved.map(({ items }) => items.map(({ id, start }) => [id, start]))).toEqual([
    [
      ["castle", "10:00"],
      ["lunch", "13:00"]
    ],
    [
      ["market", "08:00"],
      ["train", "18:00"]
    ]
  ])
  expect([dropped, restored]).toEqual([[], []])
  expect(moved[0]?.date).toBe("2026-05-04")
})

test("puts fixed bookings back that were moved or left out, and tells of what was dropped", () => {
  const {
    days: moved,
    dropped,
    restored
  } = applyProposal(days, {
    days: [{ items: [place("lunch", "15:00", "16:00"), place("train", "09:00"), place("spa", "10:00")] }, { items: [] }]
  })

  expect(moved.map(({ items }) => items.map(({ id, start }) => [id, start]))).toEqual([
    [["lunch", "13:00"]],
    [["train", "18:00"]]
  ])
  expect([dropped, restored]).toEqual([
    ["market", "castle"],
    ["lunch", "train"]
  ])
})

const anyProposal: fc.Arbitrary<Pick<Proposal, "days">> = fc.record({
  days: fc.array(
    fc.record({
      items: fc.array(
        fc.record({
          id: fc.constantFrom("market", "lunch", "castle", "train", "other"),
          start: fc.constantFrom(null, "08:00", "13:00", "18:00"),
          end: fc.constantFrom(null, "09:00", "14:30")
        })
      )
    }),
    { maxLength: 4 }
  )
})

test("keeps every fixed booking on its day and at its time, whatever is proposed", () => {
  fc.assert(
    fc.property(anyProposal, (proposal) => {
      const { days: moved } = applyProposal(days, proposal)
      const all = moved.flatMap(({ items }, day) => items.map((item) => ({ ...item, day })))

      expect(moved).toHaveLength(2)
      expect(all.filter(({ fixed }) => fixed)).toEqual([
        { id: "lunch", title: "Lunch", start: "13:00", end: "14:30", fixed: true, day: 0 },
        { id: "train", title: "Train", start: "18:00", fixed: true, day: 1 }
      ])
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
      expect(all.map(({ id }) => id)).not.toContain("other")
    })
  )
})

test("finds items at the same time", () => {
  const items = [
    { id: "a", title: "A", start: "09:00", end: "11:00" },
    { id: "b", title: "B", start: "10:30", end: "12:00" },
    { id: "c", title: "C", start: "12:00" }
  ]

  expect(overlapsIn([{ items }]).map(([a, b]) => [a.id, b.id])).toEqual([["a", "b"]])
})
