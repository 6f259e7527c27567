/** A provider's answers to whoever plans a trip: each day costs what the test says. */
import type { AiReply, AiRequest, Answering } from "./FakeAi.ts"

const activity = (time: string, title: string, cost: number) => ({
  time,
  title,
  description: `${title} in the morning light`,
  place: "Old town",
  category: "sight",
  cost
})

/** Which day a request is for: the last that it names. */
export const dayOf = ({ messages }: AiRequest): number =>
  Number([...(messages[1]?.content ?? "").matchAll(/Plan day (\d+)/gu)].at(-1)?.[1])

const outlineOf = (count: number): AiReply => ({
  object: {
    title: "Days by the sea",
    summary: "A calm trip.",
    days: Array.from({ length: count }, (_, index) => ({ day: index + 1, theme: `Theme ${index + 1}`, area: "Alfama" }))
  }
})

const dayPlan = (day: number, cost: number): AiReply => ({
  object: { activities: [activity("14:00", `Museum ${day}`, 0), activity("09:30", `Walk ${day}`, cost)] }
})

export const tripAnswers =
  (count: number, costOf: (request: AiRequest) => number = () => 100): Answering =>
  (request) =>
    request.object === "trip_outline" ? outlineOf(count) : dayPlan(dayOf(request), costOf(request))
